import { describe, expect, it } from 'vitest'
import { TransferFailed } from '../../../gpu-node/training/byte-transfer.ts'
import { Failed, failureOf, Refused, reportOf } from '../../../gpu-node/training/endings.ts'
import { SignRefused } from '../../../gpu-node/training/job-link.ts'
import { TrainingReport } from '../../../shared/training.ts'

const full = Object.assign(new Error('ENOSPC: no space left on device, write /secret/path'), {
  code: 'ENOSPC',
})

describe('the last report of a job in which something broke', () => {
  it('is a refusal for a full disk before it learns, and a failure with a sentence afterwards', () => {
    expect(reportOf(full, false)).toMatchObject({ kind: 'refused', requirement: 'disk' })
    expect(reportOf(full, true)).toEqual({
      kind: 'failed',
      code: 'internal',
      message: 'The disk of the node is full.',
    })
  })

  it.each([new TransferFailed('The edge answers 404.'), new SignRefused('There is no room.')])(
    'has the sentence of %s',
    (thrown) => {
      expect(reportOf(thrown, true)).toMatchObject({
        kind: 'failed',
        code: 'internal',
        message: thrown.message,
      })
    },
  )

  it('tells no path of the machine', () => {
    const thrown = new Error('EACCES: permission denied, open /srv/node/file')
    expect(JSON.stringify(reportOf(thrown, false))).not.toContain('/srv')
  })

  it('is as long as a report may be', () => {
    const long = 'x'.repeat(5_000)
    for (const report of [new Failed('internal', long).report, new Refused('disk', long).report])
      expect(TrainingReport.safeParse(report).success).toBe(true)
  })
})

describe('a trainer’s failure', () => {
  const failure = { type: 'failed', code: 'out_of_memory', message: 'Too much.' } as const
  const refusal = { requirement: 'memory', neededMiB: 9, availableMiB: 5 } as const

  it('is a refusal with its figures where another node might do it', () => {
    const refused = failureOf({ ...failure, refusal })
    expect(refused.report).toEqual({ kind: 'refused', message: 'Too much.', ...refusal })
    expect(failureOf(failure).report).toMatchObject({ kind: 'failed', code: 'out_of_memory' })
  })
})
