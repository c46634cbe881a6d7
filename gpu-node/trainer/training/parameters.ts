import type { Ggml } from '../ggml/library.ts'
import { allocate, openContext, type Store, write } from '../ggml/memory.ts'
import { type Pointer, Type } from '../ggml/signatures.ts'
import type { Tensor } from '../graph/sheet.ts'
import type { LowRank } from '../graph/tape.ts'
import type { Weight } from '../model/weights.ts'
import type { Random } from './random.ts'

/** Something that is trained, and what its training keeps. */
export interface Parameter {
  readonly name: string
  readonly tensor: Tensor
  /** The sum of its gradients since the last step… */
  readonly gradient: Tensor
  /** …and of those that further lanes have computed beside it. */
  readonly laneGradients: readonly Tensor[]
  /** AdamW's running means of the gradient and of its square. */
  readonly mean: Tensor
  readonly variance: Tensor
  /** The second half of a low-rank change, which LoRA+ moves faster. */
  readonly isUp: boolean
  /** A matrix that learns by Muon; its variance stays zero. */
  readonly isOrthogonal: boolean
}

export interface Parameters {
  readonly all: readonly Parameter[]
  /** Numbers that are trained. */
  readonly count: number
  readonly lowRanks: ReadonlyMap<string, LowRank>
  readonly store: Store
}

export interface LowRankOptions {
  rank: number
  /** Changes are multiplied by `alpha / rank`, as whoever loads the adapter does it. */
  alpha: number
  /** Absent where numbers are not needed. */
  random: Random | undefined
  /** Windows that are computed side by side. */
  lanes: number
}

/** Tensors that belong to a parameter: mean, variance, and a gradient for each lane. */
const companions = (lanes: number): number => 2 + lanes

/** Low-rank changes of frozen weights: first halves are random, second ones zero, so that at first nothing is changed. */
export function createLowRanks(
  ggml: Ggml,
  backend: Pointer,
  weights: readonly Weight[],
  { rank, alpha, random, lanes }: LowRankOptions,
): Parameters {
  const context = openContext(ggml, weights.length * 2 * (1 + companions(lanes)))
  const made = weights.map(({ name, shape: [inputs, outputs] }) => {
    const down = ggml.ggml_new_tensor_2d(context, Type.F32, inputs, rank)
    const up = ggml.ggml_new_tensor_2d(context, Type.F32, rank, outputs)
    return { name, inputs, down, up }
  })
  const all = made.flatMap(({ name, down, up }) => [
    withCompanions(ggml, context, { name: `${name}.lora_a`, tensor: down, isUp: false }, lanes),
    withCompanions(ggml, context, { name: `${name}.lora_b`, tensor: up, isUp: true }, lanes),
  ])
  const store = allocate(ggml, context, backend)
  if (random) for (const { inputs, down } of made) write(ggml, down, firstHalf(inputs, rank, random))
  const lowRanks = new Map(made.map(({ name, down, up }) => [name, { down, up, strength: alpha / rank }]))
  return { all, count: countOf(ggml, all), lowRanks, store }
}

/** Uniform with the variance 1 / (3 × inputs), as PEFT's `kaiming_uniform_(a=sqrt(5))`. */
function firstHalf(inputs: number, rank: number, random: Random): Float32Array {
  const bound = 1 / Math.sqrt(inputs)
  return Float32Array.from({ length: inputs * rank }, () => (random.next() * 2 - 1) * bound)
}

/** Matrices of layers. Embeddings and the output are tables of rows that are seen now and then: orthogonal they would unlearn. */
const isLayerMatrix = ({ name, shape: [, outputs] }: Weight): boolean =>
  name.startsWith('blk.') && outputs > 1

/** All weights of a model, which must be F32, as parameters. */
export function createFullParameters(
  ggml: Ggml,
  backend: Pointer,
  weights: readonly Weight[],
  { isMuon, lanes }: { isMuon: boolean; lanes: number },
): Parameters {
  const context = openContext(ggml, weights.length * companions(lanes))
  const all = weights.map((weight) => {
    const { name, tensor } = weight
    const parameter = withCompanions(ggml, context, { name, tensor, isUp: false }, lanes)
    return { ...parameter, isOrthogonal: isMuon && isLayerMatrix(weight) }
  })
  return { all, count: countOf(ggml, all), lowRanks: new Map(), store: allocate(ggml, context, backend) }
}

const countOf = (ggml: Ggml, all: readonly Parameter[]): number =>
  all.reduce((sum, { tensor }) => sum + ggml.ggml_nelements(tensor), 0)

function withCompanions(
  ggml: Ggml,
  context: Pointer,
  { name, tensor, isUp }: Pick<Parameter, 'name' | 'tensor' | 'isUp'>,
  lanes: number,
): Parameter {
  ggml.ggml_set_name(tensor, name)
  ggml.ggml_set_param(tensor) // AdamW asks for the mark
  const like = () => ggml.ggml_dup_tensor(context, tensor)
  const laneGradients = Array.from({ length: lanes - 1 }, like)
  const running = { gradient: like(), laneGradients, mean: like(), variance: like() }
  return { name, tensor, ...running, isUp, isOrthogonal: false }
}
