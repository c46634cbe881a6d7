import { availableParallelism } from 'node:os'
import { causeOf } from '../../shared/failure-cause.ts'
import type { Logger } from '../../shared/log.ts'
import { adapterModelId } from '../../shared/node.ts'
import { type DescribedAdapter, describeModel, type ModelDescription } from './child/model-description.ts'
import { Supervisor } from './child/supervisor.ts'
import type { Engine, EngineEvent } from './engine.ts'
import { EngineMetrics } from './engine-metrics.ts'
import { readGauge, SpeedMeter, watchGauge } from './gauge.ts'
import type { AdapterSpec, LoadMessage, ModelSpec } from './messages.ts'
import type { SpareMemory } from './residency/guests.ts'
import { Residency } from './residency/residency.ts'
import type { RunnerEvents } from './residency/resident.ts'

export interface LlamaEngineOptions {
  /** Each gets a process of its own while it is loaded. Ids must differ. */
  models: readonly ModelSpec[]
  /** CPU threads of each model: no more than there are free cores. */
  threads: number
  /** `auto` takes the best GPU there is; false computes on the CPU. */
  gpu: LoadMessage['gpu']
  /** The memory that the loaded models may take together. Absent: no bound. */
  memoryMiB?: number | undefined
  /**
   * Before each load of a model or an adapter. Resolves with the hash of its file, which is told to the pool; rejects with one
   * sentence when it must not be loaded.
   */
  verify?: ((file: LoadedFile, signal: AbortSignal) => Promise<string>) | undefined
  metrics?: EngineMetrics | undefined
  log: Logger
}

/** A model as callers name it, and the file behind it. */
export interface LoadedFile extends Pick<ModelSpec, 'id' | 'path'> {
  /** Of its content, where it is known already. */
  sha256?: string | undefined
}

const adapterFile = (model: ModelSpec, { suffix, path, sha256 }: AdapterSpec): LoadedFile => ({
  id: adapterModelId(model.id, suffix),
  path,
  sha256,
})

/** An engine of llama.cpp processes; also says which they are, and lends what they leave of the memory. */
export interface LlamaEngine extends Engine {
  /** The processes that run now. */
  readonly pids: readonly number[]
  readonly spare: SpareMemory
  /** Whether any of them has a call. */
  readonly isServing: boolean
  /** Reads an adapter's header in a process of its own. Rejects with one sentence where it is not one of this model's. */
  describeAdapter(model: string, adapter: AdapterSpec): Promise<DescribedAdapter>
  /** Serves one more adapter, as it was described. False where there is no such model, or one of its name already. */
  addAdapter(model: string, adapter: AdapterSpec, described: DescribedAdapter): boolean
  /** Ends its calls, and resolves when it has left memory. By what calls name. */
  removeAdapter(model: string, suffix: string): Promise<void>
  /** Whether it has no calls, running or waiting. */
  isIdle(id: string): boolean
}

/**
 * One core is left to the rest of the machine: llama.cpp's threads wait for each other by spinning, and when one of them
 * shares its core, all do (measured on two busy cores: ten times slower).
 */
export const defaultThreads = (cores = availableParallelism()): number => Math.max(1, cores - 1)

/**
 * Loads the models one after the other, each in a supervised process, as far as they fit into the memory, and resolves when
 * these are ready; the others are loaded when they are asked for. Rejects with one sentence when one cannot be loaded; the
 * others are let go then. `emit` gets every event after that, until `close` has resolved; a crashed process is told by
 * `holdings` without its model, and again with it when it is back.
 */
export async function createLlamaEngine(
  options: LlamaEngineOptions,
  emit: (event: EngineEvent) => void,
): Promise<LlamaEngine> {
  const { models, log, memoryMiB = Number.POSITIVE_INFINITY, metrics = new EngineMetrics() } = options
  const speed = new SpeedMeter()
  const specs = specsById(models)
  const onEvent = (event: EngineEvent): void => {
    if (event.type === 'step') {
      speed.add(
        event.step.reduce((sum, [, , tokens]) => sum + tokens.length, 0),
        Date.now(),
      )
    }
    metrics.take(event)
    emit(event)
  }
  const createRunner = (id: string, events: RunnerEvents): Supervisor => {
    const model = specs.get(id)
    if (model === undefined) throw new Error(`No model has the id "${id}".`)
    const verify = options.verify
    return new Supervisor({
      load: loadOf(model, options),
      log,
      ...events,
      verify: verify && ((signal) => verify(model, signal)),
      verifyAdapter: verify && ((adapter, signal) => verify(adapterFile(model, adapter), signal)),
      onCrash: () => metrics.restarts.add(1),
    })
  }
  const residency = new Residency({
    models: await describeAll(options),
    memoryMiB,
    createRunner,
    emit: onEvent,
    log,
    onLoad: (kind) => metrics.loads[kind].add(1),
    onUnload: (kind) => metrics.unloads[kind].add(1),
  })
  await residency.start()
  const readMemory = () => readGauge(residency.memories, speed.perSecond(Date.now()))
  metrics.watch({ residency, readGauge: readMemory })
  const stopGauge = watchGauge(readMemory, (gauge) => emit({ type: 'gauge', gauge }))
  return {
    get models() {
      return residency.holdings
    },
    get pids() {
      return residency.runners.flatMap(({ pid }) => pid ?? [])
    },
    ...adapterControls(specs, residency, options),
    spare: residency,
    get isServing() {
      return residency.runners.some(({ openCalls }) => openCalls > 0)
    },
    send(command) {
      metrics.begin(command)
      residency.send(command)
    },
    async close() {
      stopGauge()
      await residency.close()
    },
  }
}

