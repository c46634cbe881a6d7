import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { fileHashOf, TrainingReport } from '../../shared/training.ts'

const sha256 = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex')

describe('the hash of a file in parts', () => {
  it('is that of its only part', async () => {
    expect(await fileHashOf([{ sha256: sha256('one') }], sha256)).toBe(sha256('one'))
  })

  it('is that of the digests of several, in their order', async () => {
    const [one, two] = [sha256('one'), sha256('two')]
    const whole = sha256(Buffer.concat([Buffer.from(one, 'hex'), Buffer.from(two, 'hex')]))
    expect(await fileHashOf([{ sha256: one }, { sha256: two }], sha256)).toBe(whole)
    expect(await fileHashOf([{ sha256: two }, { sha256: one }], sha256)).not.toBe(whole)
  })
})

describe('a report of the end of a job', () => {
  it.each(['told', 'draining', 'memory', 'died'])('may be that it stopped: %s', (why) => {
    expect(TrainingReport.safeParse({ kind: 'stopped', step: 0, why }).success).toBe(true)
  })
})
