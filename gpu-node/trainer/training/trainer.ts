import type { GgufFileInfo } from 'node-llama-cpp'
import { MIB } from '../../../shared/units.ts'
import { type BackendOptions, type Backends, openBackends } from '../ggml/backends.ts'
import { type Ggml, withoutData } from '../ggml/library.ts'
import type { Store } from '../ggml/memory.ts'
import type { SupportedDerivatives } from '../graph/derivatives.ts'
import type { Factors } from '../graph/sheet.ts'
import { supportedDerivatives } from '../graph/supported.ts'
import { type Places, takePlaces } from '../graph/transformer.ts'
import { readHeader } from '../model/header.ts'
import { Metadata, Untrainable } from '../model/metadata.ts'
import { placeWeights } from '../model/placing.ts'
import { readShape } from '../model/shape.ts'
import { describeWeights, type Weights } from '../model/weights.ts'
import { KeptGraphs } from './kept-graphs.ts'
import { sideBySide } from './lanes.ts'
import { type AdamW, Optimizer, type StepOptions } from './optimizer.ts'
import { longestWindow, wholeSteps } from './packing.ts'
import { createFullParameters, createLowRanks, type Parameters } from './parameters.ts'
import { processBytes } from './process-memory.ts'
import { Random } from './random.ts'
import { floatsOf, frozenMatrices, type Targets, targetsOf } from './targets.ts'
import { OutOfMemory, type Reckoned, THRIFTS, type Thrift } from './thrift.ts'
import { lossRowsOf, packWindow, type Sample, type WindowData } from './window.ts'
import { type RowOutcome, WindowGraph, type WindowGraphOptions } from './window-graph.ts'

export interface TrainerOptions {
  ggml: Ggml
  /** The model's GGUF file; of one in parts, the first. */
  path: string
  devices: BackendOptions
  /** The context that the model is served with: some compute otherwise in long ones. */
  contextTokens: number
  method: LowRankMethod | FullMethod
  adam: AdamW
  /** Equal seeds give equal first weights. */
  seed: number
  /** How memory is used. Absent: as the model, `sequenceLength` and `memoryMiB` allow. */
  thrift?: Thrift
  /** Tokens of the longest sample. */
  sequenceLength: number
  /** Whether noise is added to embeddings. Absent: no. */
  hasNoise?: boolean
  /** Memory that may be taken. Absent: what it takes. */
  memoryMiB?: number | undefined
  /** Graphs of many lengths of windows stay in memory while all together take no more. Absent: as much as the largest takes. */
  graphsMiB?: number | undefined
  /** Windows that are computed side by side, each by all `threads` of `devices`. Absent: one. */
  lanes?: number | undefined
  /** Derivatives that the device computes by itself. Absent: those that it says it does. */
  derivatives?: SupportedDerivatives
}

/** Every weight. `isMuon`: the matrices of layers learn by Muon, and the rest by AdamW. */
export interface FullMethod {
  kind: 'full'
  isMuon?: boolean
  /** Absent: `F32`. */
  factors?: Factors
}

export interface LowRankMethod extends Targets {
  kind: 'lora'
  rank: number
  alpha: number
}

/** A window's graph has room for loss in so much of its rows: prompts are often longer than answers. */
const ROW_SHARES = [1 / 4, 1 / 2, 1] as const

/** A window to learn from. */
export interface TrainedWindow {
  samples: readonly Sample[]
  length: number
  noise?: Float32Array | undefined
}

/**
 * Trains one model in this process. Gradients are summed over windows by `accumulate`, and turned into a change by `step`.
 * Native code ends the process over what it does not like, so this runs in a process of its own.
 */
export class Trainer {
  readonly #options: TrainerOptions
  readonly #loaded: Loaded
  readonly #thrift: Thrift
  readonly #graphs: KeptGraphs<WindowGraph>
  /** Memory that training was reckoned to take, this process included. */
  readonly memoryMiB: number

