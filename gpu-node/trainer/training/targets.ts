import { FUSED_LINEAR, LINEAR, type Places } from '../graph/transformer.ts'
import { Untrainable, UntrainableWish } from '../model/metadata.ts'
import { areFloats, type Weight, type Weights } from '../model/weights.ts'

/** All weights, to be trained. Throws `Untrainable` where the file keeps any in fewer than 32 bits. */
export function floatsOf(weights: Weights): readonly Weight[] {
  const trained = weights.taken.filter(({ name }) => !name.startsWith('rope_'))
  if (!areFloats(trained))
    throw new Untrainable(
      'All weights can be trained only of a model whose file keeps them all in 32 bits.',
      'precision',
    )
  return trained
}

/** The matrices that low-rank changes are given to. Throws `UntrainableWish` for a target that the model has not. */
export function targetsOf(
  { shape }: Places,
  weights: Weights,
  targets: readonly string[] | undefined,
): readonly Weight[] {
  const known: readonly string[] = shape.architecture.isFused ? FUSED_LINEAR : LINEAR
  const stray = targets?.find((target) => !known.includes(target))
  if (stray !== undefined)
    throw new UntrainableWish(`The model has no matrix "${stray}" in its layers; it has ${known.join(', ')}.`)
  const wanted = new Set(targets ?? known)
  return layerMatrices(weights).filter(({ name }) => wanted.has(name.split('.')[2] ?? ''))
}

/** The matrices that gradients go back through. */
export const frozenMatrices = ({ output }: Places, weights: Weights): readonly Weight[] => [
  ...layerMatrices(weights),
  output,
]

const layerMatrices = (weights: Weights): Weight[] =>
  weights.taken.filter(({ name, shape }) => /^blk\.\d+\.\w+\.weight$/.test(name) && shape[1] > 1)
