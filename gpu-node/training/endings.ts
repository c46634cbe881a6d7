import { causeOf } from '../../shared/failure-cause.ts'
import type { TrainingReport } from '../../shared/training.ts'
import type { TrainerEvent } from '../trainer/messages.ts'
import { isDiskFull, TransferFailed } from './byte-transfer.ts'
import { SignRefused } from './job-link.ts'

type Report<Kind extends TrainingReport['kind']> = Extract<TrainingReport, { kind: Kind }>

/** Longest sentence of a report. */
const MAX_SENTENCE_LENGTH = 1_000

export const sentenceOf = (text: string): string => text.slice(0, MAX_SENTENCE_LENGTH)

/** The job cannot be done here now; another node may do it. */
export class Refused extends Error {
  readonly report: Report<'refused'>

  constructor(
    requirement: Report<'refused'>['requirement'],
    message: string,
    figures: Pick<Report<'refused'>, 'neededMiB' | 'availableMiB'> = {},
  ) {
    super(message)
    this.report = { kind: 'refused', requirement, message: sentenceOf(message), ...figures }
  }
}

/** The job cannot be done by anybody. */
export class Failed extends Error {
  readonly report: Report<'failed'>

  constructor(code: Report<'failed'>['code'], message: string) {
    super(message)
    this.report = { kind: 'failed', code, message: sentenceOf(message) }
  }
}

/** A trainer's failure as the error that ends the job. */
export function failureOf({
  code,
  message,
  refusal,
}: Extract<TrainerEvent, { type: 'failed' }>): Refused | Failed {
  if (refusal === undefined) return new Failed(code, message)
  const { requirement, ...figures } = refusal
  return new Refused(requirement, message, figures)
}

/** The last report of a job that something was thrown in. `hasBegun`: it was learning. */
export function reportOf(thrown: unknown, hasBegun: boolean): Report<'refused' | 'failed'> {
  if (thrown instanceof Refused || thrown instanceof Failed) return thrown.report
  if (isDiskFull(thrown)) {
    const message = 'The disk of the node is full.'
    return hasBegun ? new Failed('internal', message).report : new Refused('disk', message).report
  }
  const isTold = thrown instanceof TransferFailed || thrown instanceof SignRefused
  return new Failed('internal', isTold ? causeOf(thrown) : 'The node could not train this job.').report
}