  private constructor(options: TrainerOptions, loaded: Loaded, thrift: Thrift) {
    this.#options = options
    this.#loaded = loaded
    this.#thrift = thrift
    const { store, parameters, optimizer } = loaded
    const fixed = store.bytes + parameters.store.bytes + optimizer.bytes
    const longest = longestWindow(options.sequenceLength)
    const { hasNoise = false } = options
    const largest = this.#make({ purpose: 'train', length: longest, rows: longest, hasNoise, lane: 0 })
    // As much as the largest of each lane, which alone is in memory when it is needed, or what may be taken.
    const graphBytes = Math.max(weigh(largest) * this.#lanes, (options.graphsMiB ?? 0) * MIB)
    largest.close()
    this.#graphs = new KeptGraphs(graphBytes)
    const process = processBytes(loaded.places.shape)
    this.memoryMiB = Math.ceil((process + fixed + graphBytes) / MIB)
  }

  /** How memory is used. */
  get thrift(): Thrift {
    return this.#thrift
  }
  /** Whether there is room for graphs of many lengths of windows. */
  get keepsGraphs(): boolean {
    return this.#options.graphsMiB !== undefined
  }
  get #lanes(): number {
    return this.#loaded.lanes.length
  }
  get weights(): Weights {
    return this.#loaded.weights
  }
  get places(): Places {
    return this.#loaded.places
  }
  get parameters(): Parameters {
    return this.#loaded.parameters
  }
  get optimizer(): Optimizer {
    return this.#loaded.optimizer
  }

  /** The width of a model, by its file. Throws `Untrainable`. */
  static async widthOf(path: string): Promise<number> {
    const info = await readHeader(path)
    return readShape(new Metadata(info.metadata), 1).width
  }

  /** Loads a model. Throws `Untrainable` in one sentence that names what stands in the way, and `OutOfMemory`. */
  static async open(options: TrainerOptions): Promise<Trainer> {
    const info = await readHeader(options.path)
    const thrift = options.thrift ?? (await Trainer.#reckon(options, info)).thrift
    return Trainer.#load(options, info, thrift)
  }

  /** How a model would be loaded, without reading or computing anything. Throws as `open` does. */
  static async reckon(options: TrainerOptions): Promise<Reckoned> {
    return Trainer.#reckon(options, await readHeader(options.path))
  }

  /** The fastest use of memory that stays within what may be taken. */
  static async #reckon(options: TrainerOptions, info: GgufFileInfo): Promise<Reckoned> {
    const { memoryMiB: availableMiB = Number.POSITIVE_INFINITY } = options
    let least = Number.POSITIVE_INFINITY
    for (const thrift of THRIFTS) {
      const trainer = await Trainer.#load(options, info, thrift, true)
      const { memoryMiB } = trainer
      trainer.close()
      if (memoryMiB <= availableMiB) return { thrift, memoryMiB }
      least = Math.min(least, memoryMiB)
    }
    throw new OutOfMemory(least, availableMiB)
  }

