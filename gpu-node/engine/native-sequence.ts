import type { LlamaContextSequence, LlamaGrammar, SequenceEvaluateOptions, Token } from 'node-llama-cpp'
import { LlamaGrammarEvaluationState } from 'node-llama-cpp'
import type { DecodeOptions, Decoder, Sequence } from './sequence.ts'

/** llama.cpp takes this seed for "draw one yourself" (`LLAMA_DEFAULT_SEED`). */
const RANDOM_SEED = 0xffff_ffff

/** A request's sampling in the library's words. `generated` grows while the answer does. */
function evaluateOptions(
  { sampling, maxTokens }: DecodeOptions,
  generated: Token[],
): SequenceEvaluateOptions {
  const { temperature, topP, topK, minP, seed, frequencyPenalty, presencePenalty } = sampling
  return {
    temperature,
    topP,
    // "The whole vocabulary" must be no filter at all: the library would sort all candidates for 0, milliseconds a
    // token with a large vocabulary, and takes 40 for undefined. Null passes its defaults and is removed inside.
    topK: topK === 0 ? (null as unknown as number) : topK,
    minP,
    seed: seed === RANDOM_SEED ? RANDOM_SEED - 1 : seed,
    yieldEogToken: true,
    ...((frequencyPenalty !== 0 || presencePenalty !== 0) && {
      repeatPenalty: {
        punishTokens: () => generated,
        // The library looks at the last 64 by default; OpenAI's penalties look at the whole answer.
        maxPunishTokens: maxTokens,
        penalty: 1,
        frequencyPenalty,
        presencePenalty,
      },
    }),
  }
}

/** One sequence of a llama.cpp context. Token numbers are checked against the vocabulary before they get here. */
export class NativeSequence implements Sequence {
  readonly #sequence: LlamaContextSequence
  readonly #jsonGrammar: LlamaGrammar

  constructor(sequence: LlamaContextSequence, jsonGrammar: LlamaGrammar) {
    this.#sequence = sequence
    this.#jsonGrammar = jsonGrammar
  }

  async reuse(tokens: readonly number[]): Promise<number> {
    // Without the last one, because at least one token must be evaluated to sample from.
    await this.#sequence.adaptStateToTokens(tokens.slice(0, -1) as Token[], false)
    return this.#sequence.nextTokenIndex
  }

  async prefill(tokens: readonly number[]): Promise<void> {
    await this.#sequence.evaluateWithoutGeneratingNewTokens(tokens as Token[])
  }

  decode(options: DecodeOptions): Decoder {
    const generated: Token[] = []
    const isPunishing = options.sampling.frequencyPenalty !== 0 || options.sampling.presencePenalty !== 0
    // One generator less a token than `evaluate`.
    const tokens = this.#sequence.evaluateWithMetadata(
      options.tokens as Token[],
      {},
      { ...evaluateOptions(options, generated), ...this.#format(options.format) },
    )
    return {
      async next() {
        const { value, done } = await tokens.next()
        if (done) throw new Error('The generator ended by itself.')
        if (isPunishing) generated.push(value.token)
        return value.token
      },
      end: () => void tokens.return(),
    }
  }

  #format(format: DecodeOptions['format']): SequenceEvaluateOptions {
    if (format === 'text') return {}
    const { model } = this.#sequence
    return { grammarEvaluationState: new LlamaGrammarEvaluationState({ model, grammar: this.#jsonGrammar }) }
  }

  clear(): Promise<void> {
    return this.#sequence.clearHistory()
  }
}
