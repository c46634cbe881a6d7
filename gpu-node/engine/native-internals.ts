import type { LlamaContextSequence, LlamaGrammarEvaluationState, LlamaModel } from 'node-llama-cpp'
import type { Likelihood } from './sequence.ts'

// What node-llama-cpp 3.22.1 has inside and does not show: its types end at the words marked `@internal`. Everything of
// that kind that the engine uses is here, for three reasons: a grammar can be fed tokens that were sampled elsewhere;
// raw logits can be read beside a grammar (the public `controlledEvaluate` takes none); and all parts of a step enter the
// queue in the tick in which they are asked for. test/gpu-node/engine/native-internals.test.ts fails when a version moves it.

/** The addon's sampler: a chain that is built from its configuration, and a state that grows with what it samples. */
export interface AddonSampler {
  applyConfig(config: SamplerConfig): void
  dispose(): void
}

/** `AddonSampler.applyConfig` in llama/addon/AddonSampler.cpp: an absent field means that the sampler is not in the chain. */
export interface SamplerConfig {
  /** 0 and less is greedy. */
  temperature: number
  topK?: number
  topP?: number
  minP?: number
  seed: number
  repeatPenalty?: number
  repeatPenaltyMaxTokens?: number
  repeatPenaltyTokens?: Uint32Array
  repeatPenaltyPresencePenalty?: number
  repeatPenaltyFrequencyPenalty?: number
  tokenBiasKeys?: Uint32Array
  tokenBiasValues?: Float32Array
  /** The inside of a `LlamaGrammarEvaluationState`. */
  grammarEvaluationState?: unknown
}

/** Where in the last batch the logits of a token lie. */
type BatchIndex = number & { readonly __batchIndex: never }

/** Which logits `sampleToken` gives back: of these tokens, the highest, the lowest, the sampled one, so many of the top. */
type LogitFilter = [
  tokens: readonly number[],
  max: boolean,
  min: boolean,
  selected: boolean,
  includeTop: number,
]

interface AddonContext {
  /** -1 when no token is left. */
  sampleToken(index: BatchIndex, sampler: AddonSampler): Promise<number>
  sampleToken(
    index: BatchIndex,
    sampler: AddonSampler,
    probabilities: false,
    confidence: false,
    logits: LogitFilter,
    totalLogitWeight: true,
  ): Promise<[token: number, undefined, number | undefined, logits: number[], totalLogitWeight: number]>
}

interface Bindings {
  AddonSampler: {
    new (model: unknown): AddonSampler
    acceptGrammarEvaluationStateToken(state: unknown, token: number): void
  }
}

interface SequenceInternals {
  _context: { _ctx: AddonContext }
  _tokenMeter: unknown
  _takeIntervalCheckpointIfNeededAfterBatch(stateLength: number): unknown
  _decodeTokens<T>(
    tokens: readonly number[],
    wantsLogits: readonly (boolean | undefined)[],
    priority: number,
    meter: unknown,
    contextShift: { size: number; strategy: 'eraseBeginning' },
    read: (index: BatchIndex, tokenIndex: number) => Promise<T>,
    afterBatch: unknown,
  ): Promise<(T | undefined)[]>
}

interface CopyInternals {
  /** False when the copy is not whole; what the sequence then holds is unknown. */
  _copyStateFromOtherSequence(source: LlamaContextSequence, upToTokenIndex: number): Promise<boolean>
}

interface ModelInternals {
  _model: unknown
  _llama: { _bindings: Bindings }
}

// The casts of this file say what `dist/evaluator` and `dist/bindings/AddonTypes.d.ts` of the pinned version say.
const insideOf = (sequence: LlamaContextSequence): SequenceInternals =>
  sequence as unknown as SequenceInternals
const insideOfModel = (model: LlamaModel): ModelInternals => model as unknown as ModelInternals
const stateOf = (state: LlamaGrammarEvaluationState): unknown =>
  (state as unknown as { _state: unknown })._state

/** The library's own `defaultEvaluationPriority`. */
const PRIORITY = 5

