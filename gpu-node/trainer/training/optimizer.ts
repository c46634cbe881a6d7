import type { Backends } from '../ggml/backends.ts'
import type { Ggml } from '../ggml/library.ts'
import { allocate, openContext, readFloats, type Store, write } from '../ggml/memory.ts'
import { Type } from '../ggml/signatures.ts'
import { Computation } from '../graph/computation.ts'
import type { Factors, Sheet, Tensor } from '../graph/sheet.ts'
import { drawMuon, MUON_NODES } from './muon.ts'
import type { Parameter } from './parameters.ts'

/** AdamW's constants (arXiv 1711.05101). */
export interface AdamW {
  beta1: number
  beta2: number
  epsilon: number
  weightDecay: number
}

export interface StepOptions {
  learningRate: number
  /** The factor by which the second halves of low-rank changes learn faster (LoRA+, arXiv 2402.12354). */
  upRatio: number
  /** The weight of all tokens whose gradients were summed: the sum is divided by it. */
  count: number
  /** The longest that the gradient may be; what is longer is shortened to it. */
  clip: number
}

const NODES_PER_PARAMETER = 6
const NODES_BESIDE = 16

/** Matrices that are made orthogonal bear a higher rate than what AdamW moves beside them. */
const MUON_RATIO = 2

/** Turns summed gradients into changes of the parameters. */
export class Optimizer {
  readonly #ggml: Ggml
  readonly #parameters: readonly Parameter[]
  readonly #adam: AdamW
  readonly #store: Store
  readonly #factor: Tensor
  readonly #settings: Tensor
  readonly #upSettings: Tensor
  /** Of the matrices that learn by Muon. */
  readonly #negativeRate: Tensor
  readonly #kept: Tensor
  #squaredNorm: Tensor | undefined
  /** Adds up what lanes have computed. Absent where there is one alone. */
  readonly #gathering: Computation | undefined
  readonly norm: Computation
  readonly update: Computation
  /** Steps taken. */
  steps = 0

  /** `factors`: of the products by which matrices are made orthogonal. */
  constructor(
    ggml: Ggml,
    backends: Backends,
    parameters: readonly Parameter[],
    adam: AdamW,
    factors: Factors = 'F32',
  ) {
    this.#ggml = ggml
    this.#parameters = parameters
    this.#adam = adam
    const context = openContext(ggml, 5)
    const numbers = (count: number) => {
      const tensor = ggml.ggml_new_tensor_1d(context, Type.F32, count)
      ggml.ggml_set_input(tensor)
      return tensor
    }
    this.#factor = numbers(1)
    this.#settings = numbers(7)
    this.#upSettings = numbers(7)
    this.#negativeRate = numbers(1)
    this.#kept = numbers(1)
    this.#store = allocate(ggml, context, backends.primary)
    const orthogonal = parameters.filter(({ isOrthogonal }) => isOrthogonal).length
    const maxNodes = NODES_BESIDE + parameters.length * NODES_PER_PARAMETER + orthogonal * MUON_NODES
    const others = parameters.flatMap(({ laneGradients }) => laneGradients).length
    this.#gathering =
      others === 0
        ? undefined
        : new Computation(ggml, backends, NODES_BESIDE + 2 * others, (sheet, compute) => {
            for (const { gradient, laneGradients } of parameters)
              for (const more of laneGradients) compute(sheet.addInPlace(gradient, more))
          })
    this.norm = new Computation(ggml, backends, maxNodes, (sheet, compute) => {
      const squares = parameters.map(({ gradient }) => sheet.sum(sheet.square(gradient)))
      const total = squares.reduce((sum, square) => sheet.add(sum, square))
      ggml.ggml_set_output(total)
      this.#squaredNorm = total
      compute(total)
    })
    // Divided here and not before the backward pass: there it would round away in 16-bit products.
    const draw = (sheet: Sheet, compute: (tensor: Tensor) => void) => {
      const [negativeRate, kept] = [this.#negativeRate, this.#kept]
      for (const { tensor, gradient, mean, variance, isUp, isOrthogonal } of parameters) {
        const scaled = sheet.multiply(gradient, this.#factor)
        if (isOrthogonal)
          drawMuon(sheet, compute, { weights: tensor, gradient: scaled, mean, negativeRate, kept })
        else compute(sheet.adamW(tensor, scaled, mean, variance, isUp ? this.#upSettings : this.#settings))
      }
    }
    this.update = new Computation(ggml, backends, maxNodes, draw, factors)
  }

  get bytes(): number {
    return this.#store.bytes + this.norm.bytes + this.update.bytes + (this.#gathering?.bytes ?? 0)
  }

  /** Takes the memory that it computes in. */
  allocate(): void {
    for (const computation of [this.#gathering, this.norm, this.update]) computation?.allocate()
  }

  /** Adds the gradients of all lanes to those of the first. */
  async gather(): Promise<void> {
    await this.#gathering?.compute()
    for (const { laneGradients } of this.#parameters)
      for (const gradient of laneGradients) this.#clear(gradient)
  }

  /** The length of the summed gradient over `count`. */
  async gradientNorm(count: number): Promise<number> {
    await this.norm.compute()
    const [squared = Number.NaN] = this.#squaredNorm ? readFloats(this.#ggml, this.#squaredNorm) : []
    return Math.sqrt(squared) / count
  }

  /** Changes the parameters and forgets the gradients. Answers with their length before it was shortened. */
  async step({ learningRate, upRatio, count, clip }: StepOptions): Promise<number> {
    const norm = await this.gradientNorm(count)
    this.steps += 1
    const { beta1, beta2, epsilon, weightDecay } = this.#adam
    const settings = (rate: number) =>
      new Float32Array([
        rate,
        beta1,
        beta2,
        epsilon,
        weightDecay,
        1 / (1 - beta1 ** this.steps),
        1 / (1 - beta2 ** this.steps),
      ])
    write(this.#ggml, this.#factor, new Float32Array([Math.min(1, clip / norm) / count]))
    write(this.#ggml, this.#settings, settings(learningRate))
    write(this.#ggml, this.#upSettings, settings(learningRate * upRatio))
    const muonRate = learningRate * MUON_RATIO
    write(this.#ggml, this.#negativeRate, new Float32Array([-muonRate]))
    write(this.#ggml, this.#kept, new Float32Array([1 - muonRate * weightDecay]))
    await this.update.compute()
    this.forget()
    return norm
  }

  /** Sets all gradients to zero. */
  forget(): void {
    for (const { gradient, laneGradients } of this.#parameters)
      for (const each of [gradient, ...laneGradients]) this.#clear(each)
  }

  #clear(gradient: Tensor): void {
    this.#ggml.ggml_backend_tensor_memset(gradient, 0, 0, this.#ggml.ggml_nbytes(gradient))
  }

  close(): void {
    this.#gathering?.close()
    this.norm.close()
    this.update.close()
    this.#store.close()
  }
}
