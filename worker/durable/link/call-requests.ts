import type { EmbeddingRequest, GenerationRequest } from '../../../shared/generation.ts'
import { adapterNamed, type ModelHolding, tunedBaseOf } from '../../../shared/node.ts'
import type { CallOptions } from '../../services/pool/node-link.ts'
import { embeddingKey } from '../../services/pool/node-view.ts'
import { embeddingLimits, generationLimits } from './call-limits.ts'
import type { CallRequest } from './node-calls.ts'

const toCaller = ({ attempt, ...options }: CallOptions, resumedTokens: number) => ({
  ...options,
  arrival: resumedTokens > 0 ? ('move' as const) : attempt > 0 ? ('retry' as const) : ('first' as const),
})

/**
 * Tokens of context, as a node that holds these models told them, of one that a call names: also with an adapter, also one that
 * is to be fetched. Embeddings are counted for themselves, and have the context of their model.
 */
export const contextTokensOf = (models: readonly ModelHolding[], name: string): number | undefined =>
  models.find(
    (model) =>
      model.id === name ||
      embeddingKey(model.id) === name ||
      model.id === tunedBaseOf(name) ||
      adapterNamed(model, name),
  )?.contextTokens

/** A generation as a link admits and counts it. Those with an adapter share the slots of its model. */
export function generationCall(
  request: GenerationRequest,
  options: CallOptions,
  models: readonly ModelHolding[],
): CallRequest {
  const resumedTokens = request.resume?.length ?? 0
  const { model } = request
  const held = models.find((holding) => adapterNamed(holding, model))
  // One that was trained on the pool may have to be fetched first; operators count it with its model.
  const base = tunedBaseOf(model)
  return {
    key: held?.id ?? base ?? model,
    model,
    countedAs: base,
    resumedTokens,
    limitsFor: (contextTokens) => generationLimits(request, contextTokens),
    ...toCaller(options, resumedTokens),
  }
}

/** An embedding call. Embeddings have their own queue: a node computes them one call at a time. */
export function embeddingCall(request: EmbeddingRequest, options: CallOptions): CallRequest {
  const key = embeddingKey(request.model)
  return {
    key,
    model: key,
    limitsFor: (contextTokens) => embeddingLimits(request, contextTokens),
    ...toCaller(options, 0),
  }
}
