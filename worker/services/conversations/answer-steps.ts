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
