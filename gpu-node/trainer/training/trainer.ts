import { readGgufFileInfo } from 'node-llama-cpp'
import { type BackendOptions, type Backends, openBackends } from '../ggml/backends.ts'
import type { Ggml } from '../ggml/library.ts'
import type { Store } from '../ggml/memory.ts'
import type { SupportedDerivatives } from '../graph/derivatives.ts'
import type { Tensor } from '../graph/sheet.ts'
import { FUSED_LINEAR, LINEAR, type Places, takePlaces } from '../graph/transformer.ts'
import { Metadata, Untrainable } from '../model/metadata.ts'
import { readShape } from '../model/shape.ts'
import { transposeWeights } from '../model/transposed.ts'
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
  /** Layers keep only their input for the way back, and are computed twice. */
  recomputes: boolean
  /** Transposed copies of frozen weights are kept and not made anew each time. */
  keepsTransposed: boolean
  /** Derivatives that the devices compute by themselves. Absent: what they say they support. */
  derivatives?: SupportedDerivatives
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

/** Rows with loss are padded to a multiple of this, so that few graphs serve all windows. */
const ROW_STEP = 64

/**
 * Trains one model in this process. Gradients are summed over windows by `accumulate`, and turned into a change by `step`.
 * Native code ends the process over what it does not like, so this runs in a process of its own.
 */
export class Trainer {
  readonly #options: TrainerOptions
  readonly #backends: Backends
  readonly weights: Weights
  readonly #transposed: { copies: ReadonlyMap<Weight, Tensor>; store: Store } | undefined
  readonly #graphs = new Map<string, WindowGraph>()
  readonly places: Places
  readonly parameters: Parameters
  readonly optimizer: Optimizer
  readonly random: Random

  private constructor(options: TrainerOptions, loaded: Loaded) {
    this.#options = options
    this.#backends = loaded.backends
    this.weights = loaded.weights
    this.#transposed = loaded.transposed
    this.places = loaded.places
    this.parameters = loaded.parameters
    this.optimizer = loaded.optimizer
    this.random = loaded.random
  }

  /** Loads a model. Throws `Untrainable` in one sentence that names what stands in the way. */
  static async open(options: TrainerOptions): Promise<Trainer> {
    const { ggml, path, method } = options
    const info = await readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false })
    const shape = readShape(new Metadata(info.metadata), options.contextTokens)
    const backends = openBackends(ggml, options.devices)
    const weights = await loadWeights(ggml, backends, { path, info })
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
    const transposed =
      method.kind === 'lora' && options.keepsTransposed
        ? await transposeWeights(ggml, backends, frozenMatrices(places, weights))
        : undefined
    return new Trainer(options, { backends, weights, places, random, parameters, optimizer, transposed })
  }

  /** Adds the gradients of one window to the sums, and answers with what each row's loss came to. */
  accumulate(samples: readonly Sample[], length: number, noise?: Float32Array): Promise<RowOutcome[]> {
    return this.#run('train', samples, length, noise)
  }

  /** What each row's loss comes to. `plain`: as the model was before. */
  evaluate(samples: readonly Sample[], length: number, purpose: 'evaluate' | 'plain' = 'evaluate') {
    return this.#run(purpose, samples, length)
  }

  /** Changes the parameters by the gradients that were summed. Answers with their length before it was shortened. */
  step(options: StepOptions): Promise<number> {
    return this.optimizer.step(options)
  }

  close(): void {
    for (const graph of this.#graphs.values()) graph.close()
    this.optimizer.close()
    this.parameters.store.close()
    this.#transposed?.store.close()
    this.weights.close()
    this.#backends.close()
  }

  async #run(
    purpose: WindowGraphOptions['purpose'],
    samples: readonly Sample[],
    length: number,
    noise?: Float32Array,
  ): Promise<RowOutcome[]> {
    const lossRows = samples.reduce((sum, sample) => sum + lossRowsOf(sample), 0)
    const rows = Math.min(length, Math.max(1, Math.ceil(lossRows / ROW_STEP)) * ROW_STEP)
    const data = this.#pack(samples, length, rows)
    return this.graphFor(purpose, length, rows, noise !== undefined).run(data, noise)
  }

  #pack(samples: readonly Sample[], length: number, rows: number): WindowData {
    const { vocabulary, window } = this.places.shape
    return packWindow(samples, { length, rows, vocabulary, attentionWindow: window?.tokens })
  }

  /** The graph for windows of this length; made when it is first asked for. */
  graphFor(
    purpose: WindowGraphOptions['purpose'],
    length: number,
    rows: number,
    hasNoise = false,
  ): WindowGraph {
    const key = `${purpose} ${length} ${rows} ${hasNoise}`
    const known = this.#graphs.get(key)
    if (known !== undefined) return known
    const { ggml, method, recomputes, derivatives = CPU_DERIVATIVES } = this.#options
    const graph = new WindowGraph({
      ggml,
      backends: this.#backends,
      places: this.places,
      parameters: this.parameters,
      purpose,
      isFull: method.kind === 'full',
      transposed: this.#transposed?.copies ?? new Map(),
      derivatives,
      recomputes,
      hasNoise,
      length,
      rows,
    })
    graph.computation.allocate()
    this.#graphs.set(key, graph)
    return graph
  }
}

interface Loaded {
  backends: Backends
  weights: Weights
  places: Places
  random: Random
  parameters: Parameters
  optimizer: Optimizer
  transposed: { copies: ReadonlyMap<Weight, Tensor>; store: Store } | undefined
}

function floatsOf(weights: Weights): readonly Weight[] {
  const trained = weights.taken.filter(({ name }) => !name.startsWith('rope_'))
  if (!areFloats(trained))
    throw new Untrainable('All weights can be trained only of a model whose file keeps them all in 32 bits.')
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
    throw new Untrainable(`The model has no matrix "${stray}" in its layers; it has ${known.join(', ')}.`)
  const wanted = new Set(targets ?? known)
  return layerMatrices(weights).filter(({ name }) => wanted.has(name.split('.')[2] ?? ''))
}

const layerMatrices = (weights: Weights): Weight[] =>
  weights.taken.filter(({ name, shape }) => /^blk\.\d+\.\w+\.weight$/.test(name) && shape[1] > 1)

const frozenMatrices = ({ output }: Places, weights: Weights): Weight[] => [...layerMatrices(weights), output]
