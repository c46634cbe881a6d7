import { GgmlType, type GgufFileInfo } from 'node-llama-cpp'
import type { Precision } from '../../shared/training-offer.ts'

const HALVES: ReadonlySet<GgmlType> = new Set([GgmlType.F32, GgmlType.F16, GgmlType.BF16])

/** How a file keeps its matrices: vectors are floats in every one. */
export function precisionOf({ fullTensorInfo = [] }: GgufFileInfo): Precision {
  const types = fullTensorInfo
    .filter(({ dimensions }) => dimensions.filter((length) => Number(length) > 1).length > 1)
    .map(({ ggmlType }) => ggmlType)
  if (types.every((type) => type === GgmlType.F32)) return 'f32'
  return types.every((type) => HALVES.has(type)) ? 'f16' : 'quantised'
}
