import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AdapterCache } from '../../../gpu-node/adapters/adapter-cache.ts'
import { FetchingEngine } from '../../../gpu-node/adapters/fetching-engine.ts'
import type { EngineCommand, EngineEvent } from '../../../gpu-node/engine/engine.ts'
import type { AdapterTicket, GenerationRequest } from '../../../shared/generation.ts'
import { createLogger } from '../../../shared/log.ts'
import { adapterModelId, type ModelHolding, tunedSuffix } from '../../../shared/node.ts'
import { MODEL, startOf } from '../fake-engine.ts'
import { ByteServer } from '../training/byte-server.ts'

type Described = Awaited<ReturnType<FetchingEngineOptions['engine']['describeAdapter']>>
type FetchingEngineOptions = Parameters<typeof FetchingEngine.create>[0]

/** An engine that knows the adapters it was given; the test says which of them have calls, and which are none. */
class PlayedEngine {
  readonly adapters = new Map<string, { path: string; sha256: string | undefined }>()
  readonly commands: EngineCommand[] = []
  /** Names of those with calls. */
  readonly busy = new Set<string>()
  /** The sentence with which a file is refused. */
  refusal: string | undefined
  /** Waited for before a file is described. */
  described: Promise<void> = Promise.resolve()
  isClosed = false

  get models(): ModelHolding[] {
    const adapters = [...this.adapters.keys()].map((name) => ({
      suffix: name.slice(name.lastIndexOf(':') + 1),
      createdAt: 0,
      residence: 'disk' as const,
    }))
    return [{ ...MODEL, adapters }]
  }

  async describeAdapter(_model: string, { suffix }: { suffix: string }): Promise<Described> {
    await this.described
    if (this.refusal !== undefined) throw new Error(this.refusal)
    return { holding: { suffix, createdAt: 0 }, needMiB: 1 }
  }

  addAdapter(model: string, { suffix, path, sha256 }: { suffix: string; path: string; sha256?: string }) {
    this.adapters.set(adapterModelId(model, suffix), { path, sha256 })
    return model === MODEL.id
  }

  async removeAdapter(model: string, suffix: string): Promise<void> {
    this.adapters.delete(adapterModelId(model, suffix))
  }

  isIdle = (id: string): boolean => !this.busy.has(id)

  send(command: EngineCommand): void {
    this.commands.push(command)
  }

  async close(): Promise<void> {
    this.isClosed = true
  }
}

export type FetchingWorld = Awaited<ReturnType<typeof createFetchingWorld>>

/** A node's part that fetches, between an edge's bytes and an engine that the test plays. */
export async function createFetchingWorld({ limitBytes = 1_000, modelPath = import.meta.filename } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-fetching-'))
  const edge = await ByteServer.start()
  const events: EngineEvent[] = []
  const log = createLogger(() => {})
  let seen = () => {}

  async function start() {
    const engine = new PlayedEngine()
    const cache = await AdapterCache.open({ folder, limitBytes, log })
    const fetching = await FetchingEngine.create({
      engine,
      cache,
      edge: edge.origin,
      modelPath: (model) => (model === MODEL.id ? modelPath : undefined),
      emit: (event) => {
        events.push(event)
        seen()
      },
      log,
      wait: async () => {},
    })
    return { engine, cache, fetching }
  }

  const outcomeOf = (callId: string) =>
    events.find(
      (event) => (event.type === 'call.end' || event.type === 'call.error') && event.callId === callId,
    )

  return {
    folder,
    edge,
    events,
    start,
    outcomeOf,
    /** Resolves with the end of a call. */
    async ended(callId: string) {
      while (!outcomeOf(callId)) await new Promise<void>((resolve) => (seen = resolve))
      return outcomeOf(callId)
    },
    /** An adapter at the edge, and the way to it. */
    async ticket(name: string, data: Buffer, partBytes?: number): Promise<AdapterTicket> {
      const file = await edge.put(name, data, partBytes)
      return { file, tokens: file.parts.map((_, index) => edge.sign('GET', `${name}/${index}`)) }
    },
    async close() {
      await edge.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A call of the model with an adapter. */
export const callOf = (callId: string, id: string, adapter?: AdapterTicket): EngineCommand => ({
  ...startOf(callId),
  request: {
    ...(startOf(callId).request satisfies GenerationRequest),
    model: adapterModelId(MODEL.id, tunedSuffix(id)),
    ...(adapter && { adapter }),
  },
})
