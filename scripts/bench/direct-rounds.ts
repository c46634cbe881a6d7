import type { Engine, EngineEvent } from '../../gpu-node/engine/engine.ts'
import type { GenerationRequest } from '../../shared/generation.ts'
import type { RoundResult } from './load-client.ts'

const PREFIX = 'direct-'
const isDirect = (callId: string): boolean => callId.startsWith(PREFIX)

/** Drives an engine in its own process, beside a link that has nothing to do meanwhile. */
export class DirectRounds {
  readonly #open = new Map<string, (outputTokens: number) => void>()
  #last = 0
  #failure: Error | undefined

  /** Sends all requests at once and resolves when the last has ended. */
  async run(engine: Engine, requests: readonly GenerationRequest[]): Promise<Omit<RoundResult, 'cpuMs'>> {
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
    return { ms: performance.now() - startedAt, outputTokens: counts.reduce((sum, count) => sum + count, 0) }
  }

  /** Takes an event of a direct call. False: it belongs to somebody else. */
  take(event: EngineEvent): boolean {
    switch (event.type) {
      case 'step':
        return event.step.some(([callId]) => isDirect(callId)) // rounds are never mixed
      case 'call.end':
        return this.#end(event.callId, event.usage.completionTokens)
      case 'call.error':
        if (isDirect(event.callId)) this.#failure ??= new Error(event.message)
        return this.#end(event.callId, 0)
      default:
        return false
    }
  }

  #end(callId: string, outputTokens: number): boolean {
    this.#open.get(callId)?.(outputTokens)
    this.#open.delete(callId)
    return isDirect(callId)
  }
}
