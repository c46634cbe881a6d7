import { z } from 'zod'
import { ERROR_CODES } from './errors.ts'
import { StoredFile } from './training.ts'

/** Stop strings of one request, and the longest of them in UTF-16 code units. */
export const MAX_STOP_STRINGS = 16
export const MAX_STOP_LENGTH = 512

/** Token biases of one request, and likeliest tokens reported beside each: OpenAI's documented limits. */
export const MAX_LOGIT_BIASES = 1_024
export const MAX_TOP_LOGPROBS = 20

/** Inputs of one embedding call. OpenAI's documented limit. */
export const MAX_EMBEDDING_INPUTS = 2_048

/** Characters of a question that passages are ranked for. */
export const MAX_RANKED_FOR_LENGTH = 4_096

/** Highest token id that a request may name; the node checks it against its model's vocabulary. */
const TokenId = z.int().nonnegative()

/** Tools of one request, calls of one turn, and the longest name of a tool (OpenAI's limit). */
export const MAX_TOOLS = 128
export const MAX_TOOL_CALLS = 128
export const MAX_TOOL_NAME_LENGTH = 64

const ToolName = z
  .string()
  .max(MAX_TOOL_NAME_LENGTH)
  .regex(/^[a-zA-Z0-9_-]+$/, { error: 'expected letters, digits, dashes and underscores' })

/** A participant of a chat as its caller calls it: OpenAI's pattern and limit. */
export const MAX_PARTICIPANT_NAME_LENGTH = 64
export const PARTICIPANT_NAME = /^[^\s<|\\/>]+$/
const ParticipantName = z.string().max(MAX_PARTICIPANT_NAME_LENGTH).regex(PARTICIPANT_NAME)

/** A tool call as the model made it: `arguments` is JSON text, kept to the letter. */
export const ToolCall = z.object({ id: z.string().min(1).max(200), name: ToolName, arguments: z.string() })
export type ToolCall = z.infer<typeof ToolCall>

/**
 * One turn of a chat. Surfaces turn their own forms of content into plain text before it gets here. A `name` tells
 * participants of one role apart; that of a tool turn is the tool's, where no call in the chat says it.
 */
export const Message = z.discriminatedUnion('role', [
  z.object({ role: z.literal('system'), content: z.string(), name: ParticipantName.optional() }),
  z.object({ role: z.literal('user'), content: z.string(), name: ParticipantName.optional() }),
  z.object({
    role: z.literal('assistant'),
    content: z.string(),
    name: ParticipantName.optional(),
    toolCalls: z.array(ToolCall).max(MAX_TOOL_CALLS).optional(),
  }),
  z.object({
    role: z.literal('tool'),
    content: z.string(),
    toolCallId: z.string().min(1).max(200),
    name: ToolName.optional(),
  }),
])
export type Message = z.infer<typeof Message>

/** A JSON Schema (2020-12) as it came; the node compiles it and refuses by name what it cannot honour. */
const JsonSchema = z.union([z.boolean(), z.record(z.string(), z.unknown())])

export const ToolDefinition = z.object({
  name: ToolName,
  description: z.string().optional(),
  /** The schema of the arguments; absent means an object without properties. */
  parameters: JsonSchema.optional(),
  /** Whether the arguments are held to the schema token by token, or only to being a JSON object. */
  strict: z.boolean(),
})
export type ToolDefinition = z.infer<typeof ToolDefinition>

export const Tools = z.object({
  definitions: z.array(ToolDefinition).min(1).max(MAX_TOOLS),
  /** `none` shows the tools to the model and takes no call; `required` is one or more; a name is just that tool. */
  choice: z.union([z.enum(['none', 'auto', 'required']), z.object({ name: ToolName })]),
  /** With `auto` and `required` only these may be called, though all are shown. Absent: all of them. */
  allowed: z.array(ToolName).min(1).max(MAX_TOOLS).optional(),
  /** Whether one turn may make several calls. */
  parallel: z.boolean(),
  /** Whether to tell, before the first token, of which tools the arguments are not held to their schema. */
  tellUnenforced: z.literal(true).optional(),
})
export type Tools = z.infer<typeof Tools>

