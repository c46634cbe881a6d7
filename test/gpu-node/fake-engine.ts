import type { Engine, EngineCommand, EngineEvent } from '../../gpu-node/engine/engine.ts'
import type { GenerationRequest } from '../../shared/generation.ts'
import type { ModelHolding } from '../../shared/node.ts'
import type { EdgeCommand } from '../../shared/wire.ts'
import { GREEDY } from '../support/sampling.ts'

export const MODEL: ModelHolding = {
  id: 'tiny',
  capabilities: ['generate'],
  contextTokens: 256,
  slots: 2,
  sizeBytes: 1_000,
  architecture: 'llama',
  createdAt: 0,
}

const REQUEST: GenerationRequest = {
  model: 'tiny',
  prompt: { kind: 'text', text: 'Hello' },
  sampling: GREEDY,
  stop: [],
  format: 'text',
}

export const startOf = (callId: string): Extract<EdgeCommand, { type: 'generation.start' }> => ({
  type: 'generation.start',
  callId,
  request: REQUEST,
})

export const endOf = (callId: string): Extract<EngineEvent, { type: 'call.end' }> => ({
  type: 'call.end',
  callId,
  finishReason: 'stop',
  usage: { promptTokens: 1, cachedPromptTokens: 0, completionTokens: 1 },
})

/** An engine that only remembers; the test says what it reports. */
export class FakeEngine implements Engine {
  models: ModelHolding[] = [MODEL]
  readonly commands: EngineCommand[] = []
  isClosed = false
  readonly emit: (event: EngineEvent) => void
  readonly #waiting: { count: number; resolve: () => void }[] = []

  constructor(emit: (event: EngineEvent) => void = () => {}) {
    this.emit = emit
  }

  send(command: EngineCommand): void {
    this.commands.push(command)
    for (const { count, resolve } of this.#waiting) if (this.commands.length >= count) resolve()
  }

  /** Resolves once so many commands have come. */
  received(count: number): Promise<void> {
    if (this.commands.length >= count) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ count, resolve }))
  }

  close(): Promise<void> {
    this.isClosed = true
    return Promise.resolve()
  }
}
