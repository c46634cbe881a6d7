import type { EngineCommand, EngineEvent } from '../../../gpu-node/engine/engine.ts'
import {
  createLlamaEngine,
  type LlamaEngine,
  type LlamaEngineOptions,
} from '../../../gpu-node/engine/llama.ts'
import type { ModelSpec } from '../../../gpu-node/engine/messages.ts'
import type { EmbeddingRequest, GenerationRequest } from '../../../shared/generation.ts'
import { createLogger } from '../../../shared/log.ts'
import type { StepDelta } from '../../../shared/wire.ts'
import { GREEDY } from '../../support/sampling.ts'
import { STARTER } from './starter-file.ts'

export { STARTER }

type End = Extract<EngineEvent, { type: 'call.end' | 'call.error' }>

/** The outcome of one call. */
export interface Outcome {
  text: string
  tokens: number[]
  /** Steps in which it had a part. */
  steps: number
  /** The pieces as they came. */
  deltas: StepDelta[]
  vectors: string[]
  end: End
}

export interface Call {
  id: string
  cancel(): void
  /** Resolves with the first step of the call. */
  started: Promise<void>
  outcome: Promise<Outcome>
}

/** A real engine with the starter model, and a call as a promise. */
export class RunningEngine {
  readonly engine: LlamaEngine
  readonly events: EngineEvent[] = []
  readonly #listeners = new Set<(event: EngineEvent) => void>()
  #count = 0

  private constructor(engine: LlamaEngine, subscribe: (listener: (event: EngineEvent) => void) => void) {
    this.engine = engine
    subscribe((event) => {
      this.events.push(event)
      for (const listener of this.#listeners) listener(event)
    })
  }

  static async create(
    model: Partial<ModelSpec> = {},
    options: Pick<LlamaEngineOptions, 'verify' | 'memoryMiB'> = {},
  ): Promise<RunningEngine> {
    let listen: (event: EngineEvent) => void = () => {}
    const engine = await createLlamaEngine(
      {
        models: [{ id: 'starter', path: STARTER, slots: 8, ...model }],
        threads: 1,
        gpu: false,
        log: createLogger(() => {}),
        ...options,
      },
      (event) => listen(event),
    )
    return new RunningEngine(engine, (listener) => {
      listen = listener
    })
  }

  /** Resolves with the first event that fits, from now on. */
  next<T extends EngineEvent>(fits: (event: EngineEvent) => event is T): Promise<T> {
    return new Promise((resolve) => {
      const listener = (event: EngineEvent): void => {
        if (!fits(event)) return
        this.#listeners.delete(listener)
        resolve(event)
      }
      this.#listeners.add(listener)
    })
  }

  /** Calls `listener` with every event until what is returned is called. */
  listen(listener: (event: EngineEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  chat(content: string, over: Partial<GenerationRequest> = {}): Call {
    return this.generate({ prompt: { kind: 'chat', messages: [{ role: 'user', content }] }, ...over })
  }

  generate(over: Partial<GenerationRequest> & Pick<GenerationRequest, 'prompt'>): Call {
    const request: GenerationRequest = {
      model: 'starter',
      sampling: GREEDY,
      stop: [],
      format: 'text',
      ...over,
    }
    return this.#start((callId) => ({ type: 'generation.start', callId, request }))
  }

  embed(input: EmbeddingRequest['input'], model = 'starter'): Call {
    return this.#start((callId) => ({ type: 'embedding.start', callId, request: { model, input } }))
  }

  /** Has passages scored for a question. */
  rank(rankedFor: string, input: string[], model: string): Call {
    return this.#start((callId) => ({
      type: 'embedding.start',
      callId,
      request: { model, input, rankedFor },
    }))
  }

  /** Counts the tokens of texts. */
  count(input: string[], model = 'starter'): Call {
    const request = { model, input, isCount: true as const }
    return this.#start((callId) => ({ type: 'embedding.start', callId, request }))
  }

  #start(command: (callId: string) => EngineCommand): Call {
    const id = `test-${++this.#count}`
    const outcome: Outcome = {
      text: '',
      tokens: [],
      steps: 0,
      deltas: [],
      vectors: [],
      end: { type: 'call.end' } as End,
    }
    const { promise: started, resolve: onStart } = Promise.withResolvers<void>()
    const { promise, resolve: onEnd } = Promise.withResolvers<Outcome>()
    const listener = (event: EngineEvent): void => {
      if (event.type === 'step') {
        const delta = event.step.find(([callId]) => callId === id)
        if (!delta) return
        outcome.text += delta[1]
        outcome.tokens.push(...delta[2])
        outcome.steps += 1
        outcome.deltas.push(delta)
        onStart()
      } else if (event.type === 'call.vectors' && event.callId === id) {
        outcome.vectors.push(...event.vectors)
        onStart()
      } else if ((event.type === 'call.end' || event.type === 'call.error') && event.callId === id) {
        this.#listeners.delete(listener)
        onEnd({ ...outcome, end: event })
      }
    }
    this.#listeners.add(listener)
    this.engine.send(command(id))
    return {
      id,
      cancel: () => this.engine.send({ type: 'call.cancel', callId: id }),
      started,
      outcome: promise,
    }
  }
}