/** Never used: requests that exceed the context are refused before they get here. */
const CONTEXT_SHIFT = { size: 1, strategy: 'eraseBeginning' } as const

export function createSampler(model: LlamaModel, config: SamplerConfig): AddonSampler {
  const { _model, _llama } = insideOfModel(model)
  const sampler = new _llama._bindings.AddonSampler(_model)
  sampler.applyConfig(config)
  return sampler
}

/**
 * Copies a sequence's memory into another of its context (`llama_memory_seq_cp`): at the next decode, one copy of the
 * cache of a whole sequence, measured 13 ms for 23 MB where computing it took 1.4 s. False when it did not work.
 */
export function copyState(source: LlamaContextSequence, target: LlamaContextSequence): Promise<boolean> {
  return (target as unknown as CopyInternals)._copyStateFromOtherSequence(source, source.nextTokenIndex)
}

/** For `SamplerConfig.grammarEvaluationState`. */
export const grammarInside = (state: LlamaGrammarEvaluationState): unknown => stateOf(state)

/** Moves a grammar on by a token. Throws when the token does not fit. */
export function acceptToken(model: LlamaModel, state: LlamaGrammarEvaluationState, token: number): void {
  insideOfModel(model)._llama._bindings.AddonSampler.acceptGrammarEvaluationStateToken(stateOf(state), token)
}

/**
 * Computes tokens as the next ones of a sequence, in the batch of this tick. `read` is called for each of the last
 * `wanted` tokens, as long as its logits are there; what it gives is the result, in order. The caller sees to it that
 * nothing else uses the sequence meanwhile.
 */
export async function computeTokens<T>(
  sequence: LlamaContextSequence,
  { tokens, wanted }: { tokens: readonly number[]; wanted: number },
  read: (logits: Logits, index: number) => Promise<T>,
): Promise<T[]> {
  const inside = insideOf(sequence)
  const firstWanted = tokens.length - wanted
  const results = await inside._decodeTokens(
    tokens,
    tokens.map((_token, index) => index >= firstWanted),
    PRIORITY,
    inside._tokenMeter,
    CONTEXT_SHIFT,
    (batchIndex, index) => read(new Logits(inside._context._ctx, batchIndex), index),
    inside._takeIntervalCheckpointIfNeededAfterBatch,
  )
  return results.slice(firstWanted).filter((result) => result !== undefined)
}

/** The log probability of what cannot be, as OpenAI writes it: JSON knows no infinity. */
const IMPOSSIBLE = -9_999

/** The logits behind one token, until the next batch. */
export class Logits {
  readonly #context: AddonContext
  readonly #index: BatchIndex

  constructor(context: AddonContext, index: BatchIndex) {
    this.#context = context
    this.#index = index
  }

  async sample(sampler: AddonSampler): Promise<number> {
    const token = await this.#context.sampleToken(this.#index, sampler)
    if (token === -1) throw new Error('No token is left to sample.')
    return token
  }

  /** `plain` is greedy and changes no logit, so what it shows is what the model computed. */
  async likelihood(plain: AddonSampler, token: number, topCount: number): Promise<Likelihood> {
    const filter: LogitFilter = [[token], false, false, true, topCount]
    const [best, , , flat, weight] = await this.#context.sampleToken(
      this.#index,
      plain,
      false,
      false,
      filter,
      true,
    )
    const logits = new Map<number, number>()
    for (let at = 0; at < flat.length; at += 2) logits.set(flat[at] ?? -1, flat[at + 1] ?? Number.NaN)
    const highest = logits.get(best) ?? Number.NaN
    // The weight is the sum of exp(logit - highest): log softmax = logit - highest - ln(weight).
    const logprobOf = (logit: number): number => Math.max(IMPOSSIBLE, logit - highest - Math.log(weight))
    const top = [...logits].sort(([, a], [, b]) => b - a).slice(0, topCount)
    return {
      token,
      logprob: logprobOf(logits.get(token) ?? Number.NaN),
      top: top.map(([other, logit]) => [other, logprobOf(logit)] as const),
    }
  }
}
