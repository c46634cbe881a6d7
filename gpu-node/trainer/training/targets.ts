import { FUSED_LINEAR, LINEAR, type Places } from '../graph/transformer.ts'
import { Untrainable, UntrainableWish } from '../model/metadata.ts'
import { areFloats, type Weight, type Weights } from '../model/weights.ts'

/** The matrices that low-rank changes are given to. */
export interface Targets {
  /** Matrices of a layer, by their names in GGUF. Absent: all linear ones. */
  targets?: readonly string[]
  /** Layers, counted from 0. Absent: all. */
  layers?: readonly number[]
}

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

/** The matrices that low-rank changes are given to. Throws `UntrainableWish` for a target, or a layer, that the model has not. */
export function targetsOf(
  { shape }: Places,
  weights: Weights,
  { targets, layers }: Targets,
): readonly Weight[] {
  const known: readonly string[] = shape.architecture.isFused ? FUSED_LINEAR : LINEAR
  const stray = targets?.find((target) => !known.includes(target))
  if (stray !== undefined)
    throw new UntrainableWish(`The model has no matrix "${stray}" in its layers; it has ${known.join(', ')}.`)
  const beyond = layers?.find((layer) => layer >= shape.layers)
  if (beyond !== undefined)
    throw new UntrainableWish(`The model has no layer ${beyond}; it has ${shape.layers}, counted from 0.`)
  const wanted = new Set(targets ?? known)
  return layerMatrices(weights).filter(({ name }) => {
    const [, layer, matrix = ''] = name.split('.')
    return wanted.has(matrix) && (layers?.includes(Number(layer)) ?? true)
  })
}

/** The matrices that gradients go back through. */
export const frozenMatrices = ({ output }: Places, weights: Weights): readonly Weight[] => [
  ...layerMatrices(weights),
  output,
]

const layerMatrices = (weights: Weights): Weight[] =>
  weights.taken.filter(({ name, shape }) => /^blk\.\d+\.\w+\.weight$/.test(name) && shape[1] > 1)
