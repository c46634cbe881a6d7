import type { GgufFileInfo } from 'node-llama-cpp'
import { MAX_LAYER_MATRICES, type ModelShape } from '../../shared/node.ts'

const LAYER_MATRIX = /^blk\.(\d+)\.([a-z0-9_]+)\.weight$/

/** The matrices of a model's layers; undefined where they are not alike in each. */
export function shapeOf({ fullTensorInfo = [] }: GgufFileInfo): ModelShape | undefined {
  const matrices = new Map<string, { inputs: number; outputs: number; layers: number }>()
  const layers = new Set<string>()
  for (const { name, dimensions } of fullTensorInfo) {
    const [, layer, matrix] = LAYER_MATRIX.exec(name) ?? []
    const [inputs = 1, outputs = 1, ...others] = dimensions.map(Number)
    if (layer === undefined || matrix === undefined || outputs === 1) continue
    if (others.some((length) => length > 1)) return undefined
    const known = matrices.get(matrix)
    if (known && (known.inputs !== inputs || known.outputs !== outputs)) return undefined
    matrices.set(matrix, { inputs, outputs, layers: (known?.layers ?? 0) + 1 })
    layers.add(layer)
  }
  const all = [...matrices].map(([name, { inputs, outputs }]) => ({ name, inputs, outputs }))
  const areAlike = [...matrices.values()].every((matrix) => matrix.layers === layers.size)
  return areAlike && all.length > 0 && all.length <= MAX_LAYER_MATRICES
    ? { layers: layers.size, matrices: all }
    : undefined
}
