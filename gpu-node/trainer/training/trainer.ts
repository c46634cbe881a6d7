import { readGgufFileInfo } from 'node-llama-cpp'
import { MIB } from '../../../shared/units.ts'
import { type BackendOptions, type Backends, openBackends } from '../ggml/backends.ts'
import { type Ggml, withoutData } from '../ggml/library.ts'
import type { Store } from '../ggml/memory.ts'
import type { SupportedDerivatives } from '../graph/derivatives.ts'
import type { Tensor } from '../graph/sheet.ts'
import { FUSED_LINEAR, LINEAR, type Places, takePlaces } from '../graph/transformer.ts'
import { Metadata, Untrainable, UntrainableWish } from '../model/metadata.ts'
import { readShape } from '../model/shape.ts'
import { transposedBytes, transposeWeights } from '../model/transposed.ts'
import { areFloats, loadWeights, type Weight, type Weights } from '../model/weights.ts'
import { type AdamW, Optimizer, type StepOptions } from './optimizer.ts'
import { createFullParameters, createLowRanks, type Parameters } from './parameters.ts'
import { Random } from './random.ts'
import { lossRowsOf, packWindow, type Sample, type WindowData } from './window.ts'
import { type RowOutcome, WindowGraph, type WindowGraphOptions } from './window-graph.ts'

export interface TrainerOptions {
  ggml: Ggml
  /** The model's GGUF file; of one in parts, the first. */
  path: string
  devices: BackendOptions
  /** The context that the model is served with: some compute otherwise in long ones. */
  contextTokens: number
  method: LowRankMethod | { kind: 'full' }
  adam: AdamW
  /** Equal seeds give equal first weights. */
  seed: number
  /** How memory is used. Absent: as the model, `sequenceLength` and `memoryMiB` allow. */
  thrift?: Thrift
  /** Tokens of the longest window. */
  sequenceLength: number
  /** Memory that may be taken. Absent: what it takes. */
  memoryMiB?: number | undefined
  /** Derivatives that the devices compute by themselves. Absent: what they say they support. */
  derivatives?: SupportedDerivatives
  /** Nothing is read or computed: the memory is reckoned, and then it is closed. */
  isDry?: boolean
}

export interface LowRankMethod {
  kind: 'lora'
  rank: number
  alpha: number
  /** Matrices of each layer that are changed, by their names in GGUF. Absent: all linear ones. */
  targets?: readonly string[]
}

/** Derivatives that the CPU computes by itself. */
export const CPU_DERIVATIVES: SupportedDerivatives = { rmsNorm: true, softMax: true, silu: true, rows: true }

/** Those of a device that has forward operations alone. */
export const FORWARD_DERIVATIVES: SupportedDerivatives = {
  rmsNorm: false,
  softMax: false,
  silu: false,
  rows: false,
}

/** How memory is used: what is computed again does not have to be kept. */
export interface Thrift {
  /** Transposed copies of frozen weights are kept and not made anew each time. */
  keepsTransposed: boolean
  /** Layers keep only their input for the way back, and are computed twice. */
  recomputes: boolean
}

/** From the fastest to the most thrifty. */
const THRIFTS: readonly Thrift[] = [
  { keepsTransposed: true, recomputes: false },
  { keepsTransposed: true, recomputes: true },
  { keepsTransposed: false, recomputes: true },
]

/** Memory of the process itself: Node, the libraries, the vocabulary. */
const PROCESS_MIB = 150

/** Training would take more memory than it may. */
export class OutOfMemory extends Error {
  readonly neededMiB: number
  readonly availableMiB: number

  constructor(neededMiB: number, availableMiB: number) {
    super(
      `Training this model takes ${neededMiB} MiB at least, and ${availableMiB} MiB may be taken; shorter sequences or a lower rank take less.`,
    )
    this.neededMiB = neededMiB
    this.availableMiB = availableMiB
  }
}

/** A window's graph has room for loss in a quarter of its rows, or in all: prompts are often longer than answers. */
const FEW_ROWS_SHARE = 1 / 4

/**
 * Trains one model in this process. Gradients are summed over windows by `accumulate`, and turned into a change by `step`.
 * Native code ends the process over what it does not like, so this runs in a process of its own.
 */
export class Trainer {
  readonly #options: TrainerOptions
  readonly #loaded: Loaded
  readonly #thrift: Thrift
  readonly #transposed: Transposed | undefined
  /** Least recently used first. */
  readonly #graphs = new Map<string, { graph: WindowGraph; bytes: number }>()
  /** The memory of all graphs together: as much as the largest, which alone is in memory when it is needed. */
  readonly #graphBytes: number
  /** Memory that training was reckoned to take, this process included. */
  readonly memoryMiB: number

