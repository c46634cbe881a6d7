import type { Citation } from '../documents/citations.ts'

/** A source that an answer names. */
export type AnswerSource =
  | { type: 'web'; url: string; title: string; quote: string }
  | {
      type: 'document'
      documentId: string
      fileId: string
      name: string
      page: number | null
      /** Where the quote is in the document's text, in UTF-16 code units. */
      from: number
      to: number
      quote: string
    }

/** A step on the way to an answer. */
export interface AnswerStep {
  step: number
  state: 'started' | 'waiting' | 'ended'
  tool: string
  /** Present when it starts: who chose it, and with which arguments. */
  decidedBy?: 'rule' | 'model'
  arguments?: unknown
  /** Present when it ends. */
  ok?: boolean
  code?: string | undefined
  /** The part of the result that was shown to the model, what went wrong, or why it waits. */
  shown?: string
  ms?: number
}

/** The way in which an answer was found. */
export interface AnswerRun {
  runId: string
  loop: string
  state: 'completed' | 'cancelled'
  answeredBy: 'rule' | 'model' | null
  /** The limit that it came to, if any. */
  limit: string | null
  steps: readonly AnswerStep[]
  sources: readonly AnswerSource[]
}

/** The way in which an answer was found, as far as it is kept. */
export interface AnswerWay {
  run?: AnswerRun | undefined
  citations?: readonly Citation[] | undefined
  /** How often it went on on another node. */
  moves?: number | undefined
  /** The model was shown text of strangers for it, without an agent. */
  isFromOutside?: boolean | undefined
}

/** Characters of a way, as JSON. Of a longer one, what its tools were shown is left out. */
export const MAX_WAY_LENGTH = 200_000

/** A way as it is kept; undefined where there is nothing to see. */
export function writtenWay({
  run,
  citations = [],
  moves = 0,
  isFromOutside = false,
}: AnswerWay): string | undefined {
  if (!run && citations.length === 0 && moves === 0 && !isFromOutside) return undefined
  const way = {
    ...(run && { run }),
    ...(citations.length > 0 && { citations }),
    ...(moves > 0 && { moves }),
    ...(isFromOutside && { isFromOutside }),
  }
  const whole = JSON.stringify(way)
  if (whole.length <= MAX_WAY_LENGTH) return whole
  const steps = run?.steps.map(({ arguments: _given, shown: _shown, ...step }) => step)
  const brief = JSON.stringify({ ...way, ...(run && { run: { ...run, steps } }) })
  return brief.length <= MAX_WAY_LENGTH ? brief : undefined
}
