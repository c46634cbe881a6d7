import type { LlamaModel } from 'node-llama-cpp'
import { LlamaGrammar, LlamaGrammarEvaluationState } from 'node-llama-cpp'
import { AppError } from '../../../shared/errors.ts'
import { RecentMap } from '../recent-map.ts'
import { acceptToken } from './internals.ts'

/** Grammars kept ready for one model. A large one takes some megabytes. */
const MAX_GRAMMARS = 32

/** Grammars of one model, each read once. */
export class NativeGrammars {
  readonly #model: LlamaModel
  readonly #fresh = new RecentMap<string, LlamaGrammarEvaluationState>(MAX_GRAMMARS)

  constructor(model: LlamaModel) {
    this.#model = model
  }

  /** A state of its own behind `tokens`. Throws `invalid_request` when they do not fit the grammar. */
  stateBehind(grammar: string, tokens: readonly number[]): LlamaGrammarEvaluationState {
    const fresh = this.#fresh.get(grammar, () => {
      const model = this.#model
      // `llama.createGrammar` does just this, but asynchronously, and a slot's tokens must be asked for in one tick.
      return new LlamaGrammarEvaluationState({ model, grammar: new LlamaGrammar(model.llama, { grammar }) })
    })
    const state = fresh.clone()
    try {
      for (const token of tokens) acceptToken(this.#model, state, token)
    } catch (cause) {
      throw new AppError('invalid_request', 'The resumed tokens do not fit what the answer is held to.', {
        param: 'resume',
        cause,
      })
    }
    return state
  }
}
