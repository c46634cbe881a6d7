import type { Engine, EngineEvent } from '../../../gpu-node/engine/engine.ts'
import type { GenerationRequest } from '../../../shared/generation.ts'
import { type DirectRound, DirectRounds } from './direct-rounds.ts'
import { type LinkPlace, linkNode } from './node-link.ts'

/** A real node around a bench's engine, which can also be driven without the link. */
export class DrivenNode<Driven extends Engine> {
  readonly #direct = new DirectRounds()
  readonly #stop = new AbortController()
  #running: Promise<void> | undefined
  #engine: Driven | undefined

  get engine(): Driven | undefined {
    return this.#engine
  }

  /**
   * Returns at once; the edge knows when the node is there. The process ends with a node that fails. What the engine emits
   * is told whether it goes out over the link.
   */
  start(place: LinkPlace, createEngine: (emit: (event: EngineEvent) => boolean) => Promise<Driven>): void {
    const create = async (relay: (event: EngineEvent) => void) => {
      this.#engine = await createEngine((event) => {
        const isRelayed = !this.#direct.take(event)
        if (isRelayed) relay(event)
        return isRelayed
      })
      return this.#engine
    }
    this.#running = linkNode(place, create, this.#stop.signal)
    this.#running.catch((thrown) => {
      console.error(thrown)
      process.exit(1)
    })
  }

  /** A round without edge and link. */
  async round(requests: readonly GenerationRequest[]): Promise<DirectRound> {
    if (!this.#engine) throw new Error('The engine is not there yet.')
    return this.#direct.run(this.#engine, requests)
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }
}
