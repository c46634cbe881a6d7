import { join } from 'node:path'
import type { Logger } from '../shared/log.ts'
import { adapterModelId, type Hardware, MAX_ADAPTERS } from '../shared/node.ts'
import { MIB } from '../shared/units.ts'
import { AdapterCache, checkContent, MAX_CACHED_ADAPTERS } from './adapters/adapter-cache.ts'
import { FetchingEngine } from './adapters/fetching-engine.ts'
import type { NodeConfig } from './config.ts'
import type { Engine, EngineEvent } from './engine/engine.ts'
import type { EngineMetrics } from './engine/engine-metrics.ts'
import { createLlamaEngine, defaultThreads, type LlamaEngine, type LoadedFile } from './engine/llama.ts'
import { defaultMemoryMiB } from './memory.ts'
import type { ModelFile, ModelFiles } from './model-files/model-files.ts'

/** The parts of a node's engine, besides its configuration. */
export interface ServingParts {
  /** The file of each model and adapter, by what callers name. */
  files: ReadonlyMap<string, ModelFile>
  known: ModelFiles
  hardware: Hardware
  metrics: EngineMetrics
  log: Logger
  signal: AbortSignal
}

export interface Serving {
  llama: LlamaEngine
  /** The same for those who call: it may fetch adapters besides. */
  engine: Engine
}

export const servingThreads = (config: NodeConfig, { cores }: Hardware): number =>
  config.threads ?? defaultThreads(cores)

/** Threads of each of so many jobs: together as many as there are cores that serving leaves; one each at least. */
export const trainingThreads = (cores: number, serving: number, slots: number): number =>
  Math.max(1, Math.floor((cores - serving) / slots))

/** The engine of a configuration. Rejects with one sentence. */
export async function createServing(
  config: NodeConfig,
  parts: ServingParts,
  emit: (event: EngineEvent) => void,
): Promise<Serving> {
  const { files, known, hardware, metrics, log, signal } = parts
  const { slots, contextTokens } = config
  const pathOf = (id: string): string => files.get(id)?.path ?? ''
  const models = config.models.map(({ id }) => ({
    id,
    path: pathOf(id),
    slots,
    contextTokens,
    adapters: config.adapters
      .filter(({ model }) => model === id)
      .map(({ suffix }) => ({ suffix, path: pathOf(adapterModelId(id, suffix)) })),
  }))
  let fetching: FetchingEngine | undefined
  async function verify({ id, path, sha256 }: LoadedFile, closing: AbortSignal): Promise<string> {
    const either = AbortSignal.any([signal, closing])
    if (sha256 === undefined) return known.check({ ...files.get(id), path }, either)
    try {
      await checkContent(path, sha256, either)
      return sha256
    } catch (thrown) {
      if (!either.aborted) fetching?.spoil(id)
      throw thrown
    }
  }
  const llama = await createLlamaEngine(
    {
      models,
      threads: servingThreads(config, hardware),
      gpu: hardware.gpus.length > 0 ? 'auto' : false,
      memoryMiB: config.memoryMiB ?? defaultMemoryMiB(hardware),
      verify,
      metrics,
      log,
    },
    emit,
  )
  const maxAdapters = Math.min(MAX_CACHED_ADAPTERS, MAX_ADAPTERS - config.adapters.length)
  if (config.adapterCacheMiB === 0 || maxAdapters === 0) return { llama, engine: llama }
  const folder = join(config.stateDir, 'adapters')
  const limitBytes = config.adapterCacheMiB * MIB
  const cache = await AdapterCache.open({ folder, limitBytes, maxAdapters, log })
  const modelPath = (model: string): string | undefined => files.get(model)?.path
  fetching = await FetchingEngine.create({ engine: llama, cache, edge: config.edge, modelPath, emit, log })
  return { llama, engine: fetching }
}
