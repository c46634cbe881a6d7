import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { ModelSpec } from '../../../gpu-node/engine/messages.ts'
import { waitUntil } from '../../local-edge.ts'
import type { BenchContext } from '../bench.ts'
import type { BenchEdge } from '../edge.ts'
import { HelperProcess } from '../helper-process.ts'
import type { LlamaNodeApi } from '../nodes/llama-node.ts'
import type { LinkPlace } from '../nodes/node-link.ts'

const ONLINE_LIMIT_MS = 60_000

const NodeList = z.object({ data: z.array(z.object({ status: z.string() })) })

export type MovingNode = HelperProcess<LlamaNodeApi>

/** Some real nodes of one edge that can be killed and come back as themselves. */
export class MovingNodes {
  readonly #edge: BenchEdge
  readonly #context: BenchContext
  readonly #model: ModelSpec
  readonly #places: LinkPlace[] = []
  readonly #nodes: MovingNode[] = []

  constructor(edge: BenchEdge, context: BenchContext, model: ModelSpec) {
    this.#edge = edge
    this.#context = context
    this.#model = model
  }

  get all(): readonly MovingNode[] {
    return this.#nodes
  }

  async start(count: number): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      const stateDir = await mkdtemp(join(this.#context.scratchDir, 'node-'))
      this.#places.push({
        edge: this.#edge.origin,
        joinToken: await this.#edge.createJoinToken(),
        stateDir,
      })
      await this.#run(index)
    }
    await this.#untilOnline()
  }

  /** Starts a killed node again and resolves when all are linked. */
  async revive(node: MovingNode): Promise<void> {
    await this.#run(this.#nodes.indexOf(node))
    await this.#untilOnline()
  }

  async stop(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.stop()))
  }

  async #run(index: number): Promise<void> {
    const { profileDir, signal, threads } = this.#context
    const place = this.#places[index]
    if (place === undefined) throw new RangeError(`There is no node ${index}.`)
    const node: MovingNode = new HelperProcess({
      file: new URL('../nodes/llama-node.ts', import.meta.url),
      profileDir,
    })
    this.#nodes[index] = node
    const start = { place, model: this.#model, threads }
    await node.ask('start', start, signal)
  }

  #untilOnline(): Promise<void> {
    const { origin, apiKey } = this.#edge
    const areOnline = async (signal: AbortSignal) => {
      const response = await fetch(`${origin}/v1/nodes`, {
        headers: { authorization: `Bearer ${apiKey}` },
        signal,
      })
      const { data } = NodeList.parse(await response.json())
      return data.filter(({ status }) => status === 'online').length === this.#nodes.length
    }
    const limit = { limitMs: ONLINE_LIMIT_MS, sentence: 'Not all nodes were linked in time.' }
    return waitUntil(areOnline, limit, this.#context.signal)
  }
}
