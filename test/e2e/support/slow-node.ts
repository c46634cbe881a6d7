import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { ensureModel } from '../../../scripts/bench/engine/model-maker.ts'
import { freePort } from '../../../scripts/free-port.ts'
import type { Stack } from './stack.ts'

/** A node whose model `slow` takes its time. It is asked itself: what the edge shows of it is up to two seconds old. */
export class SlowNode {
  readonly #metricsUrl: string

  constructor(port: number) {
    this.#metricsUrl = `http://127.0.0.1:${port}/metrics`
  }

  static async join(stack: Stack, slots: number): Promise<SlowNode> {
    const file = join(await stack.folder(), 'slow.gguf')
    await ensureModel(file)
    const port = await freePort()
    const flags = ['--metrics-port', String(port)]
    await stack.addNode({ name: 'slow', model: `slow=${file}`, slots, flags })
    return new SlowNode(port)
  }

  /** Calls that it has and has not ended. */
  calls(): Promise<number> {
    return this.#read('slots_busy', 'queued_calls')
  }

  tokens(): Promise<number> {
    return this.#read('generated_tokens_total')
  }

  /** Resolves with the milliseconds that it took. */
  async untilCalls(count: number, limitMs = 20_000): Promise<number> {
    const from = performance.now()
    await vi.waitFor(async () => expect(await this.calls()).toBe(count), { timeout: limitMs, interval: 10 })
    return performance.now() - from
  }

  async #read(...names: string[]): Promise<number> {
    const text = await (await fetch(this.#metricsUrl)).text()
    return names.reduce((sum, name) => {
      const [, value] = new RegExp(`^switchyard_node_${name} (\\S+)$`, 'm').exec(text) ?? []
      return sum + Number(value)
    }, 0)
  }
}
