import type { LlamaContextSequence } from 'node-llama-cpp'
import { computeTokens } from './native-batch.ts'
import type { NativeGrammars } from './native-grammars.ts'
import {
  type AddonSampler,
  createSampler,
  grammarInside,
  type Logits,
  type SamplerConfig,
} from './native-internals.ts'
import type { DecodeOptions, Decoder, Likelihood } from './sequence.ts'

/** llama.cpp takes this seed for "draw one yourself" (`LLAMA_DEFAULT_SEED`). */
const RANDOM_SEED = 0xffff_ffff

/** Makes a token impossible unless a grammar leaves nothing else; far above any difference of logits. */
const FORBIDDEN = -1e9

/** The finaliser of MurmurHash3: every bit of the input moves half of the bits of the result. */
function mix(value: number): number {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** What was drawn before is not drawn again: a resumed answer has random numbers of its own. */
function seedOf(seed: number, resumed: number): number {
  const own = resumed === 0 ? seed : mix(seed ^ mix(resumed))
  return own === RANDOM_SEED ? RANDOM_SEED - 1 : own
}

function penaltyConfig(
  { sampling, maxTokens }: DecodeOptions,
  sampled: readonly number[],
): Partial<SamplerConfig> {
  const { frequencyPenalty, presencePenalty } = sampling
  if (frequencyPenalty === 0 && presencePenalty === 0) return {}
  return {
    repeatPenalty: 1,
    // llama.cpp's default is the last 64; OpenAI's penalties look at the whole answer.
    repeatPenaltyMaxTokens: maxTokens,
    repeatPenaltyTokens: Uint32Array.from(sampled),
    repeatPenaltyFrequencyPenalty: frequencyPenalty,
    repeatPenaltyPresencePenalty: presencePenalty,
  }
}

function biasConfig(biases: ReadonlyMap<number, number>): Partial<SamplerConfig> {
  if (biases.size === 0) return {}
  return {
    tokenBiasKeys: Uint32Array.from(biases.keys()),
    tokenBiasValues: Float32Array.from(biases.values()),
  }
}

const NONE: readonly number[] = []

function forbiddenBehind({ forbiddenAfter }: DecodeOptions, sampled: readonly number[]): readonly number[] {
  const last = sampled.at(-1)
  return (last !== undefined && forbiddenAfter?.(last)) || NONE
}

/** How to sample the token behind `sampled`, the whole answer so far. */
function samplerConfig(options: DecodeOptions, sampled: readonly number[]): SamplerConfig {
  const { temperature, topP, topK, minP, seed } = options.sampling
  const { logitBias = [], forbidden = [] } = options
  const biases = new Map(logitBias)
  for (const token of forbidden) biases.set(token, FORBIDDEN)
  for (const token of forbiddenBehind(options, sampled)) biases.set(token, FORBIDDEN)
  return {
    temperature,
    seed: seedOf(seed, options.resumed?.length ?? 0),
    // No filter rather than one that keeps everything: llama.cpp would sort the vocabulary for it.
    ...(topK > 0 && { topK }),
    ...(topP < 1 && { topP }),
    ...(minP > 0 && { minP }),
    ...penaltyConfig(options, sampled),
    ...biasConfig(biases),
  }
}

export interface NativeDecoderOptions extends DecodeOptions {
  sequence: LlamaContextSequence
  grammars: NativeGrammars
}

/** Samples one token at a time. */
export class NativeDecoder implements Decoder {
  readonly #options: NativeDecoderOptions
  readonly #sampler: AddonSampler
  readonly #grammar: Pick<SamplerConfig, 'grammarEvaluationState'>
  /** For likelihoods: sees the logits as the model computed them. */
  readonly #plain: AddonSampler | undefined
  /** Tokens of the answer, those that are resumed first. */
  readonly #sampled: number[]
  /** For which tokens behind the last the sampler is configured. */
  #forbidden: readonly number[]
  /** What to compute next. */
  #tokens: readonly number[]
  /** Of the tokens to compute next, so many were sampled before and are rated. */
  #rated: number
  likelihoods: readonly Likelihood[] = []

  constructor(options: NativeDecoderOptions) {
    const { sequence, grammars, grammar, resumed = [], rated = 0, topCount } = options
    const { model } = sequence
    this.#options = options
    this.#sampled = [...resumed]
    this.#tokens = options.tokens
    this.#grammar =
      grammar === undefined
        ? {}
        : { grammarEvaluationState: grammarInside(grammars.stateBehind(grammar, resumed)) }
    this.#forbidden = forbiddenBehind(options, resumed)
    this.#sampler = createSampler(model, { ...samplerConfig(options, resumed), ...this.#grammar })
    this.#plain = topCount === undefined ? undefined : createSampler(model, { temperature: 0, seed: 0 })
    this.#rated = this.#plain === undefined ? 0 : rated
  }

  // Computes in the tick of the call: all parts of a step must be in one batch.
  async next(): Promise<number> {
    const tokens = this.#tokens
    const rated = this.#rated === 0 ? NONE : this.#sampled.slice(-this.#rated)
    this.#configure()
    const likelihoods: Likelihood[] = []
    const wanted = rated.length + 1
    const results = await computeTokens(this.#options.sequence, { tokens, wanted }, async (logits, index) => {
      const token = rated[index - (tokens.length - wanted)] ?? (await logits.sample(this.#sampler))
      await this.#rate(logits, token, likelihoods)
      return token
    })
    const token = results.at(-1)
    if (token === undefined) throw new Error('The context gave no token.')
    this.likelihoods = likelihoods
    this.#sampled.push(token)
    this.#tokens = [token]
    this.#rated = 0
    return token
  }

  /** The sampler takes note of what it samples; only other biases have to be told, and then all the rest with them. */
  #configure(): void {
    const forbidden = forbiddenBehind(this.#options, this.#sampled)
    if (forbidden === this.#forbidden) return
    this.#forbidden = forbidden
    this.#sampler.applyConfig({ ...samplerConfig(this.#options, this.#sampled), ...this.#grammar })
  }

  async #rate(logits: Logits, token: number, likelihoods: Likelihood[]): Promise<void> {
    if (!this.#plain) return
    likelihoods.push(await logits.likelihood(this.#plain, token, this.#options.topCount ?? 0))
  }

  end(): void {
    this.#sampler.dispose()
    this.#plain?.dispose()
  }
}
