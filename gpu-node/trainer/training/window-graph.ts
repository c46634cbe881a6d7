import type { Backends } from '../ggml/backends.ts'
import type { Ggml } from '../ggml/library.ts'
import { allocate, openContext, readFloats, readIntegers, type Store, write } from '../ggml/memory.ts'
import { Type } from '../ggml/signatures.ts'
import { blockMasks } from '../graph/attention.ts'
import { Computation } from '../graph/computation.ts'
import type { SupportedDerivatives } from '../graph/derivatives.ts'
import { drawLoss, type LossChunk, lossChunkRows } from '../graph/loss-head.ts'
import type { Factors, Sheet, Tensor } from '../graph/sheet.ts'
import { type Frozen, Tape } from '../graph/tape.ts'
import { type Participation, type Places, Transformer, type WindowInput } from '../graph/transformer.ts'
import { rowsAtOnce } from '../model/transposed.ts'
import type { Weight } from '../model/weights.ts'
import type { Parameters } from './parameters.ts'
import type { WindowData } from './window.ts'

/** The loss of a row. */
export interface RowOutcome {
  /** The logarithm of the probability of the token that should follow. */
  logProbability: number
  /** Whether that token was the likeliest. */
  isRight: boolean
}

export interface WindowGraphOptions {
  ggml: Ggml
  backends: Backends
  places: Places
  parameters: Parameters
  /** Whose gradients are added to: 0 for the first. */
  lane: number
  /** `plain`: without the low-rank changes, for a reference. */
  purpose: 'train' | 'evaluate' | 'plain'
  isFull: boolean
  derivatives: SupportedDerivatives
  recomputes: boolean
  factors: Factors
  /** Whether noise is added to embeddings. */
  hasNoise: boolean
  length: number
  /** Rows with loss. */
  rows: number
}

/** Nodes of a layer, forward and backward, with recomputation and the heads of a group apart: more than any needs. */
const NODES_PER_LAYER = 800
const NODES_PER_CHUNK = 40
/** Nodes of each piece of the output, through which gradients go back. */
const NODES_PER_PIECE = 10
const NODES_BESIDE = 256
/** Nodes that add a parameter's gradient to its sum. */
const NODES_PER_PARAMETER = 4

interface Inputs extends Omit<WindowInput, 'masks' | 'windowMasks'> {
  /** F32 [tokens, tokens]: 0 where a token is seen, -∞ where not. */
  mask: Tensor
  /** The same for layers that see less. Absent where all see the same. */
  windowMask: Tensor | undefined
  noise: Tensor | undefined
  chunks: Pick<LossChunk, 'targets' | 'weights'>[]
}

/** The graph over windows of one length: what comes in, the pass forward and, for training, backward. */
export class WindowGraph {
  readonly #options: WindowGraphOptions
  readonly #inputs: Inputs
  readonly #inputStore: Store
  readonly #chunkRows: number
  #chunks: LossChunk[] = []
  readonly computation: Computation

  constructor(options: WindowGraphOptions) {
    this.#options = options
    const { ggml, backends, places, parameters, rows } = options
    this.#chunkRows = lossChunkRows(places.shape.vocabulary)
    const chunks = Math.ceil(rows / this.#chunkRows)
    const context = openContext(ggml, 16 + 2 * chunks)
    this.#inputs = createInputs(options, context)
    this.#inputStore = allocate(ggml, context, backends.primary)
    const maxNodes =
      NODES_BESIDE +
      places.layers.length * NODES_PER_LAYER +
      chunks * (NODES_PER_CHUNK + piecesOf(places.output) * NODES_PER_PIECE) +
      parameters.all.length * NODES_PER_PARAMETER
    this.computation = new Computation(
      ggml,
      backends,
      maxNodes,
      (sheet, compute) => this.#draw(sheet, compute),
      options.factors,
    )
  }

  get inputBytes(): number {
    return this.#inputStore.bytes
  }

  /** Computes one window. For training, gradients are added to those of the parameters. */
  async run(data: WindowData, noise?: Float32Array): Promise<RowOutcome[]> {
    this.#fill(data, noise)
    await this.computation.compute()
    const { ggml } = this.#options
    const outcomes = this.#chunks.flatMap(({ logProbabilities, likeliest, targets: _ }, chunk) => {
      const logs = readFloats(ggml, logProbabilities)
      const best = readIntegers(ggml, likeliest)
      return Array.from(logs, (logProbability, row) => ({
        logProbability,
        isRight: best[row] === data.targets[chunk * this.#chunkRows + row],
      }))
    })
    return outcomes.slice(0, data.lossRows)
  }

  close(): void {
    this.computation.close()
    this.#inputStore.close()
  }