  constructor(options: TrainerOptions, loaded: Loaded, thrift: Thrift, transposed: Transposed | undefined) {
    this.#options = options
    this.#loaded = loaded
    this.#thrift = thrift
    this.#transposed = transposed
    const { weights, parameters, optimizer } = loaded
    const fixed = weights.bytes + parameters.store.bytes + optimizer.bytes + (transposed?.store.bytes ?? 0)
    const { sequenceLength } = options
    this.#graphBytes = this.#weigh(this.#make('train', sequenceLength, sequenceLength, false), true)
    this.memoryMiB = PROCESS_MIB + Math.ceil((fixed + this.#graphBytes) / MIB)
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
    const info = await readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false })
    return readShape(new Metadata(info.metadata), 1).width
  }

  /** Loads a model. Throws `Untrainable` in one sentence that names what stands in the way, and `OutOfMemory`. */
  static async open(given: TrainerOptions): Promise<Trainer> {
    const { isDry = false } = given
    const options = isDry ? { ...given, ggml: withoutData(given.ggml) } : given
    const { ggml, path, method, thrift } = options
    const info = await readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false })
    const shape = readShape(new Metadata(info.metadata), options.contextTokens)
    const backends = openBackends(ggml, options.devices)
    const weights = await loadWeights(ggml, backends, { path, info, isDry })
    const places = takePlaces(shape, weights)
    const [unused] = weights.unused()
    if (unused !== undefined)
      throw new Untrainable(`The model's file has the tensor "${unused}", which its graph would not use.`)
    const random = new Random(options.seed)
    const parameters =
      method.kind === 'full'
        ? createFullParameters(ggml, backends.primary, floatsOf(weights))
        : createLowRanks(ggml, backends.primary, targetsOf(places, weights, method), { ...method, random })
    const optimizer = new Optimizer(ggml, backends, parameters.all, options.adam)
    optimizer.norm.allocate()
    optimizer.update.allocate()
    const loaded = { backends, weights, places, random, parameters, optimizer }
    return thrift ? await settled(options, loaded, thrift) : await firstThatFits(options, loaded)
  }

  /** `adapter.lora.alpha` of the result. */
  get alpha(): number {
    const { method } = this.#options
    return method.kind === 'full' ? 0 : method.alpha
  }

  /** Adds the gradients of one window to the sums, and answers with what each row's loss came to. */
  accumulate(samples: readonly Sample[], length: number, noise?: Float32Array): Promise<RowOutcome[]> {
    return this.#run('train', samples, length, noise)
  }

  /** The loss of each row. `plain`: as the model was before. */
  evaluate(samples: readonly Sample[], length: number, purpose: 'evaluate' | 'plain' = 'evaluate') {
    return this.#run(purpose, samples, length)
  }

  /** Changes the parameters by the gradients that were summed. Answers with their length before it was shortened. */
  step(options: StepOptions): Promise<number> {
    return this.optimizer.step(options)
  }

  /** Gives back the copies and graphs, and keeps what was loaded. */
  release(): void {
    for (const { graph } of this.#graphs.values()) graph.close()
    this.#graphs.clear()
    this.#transposed?.store.close()
  }

  close(): void {
    this.release()
    const { optimizer, parameters, weights, backends } = this.#loaded
    optimizer.close()
    parameters.store.close()
    weights.close()
    backends.close()
  }

  async #run(
    purpose: WindowGraphOptions['purpose'],
    samples: readonly Sample[],
    length: number,
    noise?: Float32Array,
  ): Promise<RowOutcome[]> {
    const lossRows = samples.reduce((sum, sample) => sum + lossRowsOf(sample), 0)
    const few = Math.ceil(length * FEW_ROWS_SHARE)
    const rows = lossRows <= few ? few : length
    const data = this.#pack(samples, length, rows)
    return this.#graphFor(purpose, length, rows, noise !== undefined).run(data, noise)
  }

  #pack(samples: readonly Sample[], length: number, rows: number): WindowData {
    const { vocabulary, window } = this.places.shape
    return packWindow(samples, { length, rows, vocabulary, attentionWindow: window?.tokens })
  }

  /** The graph for windows of this length; made when it is first asked for, and others let go where they leave no room. */
  #graphFor(
    purpose: WindowGraphOptions['purpose'],
    length: number,
    rows: number,
    hasNoise: boolean,
  ): WindowGraph {
    const key = `${purpose} ${length} ${rows} ${hasNoise}`
    const known = this.#graphs.get(key)
    const graph = known?.graph ?? this.#make(purpose, length, rows, hasNoise)
    const bytes = known?.bytes ?? this.#weigh(graph)
    this.#graphs.delete(key)
    if (known === undefined) {
      this.#makeRoom(bytes)
      graph.computation.allocate()
    }
    this.#graphs.set(key, { graph, bytes })
    return graph
  }

  #makeRoom(bytes: number): void {
    let taken = [...this.#graphs.values()].reduce((sum, each) => sum + each.bytes, bytes)
    for (const [key, each] of this.#graphs) {
      if (taken <= this.#graphBytes) return
      each.graph.close()
      this.#graphs.delete(key)
      taken -= each.bytes
    }
  }

  /** Bytes that a graph will take, and its inputs have taken. */
  #weigh(graph: WindowGraph, closes = false): number {
    const [bytes = 0] = graph.computation.estimate()
    const total = bytes + graph.inputBytes
    if (closes) graph.close()
    return total
  }

  #make(
    purpose: WindowGraphOptions['purpose'],
    length: number,
    rows: number,
    hasNoise: boolean,
  ): WindowGraph {
    const { ggml, method, derivatives = CPU_DERIVATIVES } = this.#options
    const { backends, places, parameters } = this.#loaded
    return new WindowGraph({
      ggml,
      backends,
      places,
      parameters,
      purpose,
      isFull: method.kind === 'full',
      transposed: this.#transposed?.copies ?? new Map(),
      derivatives,
      recomputes: this.#thrift.recomputes,
      hasNoise,
      length,
      rows,
    })
  }
}

