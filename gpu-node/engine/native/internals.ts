import type { LlamaContextSequence, LlamaGrammarEvaluationState, LlamaModel } from 'node-llama-cpp'
import type { Likelihood } from '../decode/sequence.ts'

// What node-llama-cpp 3.22.1 has inside and does not show: its types end at the words marked `@internal`. Everything of
// that kind that the engine uses is here, for four reasons: a grammar can be fed tokens that were sampled elsewhere;
// raw logits can be read beside a grammar (the public `controlledEvaluate` takes none); all parts of a step are one batch
// (batch.ts); and an adapter can be let go of. test/gpu-node/engine/native/internals.test.ts fails when a version
// moves it.

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

/** Which logits `sampleToken` gives back: of these tokens, the highest, the lowest, the sampled one, so many of the top. */
type LogitFilter = [
  tokens: readonly number[],
  max: boolean,
  min: boolean,
  selected: boolean,
  includeTop: number,
]

interface AddonContext {
  initBatch(size: number): void
  /** Where in the batch the logits of the tokens at `wanted` will lie. */
  addToBatch(
    sequenceId: number,
    firstIndex: number,
    tokens: Uint32Array,
    wanted: Uint32Array,
  ): Uint32Array<ArrayBuffer>
  decodeBatch(): Promise<void>
  /** Forgets positions, the last one excluded. False where a model cannot. Not during a decode. */
  removeTokenCellsFromSequence(sequenceId: number, start: number, end: number): boolean
  /** `place` is one of those that `addToBatch` gave. -1 when no token is left. */
  sampleToken(place: number, sampler: AddonSampler): Promise<number>
  sampleToken(
    place: number,
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

export interface ContextInternals {
  readonly _ctx: AddonContext
  readonly batchSize: number
  readonly contextSize: number
}

export interface SequenceInternals {
  readonly _context: ContextInternals
  readonly _sequenceId: number
  /** The tokens that the sequence holds, and their number: the library believes what is written here. */
  _contextTokens: number[]
  _nextTokenIndex: number
  /** For models that cannot be cut where we like. */
  _takeIntervalCheckpointIfNeededAfterBatch(stateLength: number): Promise<void> | undefined
}

interface CopyInternals {
  /** False when the copy is not whole; what the sequence then holds is unknown. */
  _copyStateFromOtherSequence(source: LlamaContextSequence, upToTokenIndex: number): Promise<boolean>
}

interface ModelInternals {
  _model: unknown
  _llama: { _bindings: Bindings }
  /** By absolute path. */
  _loraAdapters: Map<string, { usages: number; dispose(): Promise<void> }>
}

// The casts of this file say what `dist/evaluator` and `dist/bindings/AddonTypes.d.ts` of the pinned version say.
export const insideOf = (sequence: LlamaContextSequence): SequenceInternals =>
  sequence as unknown as SequenceInternals
const insideOfModel = (model: LlamaModel): ModelInternals => model as unknown as ModelInternals
const stateOf = (state: LlamaGrammarEvaluationState): unknown =>
  (state as unknown as { _state: unknown })._state

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

/**
 * Frees the weights of an adapter unless a context has them, which the library itself does only with the model. It counts
 * the contexts that an adapter was given to, and does not notice when they go: `contexts` are those that went.
 */
export async function releaseAdapter(model: LlamaModel, path: string, contexts: 0 | 1): Promise<void> {
  const { _loraAdapters } = insideOfModel(model)
  const adapter = _loraAdapters.get(path)
  if (adapter === undefined) return
  adapter.usages -= contexts
  if (adapter.usages > 0) return
  _loraAdapters.delete(path)
  await adapter.dispose()
}

/** For `SamplerConfig.grammarEvaluationState`. */
export const grammarInside = (state: LlamaGrammarEvaluationState): unknown => stateOf(state)

/** Moves a grammar on by a token. Throws when the token does not fit. */
export function acceptToken(model: LlamaModel, state: LlamaGrammarEvaluationState, token: number): void {
  insideOfModel(model)._llama._bindings.AddonSampler.acceptGrammarEvaluationStateToken(stateOf(state), token)
}

/** The log probability of what cannot be, as OpenAI writes it: JSON knows no infinity. */
const IMPOSSIBLE = -9_999

/** The logits behind one token, until the next batch. */
export class Logits {
  readonly #context: AddonContext
  readonly #place: number

  constructor(context: AddonContext, place: number) {
    this.#context = context
    this.#place = place
  }

  async sample(sampler: AddonSampler): Promise<number> {
    const token = await this.#context.sampleToken(this.#place, sampler)
    if (token === -1) throw new Error('No token is left to sample.')
    return token
  }

  /** `plain` is greedy and changes no logit, so what it shows is what the model computed. */
  async likelihood(plain: AddonSampler, token: number, topCount: number): Promise<Likelihood> {
    const filter: LogitFilter = [[token], false, false, true, topCount]
    const [best, , , flat, weight] = await this.#context.sampleToken(
      this.#place,
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
