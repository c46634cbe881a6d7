import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../../scripts/root.ts'
import { slowestOf, summaryOf } from '../../scripts/test.ts'

const counts = { numPassedTests: 5, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1 }
const file = (over: object = {}) => ({
  name: join(ROOT, 'test', 'a.test.ts'),
  startTime: 1_000,
  endTime: 2_000,
  status: 'passed',
  assertionResults: [{}],
  ...over,
})

describe('summaryOf', () => {
  it('is one line that counts a file which did not load as a failure', () => {
    const failed = file({ status: 'failed' })
    const unloaded = file({ status: 'failed', assertionResults: [] })
    expect(summaryOf({ ...counts, testResults: [file(), failed, unloaded] })).toBe(
      '5 passed, 2 failed, 3 skipped',
    )
  })
})

describe('slowestOf', () => {
  it('names the twenty files that took longest, the slowest first', () => {
    const testResults = Array.from({ length: 21 }, (_, index) =>
      file({ name: join(ROOT, 'test', `${index}.test.ts`), endTime: 1_000 + index * 100 }),
    )
    const slowest = slowestOf({ ...counts, testResults })
    expect(slowest).toHaveLength(20)
    expect(slowest[0]).toBe(`    2.0 s  ${join('test', '20.test.ts')}`)
    expect(slowest[19]).toBe(`    0.1 s  ${join('test', '1.test.ts')}`)
  })
})
