import type { Engine, EngineEvent } from '../../../gpu-node/engine/engine.ts'
import type { GenerationRequest } from '../../../shared/generation.ts'
import type { RoundResult } from '../clients/load-client.ts'

export interface DirectRound extends Omit<RoundResult, 'cpuMs'> {
  /** Of each request, until its first token. */
  firstMs: number[]
}

const PREFIX = 'direct-'
const isDirect = (callId: string): boolean => callId.startsWith(PREFIX)

/** Drives an engine in its own process, beside a link that has nothing to do meanwhile. */
export class DirectRounds {
  readonly #open = new Map<string, (outputTokens: number) => void>()
  readonly #firstAt = new Map<string, number>()
  #last = 0
  #failure: Error | undefined

  /** Sends all requests at once and resolves when the last has ended. */
  async run(engine: Engine, requests: readonly GenerationRequest[]): Promise<DirectRound> {
    this.#firstAt.clear()
    const startedAt = performance.now()
    const counts = await Promise.all(
      requests.map((request) => {
        this.#last += 1
        const callId = `${PREFIX}${this.#last}`
        return new Promise<number>((resolve) => {
          this.#open.set(callId, resolve)
          engine.send({ type: 'generation.start', callId, request })
        })
      }),
    )
    if (this.#failure) throw this.#failure
    return {
      ms: performance.now() - startedAt,
      outputTokens: counts.reduce((sum, count) => sum + count, 0),
      firstMs: [...this.#firstAt.values()].map((at) => at - startedAt),
    }
  }

  /** Takes an event of a direct call. False: it belongs to somebody else. */
  take(event: EngineEvent): boolean {
    switch (event.type) {
      case 'step':
        return this.#note(event.step.map(([callId]) => callId))
      case 'call.end':
        return this.#end(event.callId, event.usage.completionTokens)
      case 'call.error':
        if (isDirect(event.callId)) this.#failure ??= new Error(event.message)
        return this.#end(event.callId, 0)
      default:
        return false
    }
  }

  #note(callIds: readonly string[]): boolean {
    for (const callId of callIds) {
      if (!isDirect(callId)) return false // rounds are never mixed
      if (!this.#firstAt.has(callId)) this.#firstAt.set(callId, performance.now())
    }
    return callIds.length > 0
  }

  #end(callId: string, outputTokens: number): boolean {
    this.#open.get(callId)?.(outputTokens)
    this.#open.delete(callId)
    return isDirect(callId)
  }
}