/** The start of a generation: a chat for the model's own template, or raw text or tokens. */
export const Prompt = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('chat'), messages: z.array(Message).min(1) }),
  z.object({ kind: z.literal('text'), text: z.string() }),
  z.object({ kind: z.literal('tokens'), tokens: z.array(TokenId).min(1) }),
])
export type Prompt = z.infer<typeof Prompt>

/** How a token is chosen. Every field has a value: surfaces fill in their contract's defaults. */
export const Sampling = z.object({
  /** 0 is greedy. */
  temperature: z.number().min(0).max(2),
  topP: z.number().min(0).max(1),
  /** 0 looks at the whole vocabulary. */
  topK: z.int().min(0),
  minP: z.number().min(0).max(1),
  frequencyPenalty: z.number().min(-2).max(2),
  presencePenalty: z.number().min(-2).max(2),
  /** Equal seeds give equal answers on one node; the edge draws one where the caller gave none. */
  seed: z.int().min(0).max(0xffff_ffff),
})
export type Sampling = z.infer<typeof Sampling>

/** Longest name of a scope. */
export const MAX_CACHE_SCOPE_LENGTH = 64

/** Who may use again what a node computed of a prompt. */
export const PromptCache = z.object({
  /** Opaque; calls of one scope share what was computed. By the time it saves, others could read a prompt. */
  scope: z.string().max(MAX_CACHE_SCOPE_LENGTH),
  /** So many UTF-16 units of the first system turn are no secret: every scope may use what was computed of them. */
  sharedCharacters: z.int().positive().optional(),
})
export type PromptCache = z.infer<typeof PromptCache>

/** Parts of an adapter that calls bring along: 2 GiB. */
export const MAX_ADAPTER_PARTS = 64

/** An adapter that a node may fetch: its file, and an address for each part of it, behind `BYTES_PATH/`. */
export const AdapterTicket = z.object({
  file: StoredFile,
  tokens: z.array(z.string().max(2_000)).min(1).max(MAX_ADAPTER_PARTS),
})
export type AdapterTicket = z.infer<typeof AdapterTicket>

export const GenerationRequest = z.object({
  model: z.string().min(1),
  /** Of a model with an adapter that was trained on the pool: where the adapter is, for a node that does not hold it. */
  adapter: AdapterTicket.optional(),
  prompt: Prompt,
  /** Absent, from an edge of an older version: all calls share what was computed. */
  cache: PromptCache.optional(),
  sampling: Sampling,
  /** Absent: as much as the context leaves. More than it leaves is `context_length_exceeded`. */
  maxTokens: z.int().min(1).optional(),
  /** The answer ends before the first of these. */
  stop: z.array(z.string().min(1).max(MAX_STOP_LENGTH)).max(MAX_STOP_STRINGS),
  /** `json_object` constrains the answer to one JSON object, a schema to one of its instances. */
  format: z.union([z.enum(['text', 'json_object']), z.object({ schema: JsonSchema })]),
  tools: Tools.optional(),
  /** Added to the logits of these tokens before anything else: -100 and less forbids, 100 and more forces. */
  logitBias: z
    .array(z.tuple([TokenId, z.number().min(-100).max(100)]))
    .max(MAX_LOGIT_BIASES)
    .optional(),
  /** Report each token's log probability, with this many of the likeliest others. */
  logprobs: z.int().min(0).max(MAX_TOP_LOGPROBS).optional(),
  /**
   * Tokens of the answer that the caller has already, from a node that was lost. The generation goes on behind them as if
   * it had made them itself: stop strings, grammar, tool calls, penalties and `maxTokens` count them; they are not sent
   * again, and `completionTokens` includes them.
   */
  resume: z.array(TokenId).optional(),
})
export type GenerationRequest = z.infer<typeof GenerationRequest>

