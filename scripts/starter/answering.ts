import type { EngineEvent } from '../../gpu-node/engine/engine.ts'
import { createLlamaEngine, type LlamaEngine } from '../../gpu-node/engine/llama.ts'
import type { GenerationRequest, Sampling } from '../../shared/generation.ts'
import { createLogger } from '../../shared/log.ts'
import { messageOf, type Talk } from './talk.ts'

/** The likeliest token each time, so that equal files answer equally. */
const GREEDY: Sampling = {
  temperature: 0,
  topP: 1,
  topK: 0,
  minP: 0,
  frequencyPenalty: 0,
  presencePenalty: 0,
  seed: 1,
}

/** No answer of the small world is longer. */
const MAX_TOKENS = 200

/** An answer of the model. */
export interface Answer {
  text: string
  calls: { name: string; arguments: string }[]
}

/** Asks a model as the product does: by its engine, with its templates and grammars. */
export class Answerer {
  readonly #engine: LlamaEngine
  readonly #waiting = new Map<string, (event: EngineEvent) => void>()
  #count = 0

  private constructor(engine: LlamaEngine) {
    this.#engine = engine
  }

  /** Loads a model with so many places side by side. */
  static async open(path: string, slots: number): Promise<Answerer> {
    let hear: (event: EngineEvent) => void = () => {}
    const engine = await createLlamaEngine(
      { models: [{ id: 'starter', path, slots }], threads: 1, gpu: false, log: createLogger(() => {}) },
      (event) => hear(event),
    )
    const answerer = new Answerer(engine)
    hear = (event) => {
      for (const listen of answerer.#waiting.values()) listen(event)
    }
    return answerer
  }

  /** The answer to the turns so far. `isHeldTo`: tools and schemas shape what can be said, as they do in the product. */
  async answer({ turns, tools = [], schema }: Talk, isHeldTo = true): Promise<Answer> {
    const callId = `answer-${++this.#count}`
    const request: GenerationRequest = {
      model: 'starter',
      prompt: { kind: 'chat', messages: turns.map((_, place) => messageOf(turns, place)) },
      sampling: GREEDY,
      maxTokens: MAX_TOKENS,
      stop: [],
      format: schema && isHeldTo ? { schema: { ...schema } } : 'text',
      ...(tools.length > 0 && {
        tools: { definitions: [...tools], choice: 'auto' as const, parallel: false },
      }),
    }
    const answer: Answer = { text: '', calls: [] }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.set(callId, (event) => {
      if (event.type === 'step') {
        for (const [id, text, , extra] of event.step) {
          if (id !== callId) continue
          answer.text += text
          for (const { index, name, arguments: more } of extra?.toolCalls ?? []) {
            const known = answer.calls[index] ?? { name: '', arguments: '' }
            answer.calls[index] = {
              name: known.name + (name ?? ''),
              arguments: known.arguments + (more ?? ''),
            }
          }
        }
      } else if (event.type === 'call.end' && event.callId === callId) resolve()
      else if (event.type === 'call.error' && event.callId === callId) {
        // A talk that a model cannot hold is one that it does not answer.
        if (event.code === 'context_length_exceeded') resolve()
        else reject(new Error(event.message))
      }
    })
    try {
      this.#engine.send({ type: 'generation.start', callId, request })
      await promise
      return answer
    } finally {
      this.#waiting.delete(callId)
    }
  }

  close(): Promise<void> {
    return this.#engine.close()
  }
}
