import type { LlamaContextSequence, Token } from 'node-llama-cpp'
import type { DecodeOptions, Decoder, Likelihood } from '../decode/sequence.ts'
import { computeTokens, needsCheckpoints } from './batch.ts'
import type { NativeGrammars } from './grammars.ts'
import {
  type AddonSampler,
  createSampler,
  grammarInside,
  insideOf,
  type Logits,
  type SamplerConfig,
} from './internals.ts'
import { PromptLookup } from './prompt-lookup.ts'
import { seedOf } from './seed.ts'
import { GuessRecord, MAX_GUESS, type Speculation } from './speculation.ts'

/** Makes a token impossible unless a grammar leaves nothing else; far above any difference of logits. */
const FORBIDDEN = -1e9

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

/** How far a guess goes on while it is right. */
const LOOK_AHEAD = 4 * MAX_GUESS

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
  /** The cost of guessing in this context. Absent: nothing is guessed. */
  speculation?: Pick<Speculation, 'lengthFor' | 'note'> | undefined
}

/** The step under way. */
interface Step {
  /** The last of them are guesses. */
  tokens: readonly number[]
  guesses: readonly number[]
  /** Tokens that were sampled before and are rated. */
  rated: readonly number[]
  /** How many of the tokens have their logits read. */
  wanted: number
}

/** Samples an answer step by step. */
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
  /** The tokens to compute next. */
  #tokens: readonly number[]
  /** Of the tokens to compute next, so many were sampled before and are rated. */
  #rated: number
  /** The tokens that the answer may go on with, as far as they have been right. */
  #guesses: readonly number[] = []
  readonly #lookup = new PromptLookup()
  readonly #record = new GuessRecord()
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
  async next(isAlone = false): Promise<readonly number[]> {
    const startedAt = performance.now()
    const step = this.#plan(isAlone)
    const sampled: number[] = []
    const likelihoods: Likelihood[] = []
    const { tokens, wanted, rated, guesses } = step
    const kept = () => tokens.length - guesses.length + Math.max(0, sampled.length - 1)
    await computeTokens(this.#options.sequence, { tokens, wanted, kept }, async (logits, index) => {
      const place = index - (tokens.length - wanted)
      if (sampled.some((token, guess) => token !== guesses[guess])) return // what follows was computed for nothing
      const token = rated[place] ?? (await this.#sample(logits, sampled))
      await this.#rate(logits, token, likelihoods)
    })
    if (sampled.length === 0) throw new Error('The context gave no token.')
    this.likelihoods = likelihoods
    this.#tokens = sampled.slice(-1)
    this.#rated = 0
    if (isAlone && this.#plain === undefined && tokens.length === 1 + guesses.length) {
      this.#options.speculation?.note(guesses.length, performance.now() - startedAt)
    }
    return sampled
  }

  #plan(isAlone: boolean): Step {
    const guesses = isAlone ? this.#guess() : NONE
    const rated = this.#rated === 0 ? NONE : this.#sampled.slice(-this.#rated)
    const tokens = guesses.length === 0 ? this.#tokens : [...this.#tokens, ...guesses]
    return { tokens, guesses, rated, wanted: rated.length + 1 + guesses.length }
  }

  /** The guesses to check along with the next token. */
  #guess(): readonly number[] {
    const { sequence, speculation, maxTokens } = this.#options
    const canCheck = this.#tokens.length === 1 && this.#plain === undefined && !needsCheckpoints(sequence)
    if (speculation === undefined || !canCheck) return NONE
    if (this.#guesses.length === 0) this.#guesses = this.#lookUp()
    // One token is sampled anyway, and the context keeps its last place free.
    const room = Math.min(
      maxTokens - this.#sampled.length - 1,
      sequence.contextSize - sequence.nextTokenIndex - 2,
    )
    const length = speculation.lengthFor(Math.min(this.#guesses.length, room), this.#record)
    return length === 0 ? NONE : this.#guesses.slice(0, length)
  }

  /** Up to where a turn would end: nothing is sampled behind that. */
  #lookUp(): readonly number[] {
    const { sequence } = this.#options
    const { _contextTokens: computed } = insideOf(sequence)
    // What is about to be computed was added, and is among what is computed the next time.
    this.#lookup.add([...computed.slice(this.#lookup.length), ...this.#tokens])
    const found = this.#lookup.find(LOOK_AHEAD)
    const end = found.findIndex((token) => sequence.model.isEogToken(token as Token))
    return end < 0 ? found : found.slice(0, end)
  }

  async #sample(logits: Logits, into: number[]): Promise<number> {
    this.#configure()
    const token = await logits.sample(this.#sampler)
    this.#sampled.push(token)
    into.push(token)
    const [guess, ...others] = this.#guesses
    if (guess !== undefined) this.#record.note(guess === token)
    this.#guesses = guess === token ? others : NONE
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
