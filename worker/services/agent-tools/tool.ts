import type { z } from 'zod'
import type { AnswerSource } from '../conversations/answer-steps.ts'

/** A source that an answer may name. */
export type ToolCitation = AnswerSource

/** A file that a tool has made. */
export interface ToolFile {
  name: string
  contentType: string
  bytes: Uint8Array
}

/** The end of a call that did its work. */
export interface ToolOutcome {
  /** The whole result, in words. */
  text: string
  citations?: readonly ToolCitation[]
  /** Addresses that the result brings and that `fetch_url` may take from now on: those of search results. */
  addresses?: readonly string[]
  /** The result as values of JSON, for who goes on with it by rules. */
  data?: unknown
  files?: readonly ToolFile[]
}

/** The run that a call belongs to, as it stands. */
export interface ToolContext {
  accountId: string
  requestId: string
  runId: string
  /** The number of the step in its run: `read_document` reads its result on by it. */
  step: number
  /** Whether whoever asks may read the account's files: keys can be narrowed. */
  mayReadFiles: boolean
  /** All words of the user in this run. */
  userWords: string
  /** Addresses in search results so far. */
  foundAddresses: readonly string[]
  /** Whether untrusted text has been seen in this run. */
  isTainted: boolean
  /** Whether a person has said that this call may be made. */
  isApproved?: boolean
  /** The MCP servers of the account, by their ids, whose tools this run may use. */
  mcpServers?: readonly string[]
  /** Tokens of the model that reads the result. */
  contextTokens: number
  now: () => number
  /** The whole result of an earlier step of this run; undefined where there is none. */
  resultOf: (step: number) => Promise<string | undefined>
  signal: AbortSignal
}

/** Something that a model, or a rule, may have done in a run. */
export interface Tool<A = unknown> {
  name: string
  /** One or two sentences for a model. */
  description: string
  /** A closed object. */
  arguments: z.ZodType<A>
  /** The same as a JSON schema, where it did not come from a zod schema of ours (tools of MCP servers). */
  schema?: JsonSchema
  effect: 'reads' | 'changes'
  /** Takes a person's word before each call, whatever was read before. */
  needsApproval?: boolean
  /** Whether the result may hold text of strangers, which never instructs. */
  brings: 'own words' | 'untrusted text'
  limitMs: number
  /** Why it cannot be had, in a sentence for the user; undefined where it can. */
  offered(context: ToolContext): Promise<string | undefined>
  /** Throws `AppError` with words that the model and the user may read; anything else it throws is told as a failure without words. */
  run(args: A, context: ToolContext): Promise<ToolOutcome>
}

export type JsonSchema = Readonly<Record<string, unknown>>

/** A tool as a model is told of it. */
export interface OfferedTool {
  name: string
  description: string
  parameters: JsonSchema
  effect: Tool['effect']
  brings: Tool['brings']
}

/** A tool that a run cannot have, and why. */
export interface MissingTool {
  name: string
  reason: string
}

export type ToolFailureCode =
  | 'unknown_tool'
  | 'bad_arguments'
  | 'not_offered'
  | 'needs_approval'
  | 'failed'
  | 'time_limit'

/** The end of a call, whatever became of it. `shown` is what the model is to see. */
export type ToolAnswer =
  | { ok: true; outcome: ToolOutcome; shown: string; ms: number }
  | { ok: false; code: ToolFailureCode; message: string; ms: number }