  #fill(data: WindowData, noise: Float32Array | undefined): void {
    const { ggml, places } = this.#options
    const inputs = this.#inputs
    write(ggml, inputs.tokens, data.tokens)
    write(ggml, inputs.positions, data.positions)
    write(ggml, inputs.mask, data.mask)
    if (inputs.windowMask !== undefined && data.windowMask) write(ggml, inputs.windowMask, data.windowMask)
    if (inputs.noise !== undefined && noise) write(ggml, inputs.noise, noise)
    write(ggml, inputs.rows, data.rows)
    const { vocabulary } = places.shape
    for (const [index, { targets, weights }] of inputs.chunks.entries()) {
      const from = index * this.#chunkRows
      const own = data.targets.subarray(from, from + this.#chunkRows)
      write(
        ggml,
        targets,
        own.map((token, row) => row * vocabulary + token),
      )
      write(ggml, weights, data.weights.slice(from, from + this.#chunkRows))
    }
  }

  #draw(sheet: Sheet, compute: (tensor: Tensor) => void): void {
    const { ggml, places, parameters, purpose, isFull, derivatives, recomputes, lane } = this.#options
    const isTraining = purpose === 'train'
    const inputs = this.#inputs
    const tape = new Tape(sheet, derivatives, isTraining)
    const frozenOf = this.#frozenOf(sheet)
    const participation: Participation = {
      isFull,
      frozen: frozenOf,
      lowRank: (name) => (purpose === 'plain' ? undefined : parameters.lowRanks.get(name)),
    }
    const transformer = new Transformer(tape, places, participation)
    const looked = transformer.embedded(inputs.tokens, (table, rows) => sheet.rowsOf(table, rows))
    const embedded = inputs.noise === undefined ? looked : tape.bias(looked, inputs.noise)
    const masks = blockMasks(sheet, inputs.mask)
    const windowMasks = inputs.windowMask === undefined ? masks : blockMasks(sheet, inputs.windowMask)
    const window = { ...inputs, masks, windowMasks }
    const hidden = transformer.hidden(window, embedded, recomputes && isTraining)
    const { output } = places
    const loss = drawLoss({
      sheet,
      tape,
      hidden,
      output: output.factor,
      goBack: isTraining ? this.#throughOutput(sheet) : undefined,
      trainsOutput: isTraining && isFull,
      logitCap: places.shape.logitCap,
      vocabulary: places.shape.vocabulary,
      chunks: inputs.chunks,
      compute,
    })
    this.#chunks = loss.chunks
    for (const { logProbabilities, likeliest } of loss.chunks) {
      ggml.ggml_set_output(logProbabilities)
      ggml.ggml_set_output(likeliest)
    }
    if (loss.gradient === undefined) return
    tape.backward(hidden, loss.gradient)
    // Last layers first, as the way back goes: so that nothing waits in memory for its turn.
    for (const { tensor, gradient, laneGradients, name } of parameters.all.toReversed()) {
      const more = tape.weightGradients.get(tensor)
      const sum = [gradient, ...laneGradients][lane]
      if (more === undefined || sum === undefined) throw new Error(`No gradient reaches "${name}".`)
      compute(sheet.addInPlace(sum, more))
    }
  }

  /**
   * Back through the output by its transposed copy; where none is kept, by copies of some rows at a time: the whole would be
   * the largest tensor of all.
   */
  #throughOutput(sheet: Sheet): (gradient: Tensor) => Tensor {
    const { ggml, places } = this.#options
    const { output } = places
    const { transposed: copy, type, shape } = output
    if (copy !== undefined) return (gradient) => sheet.product(copy, gradient)
    const [inputs, outputs] = shape
    const rowBytes = ggml.ggml_row_size(type, inputs)
    const atOnce = rowsAtOnce(inputs)
    const starts = Array.from({ length: Math.ceil(outputs / atOnce) }, (_, index) => index * atOnce)
    return (gradient) =>
      starts
        .map((from) => {
          const rows = Math.min(atOnce, outputs - from)
          const part = sheet.view(output.tensor, inputs, rows, rowBytes, from * rowBytes)
          const turned = sheet.transposed(type === Type.F32 ? part : sheet.asFloats(part))
          return sheet.product(turned, sheet.copy(sheet.columns(gradient, from, rows)))
        })
        .reduce((sum, part) => sheet.add(sum, part))
  }

  /** Copies that are not kept are made each time they are needed. */
  #frozenOf(sheet: Sheet): (weight: Weight) => Frozen {
    const isTraining = this.#options.purpose === 'train'
    return (weight) => ({
      matrix: weight.factor,
      transposed: isTraining ? (weight.transposed ?? sheet.transposed(asFloats(sheet, weight))) : undefined,
    })
  }
}

const piecesOf = ({ shape: [inputs, outputs] }: Weight): number => Math.ceil(outputs / rowsAtOnce(inputs))

const asFloats = (sheet: Sheet, { tensor, type }: Weight): Tensor =>
  type === Type.F32 ? tensor : sheet.asFloats(tensor)

function createInputs({ ggml, places, hasNoise, length, rows }: WindowGraphOptions, context: bigint): Inputs {
  const { shape } = places
  const input = (tensor: Tensor): Tensor => {
    ggml.ggml_set_input(tensor)
    return tensor
  }
  const matrix = (row: number, count: number) => input(ggml.ggml_new_tensor_2d(context, Type.F32, row, count))
  const integers = (count: number) => input(ggml.ggml_new_tensor_1d(context, Type.I32, count))
  const most = lossChunkRows(shape.vocabulary)
  const chunkRows = Array.from({ length: Math.ceil(rows / most) }, (_, index) =>
    Math.min(most, rows - index * most),
  )
  return {
    length,
    tokens: integers(length),
    positions: integers(length),
    mask: matrix(length, length),
    windowMask: shape.window === undefined ? undefined : matrix(length, length),
    rows: integers(rows),
    noise: hasNoise ? matrix(shape.width, length) : undefined,
    chunks: chunkRows.map((count) => ({ targets: integers(count), weights: matrix(1, count) })),
  }
}