  static async #load(
    given: TrainerOptions,
    info: GgufFileInfo,
    thrift: Thrift,
    isDry = false,
  ): Promise<Trainer> {
    const options = isDry ? { ...given, ggml: withoutData(given.ggml) } : given
    const { ggml, path, method } = options
    const shape = readShape(new Metadata(info.metadata), options.contextTokens)
    const weights = describeWeights(ggml, info)
    const places = takePlaces(shape, weights)
    const [unused] = weights.unused()
    if (unused !== undefined)
      throw new Untrainable(`The model's file has the tensor "${unused}", which its graph would not use.`)
    const trained = method.kind === 'full' ? floatsOf(weights) : targetsOf(places, weights, method)
    const { devices, lanes: count = 1 } = options
    // A step waits for all lanes, and has the threads of all.
    const backends = openBackends(ggml, { ...devices, threads: devices.threads * count })
    const lanes = count === 1 ? [backends] : Array.from({ length: count }, () => openBackends(ggml, devices))
    const store = await placeWeights({
      ggml,
      backends,
      path,
      weights: weights.taken,
      turned: method.kind === 'lora' && thrift.keepsTransposed ? frozenMatrices(places, weights) : [],
      lookedUp: [places.embeddings],
      isDry,
    })
    const random = isDry ? undefined : new Random(options.seed)
    const parameters =
      method.kind === 'full'
        ? createFullParameters(ggml, backends.primary, trained, {
            isMuon: method.isMuon ?? false,
            lanes: count,
          })
        : createLowRanks(ggml, backends.primary, trained, { ...method, random, lanes: count })
    const optimizer = new Optimizer(ggml, backends, parameters.all, options.adam, factorsOf(method))
    optimizer.allocate()
    const derivatives = options.derivatives ?? supportedDerivatives(ggml, backends)
    const loaded = { backends, lanes, weights, store, places, parameters, optimizer, derivatives }
    return new Trainer(options, loaded, thrift)
  }

  /** `adapter.lora.alpha` of the result. */
  get alpha(): number {
    const { method } = this.#options
    return method.kind === 'full' ? 0 : method.alpha
  }

  /** Adds the gradients of one window to the sums, and answers with what each row's loss came to. */
  accumulate(samples: readonly Sample[], length: number, noise?: Float32Array): Promise<RowOutcome[]> {
    return this.#run('train', { samples, length, noise })
  }

  /** The same for the windows of a step, as many side by side as there are lanes. `onWindow` is called behind each. */
  async accumulateAll(
    windows: readonly TrainedWindow[],
    onWindow?: () => Promise<void>,
  ): Promise<RowOutcome[]> {
    const outcomes = await sideBySide(windows, this.#lanes, async (window, lane) => {
      const rows = await this.#run('train', window, lane)
      await onWindow?.()
      return rows
    })
    await this.optimizer.gather()
    return outcomes.flat()
  }

  /** The loss of each row. `plain`: as the model was before. */
  evaluate(samples: readonly Sample[], length: number, purpose: 'evaluate' | 'plain' = 'evaluate') {
    return this.#run(purpose, { samples, length })
  }

  /** Changes the parameters by the gradients that were summed. Answers with their length before it was shortened. */
  step(options: StepOptions): Promise<number> {
    return this.optimizer.step(options)
  }

  close(): void {
    this.#graphs.close()
    const { optimizer, parameters, store, backends, lanes } = this.#loaded
    optimizer.close()
    parameters.store.close()
    store.close()
    for (const each of new Set([backends, ...lanes])) each.close()
  }

  async #run(
    purpose: WindowGraphOptions['purpose'],
    { samples, length, noise }: TrainedWindow,
    lane = 0,
  ): Promise<RowOutcome[]> {
    const lossRows = samples.reduce((sum, sample) => sum + lossRowsOf(sample), 0)
    const rooms = ROW_SHARES.map((share) => wholeSteps(length * share))
    const rows = Math.min(length, rooms.find((room) => room >= lossRows) ?? length)
    const data = this.#pack(samples, length, rows)
    const wanted = { purpose, length, rows, hasNoise: noise !== undefined, lane }
    const key = `${purpose} ${length} ${rows} ${wanted.hasNoise} ${lane}`
    const make = () => {
      const graph = this.#make(wanted)
      return { graph, bytes: weigh(graph) }
    }
    const allocate = ({ computation }: WindowGraph) => computation.allocate()
    return this.#graphs.use(key, { make, allocate }, (graph) => graph.run(data, noise))
  }

  #pack(samples: readonly Sample[], length: number, rows: number): WindowData {
    const { vocabulary, window } = this.places.shape
    return packWindow(samples, { length, rows, vocabulary, attentionWindow: window?.tokens })
  }

  #make(wanted: WantedGraph): WindowGraph {
    const { ggml, method } = this.#options
    const { lanes, places, parameters, derivatives } = this.#loaded
    const backends = lanes[wanted.lane]
    if (backends === undefined) throw new RangeError('There is no such lane.')
    return new WindowGraph({
      ggml,
      backends,
      places,
      parameters,
      isFull: method.kind === 'full',
      derivatives,
      recomputes: this.#thrift.recomputes,
      factors: factorsOf(method),
      ...wanted,
    })
  }
}

/** Bytes that a graph will take, and its inputs have taken. */
function weigh({ computation, inputBytes }: WindowGraph): number {
  const [bytes = 0] = computation.estimate()
  return bytes + inputBytes
}

const factorsOf = (method: TrainerOptions['method']): Factors =>
  method.kind === 'full' ? (method.factors ?? 'F32') : 'F32'

type WantedGraph = Pick<WindowGraphOptions, 'purpose' | 'length' | 'rows' | 'hasNoise' | 'lane'>

interface Loaded {
  /** Where weights lie and steps are computed. */
  backends: Backends
  /** The devices of each lane. All have the same memory. */
  lanes: readonly Backends[]
  weights: Weights
  /** The weights' memory. */
  store: Pick<Store, 'bytes' | 'close'>
  places: Places
  parameters: Parameters
  optimizer: Optimizer
  derivatives: SupportedDerivatives
}