/** The adapters that come and go while the models are served. */
function adapterControls(
  specs: ReadonlyMap<string, ModelSpec>,
  residency: Residency,
  options: LlamaEngineOptions,
): Pick<LlamaEngine, 'describeAdapter' | 'addAdapter' | 'removeAdapter' | 'isIdle'> {
  const specOf = (id: string): ModelSpec => {
    const model = specs.get(id)
    if (model === undefined) throw new Error(`No model has the id "${id}".`)
    return model
  }
  return {
    async describeAdapter(model, adapter) {
      const load = loadOf({ ...specOf(model), adapters: [adapter] }, options)
      const [described] = (await describeModel(load)).adapters
      if (described === undefined) throw new Error('Its header cannot be read.')
      return described
    },
    addAdapter(model, adapter, described) {
      if (!residency.addAdapter(model, described)) return false
      const spec = specOf(model)
      // The same list that its process was, or will be, started with.
      spec.adapters ??= []
      spec.adapters.push(adapter)
      return true
    },
    async removeAdapter(model, suffix) {
      const { adapters = [] } = specOf(model)
      const index = adapters.findIndex((adapter) => adapter.suffix === suffix)
      if (index >= 0) adapters.splice(index, 1)
      await residency.removeAdapter(adapterModelId(model, suffix))
    },
    isIdle: (id) => residency.isIdle(id),
  }
}

function specsById(models: readonly ModelSpec[]): ReadonlyMap<string, ModelSpec> {
  const ids = new Set<string>()
  for (const model of models) {
    const files = [model, ...(model.adapters ?? []).map((adapter) => adapterFile(model, adapter))]
    for (const { id } of files) {
      if (ids.has(id)) throw new Error(`Two models have the id "${id}".`)
      ids.add(id)
    }
  }
  // Copies, since adapters come and go.
  return new Map(models.map((model) => [model.id, { ...model, adapters: [...(model.adapters ?? [])] }]))
}

const loadOf = (model: ModelSpec, { threads, gpu }: LlamaEngineOptions): LoadMessage => ({
  type: 'load',
  model,
  threads,
  gpu,
})

/**
 * Every file is verified at the start, since its hash is announced with it. A model that is alone and has no adapters is loaded
 * whatever it takes, so nothing else needs to be known before.
 */
async function describeAll(options: LlamaEngineOptions): Promise<ModelDescription[]> {
  const { models } = options
  const hashes = await verifyAll(options)
  const [first] = models
  if (first && models.length === 1 && (first.adapters ?? []).length === 0) {
    return [withHashes(toBeLoaded(first), hashes)]
  }
  const descriptions: ModelDescription[] = []
  for (const model of models) {
    const described = await describeModel(loadOf(model, options)).catch((thrown) => {
      throw loadFailure(model, thrown)
    })
    descriptions.push(withHashes(described, hashes))
  }
  return descriptions
}

const loadFailure = ({ id }: ModelSpec, thrown: unknown): Error =>
  new Error(`The model "${id}" could not be loaded: ${causeOf(thrown)}`, { cause: thrown })

/** The hashes of all files, by what callers name. */
async function verifyAll({ models, verify }: LlamaEngineOptions): Promise<ReadonlyMap<string, string>> {
  const hashes = new Map<string, string>()
  if (!verify) return hashes
  const { signal } = new AbortController()
  for (const model of models) {
    const hash = await verify(model, signal).catch((thrown) => {
      throw loadFailure(model, thrown)
    })
    hashes.set(model.id, hash)
    for (const adapter of model.adapters ?? []) {
      const file = adapterFile(model, adapter)
      hashes.set(file.id, await verify(file, signal))
    }
  }
  return hashes
}

/** A description that says which files it is of. */
function withHashes(
  { holding, adapters, ...rest }: ModelDescription,
  hashes: ReadonlyMap<string, string>,
): ModelDescription {
  const { id } = holding
  return {
    ...rest,
    holding: { ...holding, sha256: hashes.get(id) },
    adapters: adapters.map((adapter) => ({
      ...adapter,
      holding: { ...adapter.holding, sha256: hashes.get(adapterModelId(id, adapter.holding.suffix)) },
    })),
  }
}

const toBeLoaded = ({ id }: ModelSpec): ModelDescription => ({
  needMiB: 1,
  adapters: [],
  holding: {
    id,
    capabilities: ['generate'],
    contextTokens: 1,
    slots: 1,
    sizeBytes: 0,
    architecture: 'unknown',
    createdAt: 0,
  },
})