export const EmbeddingRequest = z.object({
  model: z.string().min(1),
  input: z
    .array(z.union([z.string().min(1), z.array(TokenId).min(1)]))
    .min(1)
    .max(MAX_EMBEDDING_INPUTS),
  /** Nothing is embedded: the texts' tokens are counted, as they are without what the model wants around them. */
  isCount: z.literal(true).optional(),
  /** The texts are passages; the vector of each is one number, 0 to 1: how well it answers this. Of models that rank. */
  rankedFor: z.string().min(1).max(MAX_RANKED_FOR_LENGTH).optional(),
})
export type EmbeddingRequest = z.infer<typeof EmbeddingRequest>

/** Tokens that were really computed. `cachedPromptTokens` of the prompt were found in a slot's cache. */
export const Usage = z.object({
  promptTokens: z.int().nonnegative(),
  cachedPromptTokens: z.int().nonnegative(),
  completionTokens: z.int().nonnegative(),
})
export type Usage = z.infer<typeof Usage>

/** `cancelled` is ours: the caller went away, or asked for the end. */
export const FinishReason = z.enum(['stop', 'length', 'tool_calls', 'cancelled'])
export type FinishReason = z.infer<typeof FinishReason>

/** A token with the natural logarithm of its probability before any sampler; `bytes` are its UTF-8, a character may be split. */
const LikelyToken = z.object({
  token: z.string(),
  logprob: z.number(),
  bytes: z.array(z.int().min(0).max(255)),
})
export const TokenLogprob = LikelyToken.extend({ top: z.array(LikelyToken).max(MAX_TOP_LOGPROBS) })
export type TokenLogprob = z.infer<typeof TokenLogprob>

/** A piece of a tool call: `name` comes once, first; `arguments` grows. */
export const ToolCallDelta = z.object({
  index: z
    .int()
    .nonnegative()
    .max(MAX_TOOL_CALLS - 1),
  name: z.string().optional(),
  arguments: z.string(),
})
export type ToolCallDelta = z.infer<typeof ToolCallDelta>

/** A delta's load beside text: absent in most. */
export const DeltaExtra = z.object({
  toolCalls: z.array(ToolCallDelta).optional(),
  /** One for each token of the delta's text that is content, when the request asked for them. */
  logprobs: z.array(TokenLogprob).optional(),
  /** Tools whose arguments are held to be an object and not to their schema. Told once by a node that is asked, without a token. */
  unenforced: z.array(ToolName).max(MAX_TOOLS).optional(),
})
export type DeltaExtra = z.infer<typeof DeltaExtra>

/** A piece of the answer: new text (perhaps none yet), the tokens that it took, and what came with them. */
export const DeltaEvent = z.object({
  type: z.literal('delta'),
  text: z.string(),
  tokens: z.array(TokenId),
  extra: DeltaExtra.optional(),
})
export type DeltaEvent = z.infer<typeof DeltaEvent>

/** Vectors `start…` of an embedding call's inputs: base64 of little-endian float32, each of length one, or one score of a text that is ranked. */
export const VectorsEvent = z.object({
  type: z.literal('vectors'),
  start: z.int().nonnegative(),
  vectors: z.array(z.base64()).min(1),
})
export type VectorsEvent = z.infer<typeof VectorsEvent>

export const EndEvent = z.object({ type: z.literal('end'), finishReason: FinishReason, usage: Usage })
export type EndEvent = z.infer<typeof EndEvent>

/** Failure of one call. `message` is for the caller: no paths, no stacks. */
export const FailureEvent = z.object({
  type: z.literal('error'),
  code: z.enum(ERROR_CODES),
  message: z.string().max(2_000),
  param: z.string().max(200).optional(),
  /** The process that ran the call died or froze under it: perhaps because of it. */
  endedEngine: z.boolean().optional(),
})
export type FailureEvent = z.infer<typeof FailureEvent>

/** An event of a call, whatever carries it. A call ends exactly once, with `end` or `error`. */
export type CallEvent = DeltaEvent | VectorsEvent | EndEvent | FailureEvent
