import type { CallEvent, EmbeddingRequest, GenerationRequest, Usage } from '../../../shared/generation.ts'

/** Sampled tokens that a node need not send: the one with which the model ends its turn. */
export const MAX_UNSENT_TOKENS = 1

/** The most that can come of a call, whatever its node says. */
export interface CallLimits {
  /** Tokens of an answer, with those that another node made; vectors of an embedding call. */
  pieces: number
  /** Tokens of its prompts; never fewer than the call itself shows. */
  prompt: { least: number; most: number }
  /** Tokens of its answer. */
  completion: number
  /** Tokens of both together. */
  total: number
}

/** Of a generation by a model whose context has so many tokens. Of one that its node no longer tells of, it is not known. */
export function generationLimits(
  { prompt, maxTokens }: GenerationRequest,
  contextTokens = Number.MAX_SAFE_INTEGER,
): CallLimits {
  const completion = Math.min(maxTokens ?? contextTokens, contextTokens)
  const least = prompt.kind === 'tokens' ? Math.min(prompt.tokens.length, contextTokens) : 1
  return { pieces: completion, prompt: { least, most: contextTokens }, completion, total: contextTokens }
}

/** UTF-8 bytes of a UTF-16 code unit at most; a token stands for one byte or more. */
const BYTES_OF_UNIT = 3

export function embeddingLimits(
  { input, isCount }: EmbeddingRequest,
  contextTokens = Number.MAX_SAFE_INTEGER,
): CallLimits {
  if (isCount) {
    const bytes = input.reduce((sum, { length }) => sum + length * BYTES_OF_UNIT, 0)
    return { pieces: 0, prompt: { least: 1, most: bytes }, completion: 0, total: bytes }
  }
  const most = Math.min(input.length * contextTokens, Number.MAX_SAFE_INTEGER)
  return { pieces: input.length, prompt: { least: 1, most }, completion: 0, total: most }
}

/** How many pieces an event brings, by which a call is held to its limits. */
export function piecesOf(event: CallEvent): number {
  if (event.type === 'delta') return event.tokens.length
  return event.type === 'vectors' ? event.vectors.length : 0
}

/** Whether a call of which so many pieces are known may have these as well. */
export function isWithin(event: CallEvent, known: number, { pieces }: CallLimits): boolean {
  const last = event.type === 'vectors' ? event.start + event.vectors.length : 0
  return known + piecesOf(event) <= pieces && last <= pieces
}

const between = (value: number, least: number, most: number): number =>
  Math.max(least, Math.min(value, Math.max(least, most)))

/**
 * The usage that a node tells, held to what is known to have come of its call: nobody pays for more, and nothing that came
 * is free.
 */
export function heldTo(told: Usage, pieces: number, { prompt, completion, total }: CallLimits): Usage {
  const completionTokens = between(
    told.completionTokens,
    Math.min(pieces, completion),
    Math.min(pieces + MAX_UNSENT_TOKENS, completion),
  )
  const least = pieces > 0 ? prompt.least : 0
  const promptTokens = between(told.promptTokens, least, Math.min(prompt.most, total - completionTokens))
  return {
    promptTokens,
    cachedPromptTokens: Math.min(told.cachedPromptTokens, promptTokens),
    completionTokens,
  }
}