/** Loaded once, whatever the memory is used for. */
interface Loaded {
  backends: Backends
  weights: Weights
  places: Places
  random: Random
  parameters: Parameters
  optimizer: Optimizer
}

interface Transposed {
  copies: ReadonlyMap<Weight, Tensor>
  store: Store
}

async function settled(options: TrainerOptions, loaded: Loaded, thrift: Thrift): Promise<Trainer> {
  const { ggml, method } = options
  const { backends, places, weights } = loaded
  const keeps = method.kind === 'lora' && thrift.keepsTransposed
  const transposed = keeps
    ? await transposeWeights(ggml, backends, frozenMatrices(places, weights))
    : undefined
  return new Trainer(options, loaded, thrift, transposed)
}

/** The fastest use of memory that stays within what may be taken. */
async function firstThatFits(options: TrainerOptions, loaded: Loaded): Promise<Trainer> {
  const { memoryMiB = Number.POSITIVE_INFINITY, isDry = false } = options
  const copies = frozenMatrices(loaded.places, loaded.weights).reduce(
    (sum, weight) => sum + transposedBytes(weight),
    0,
  )
  const fixed = loaded.weights.bytes + loaded.parameters.store.bytes
  let least = Number.POSITIVE_INFINITY
  for (const thrift of THRIFTS) {
    const known = PROCESS_MIB + (fixed + (thrift.keepsTransposed ? copies : 0)) / MIB
    // Dry, all are tried: then it is known how much would be enough.
    if (known > memoryMiB && !isDry) continue
    const trainer = await settled(options, loaded, thrift)
    if (trainer.memoryMiB <= memoryMiB) return trainer
    least = Math.min(least, trainer.memoryMiB)
    trainer.release()
  }
  const needed = Number.isFinite(least) ? least : Math.ceil(PROCESS_MIB + fixed / MIB)
  throw new OutOfMemory(needed, memoryMiB)
}

function floatsOf(weights: Weights): readonly Weight[] {
  const trained = weights.taken.filter(({ name }) => !name.startsWith('rope_'))
  if (!areFloats(trained))
    throw new Untrainable(
      'All weights can be trained only of a model whose file keeps them all in 32 bits.',
      'precision',
    )
  return trained
}

/** Matrices of the layers, by their names. */
function linearNames({ shape }: Places): readonly string[] {
  return shape.architecture.isFused ? FUSED_LINEAR : LINEAR
}

function targetsOf(places: Places, weights: Weights, { targets }: LowRankMethod): Weight[] {
  const known = linearNames(places)
  const stray = targets?.find((target) => !known.includes(target))
  if (stray !== undefined)
    throw new UntrainableWish(`The model has no matrix "${stray}" in its layers; it has ${known.join(', ')}.`)
  const wanted = new Set(targets ?? known)
  return layerMatrices(weights).filter(({ name }) => wanted.has(name.split('.')[2] ?? ''))
}

const layerMatrices = (weights: Weights): Weight[] =>
  weights.taken.filter(({ name, shape }) => /^blk\.\d+\.\w+\.weight$/.test(name) && shape[1] > 1)

const frozenMatrices = ({ output }: Places, weights: Weights): Weight[] => [...layerMatrices(weights), output]
