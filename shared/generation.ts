import { z } from 'zod'
import { ERROR_CODES } from './errors.ts'

/** Stop strings of one request, and the longest of them in UTF-16 code units. */
export const MAX_STOP_STRINGS = 16
export const MAX_STOP_LENGTH = 512

/** Inputs of one embedding call. OpenAI's documented limit. */
export const MAX_EMBEDDING_INPUTS = 2_048

/** Highest token id that a request may name; the node checks it against its model's vocabulary. */
const TokenId = z.int().nonnegative()

/** One turn of a chat. Surfaces turn their own forms of content into plain text before it gets here. */
export const Message = z.object({
  role: z.enum(['system', 'user', 'assistant']),
  content: z.string(),
})
export type Message = z.infer<typeof Message>

/** What a generation starts from: a chat for the model's own template, or raw text or tokens. */
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

export const GenerationRequest = z.object({
  model: z.string().min(1),
  prompt: Prompt,
  sampling: Sampling,
  /** Absent: as much as the context leaves. More than it leaves is `context_length_exceeded`. */
  maxTokens: z.int().min(1).optional(),
  /** The answer ends before the first of these. */
  stop: z.array(z.string().min(1).max(MAX_STOP_LENGTH)).max(MAX_STOP_STRINGS),
  /** `json_object` constrains the answer to one JSON object. */
  format: z.enum(['text', 'json_object']),
})
export type GenerationRequest = z.infer<typeof GenerationRequest>

export const EmbeddingRequest = z.object({
  model: z.string().min(1),
  input: z
    .array(z.union([z.string().min(1), z.array(TokenId).min(1)]))
    .min(1)
    .max(MAX_EMBEDDING_INPUTS),
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
export const FinishReason = z.enum(['stop', 'length', 'cancelled'])
export type FinishReason = z.infer<typeof FinishReason>

/** A piece of the answer: new text (perhaps none yet) and the tokens that it took. */
export const DeltaEvent = z.object({ type: z.literal('delta'), text: z.string(), tokens: z.array(TokenId) })
export type DeltaEvent = z.infer<typeof DeltaEvent>

/** Vectors `start…` of an embedding call's inputs: base64 of little-endian float32, each of length one. */
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
})
export type FailureEvent = z.infer<typeof FailureEvent>

/** What a call yields, whatever carries it. Ends exactly once, with `end` or `error`. */
export type CallEvent = DeltaEvent | VectorsEvent | EndEvent | FailureEvent
