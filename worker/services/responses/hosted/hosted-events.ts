import type { CallEvent, Usage } from '../../../../shared/generation.ts'

/** Something that an answer may cite, by the number of its place among all of the response. */
export type HostedSource =
  | { kind: 'file'; fileId: string; filename: string }
  | { kind: 'url'; url: string; title: string }

/** Something that a file search found, as OpenAI's item shows it. */
export interface FoundPassage {
  file_id: string
  filename: string
  score: number
  text: string
  attributes: Record<string, string | number | boolean>
}

/** A tool of a server, as OpenAI's item lists it. */
export interface ListedTool {
  name: string
  description: string | null
  input_schema: Record<string, unknown>
  annotations: Record<string, unknown> | null
}

/** A call of a tool that is run here, as its item tells it. */
export type HostedCall =
  | { kind: 'file_search' | 'web_search'; query: string }
  | { kind: 'code_interpreter'; code: string }
  | { kind: 'mcp'; label: string; name: string; arguments: string; approvalRequestId: string | null }

export type HostedKind = HostedCall['kind']

/** The end of such a call. */
export interface HostedOutcome {
  ok: boolean
  /** The model is shown this. */
  shown: string
  sources: readonly HostedSource[]
  passages?: readonly FoundPassage[]
  /** Of a program, and of a server's tool: all that it said. */
  output?: string
}

/** A call as the model made it. */
export interface MadeCall {
  id: string
  /** The tool's name for the model. */
  name: string
  arguments: string
  /** The person's word by which it may be done, and the call as it was told when that was asked for. */
  approvalRequestId?: string
  told?: HostedCall
}

/** All that happens between a model's own words. Kept of an answer, it says where that stands. */
export type HostedEvent =
  | { type: 'hosted.listed'; label: string; tools: readonly ListedTool[] }
  /** The model has ended a turn with calls, which are to be done. */
  | { type: 'hosted.turn'; text: string; calls: readonly MadeCall[]; usage: Usage | null }
  | { type: 'hosted.start'; call: HostedCall }
  | { type: 'hosted.end'; outcome: HostedOutcome }
  /** A call waits for a person's word: nothing more is said until it has come. */
  | { type: 'hosted.approval'; label: string; name: string; arguments: string }

/** An answer as it arrives, with what happens between its words; an empty list is a sign of life. */
export type AnswerStream = AsyncGenerator<(CallEvent | HostedEvent)[], void, void>
