import { MIB } from '../../../shared/units.ts'
import { lossChunkRows } from '../graph/loss-head.ts'
import type { ModelShape } from '../model/shape.ts'

/** Memory of a process that trains nothing yet: Node.js, its modules and the libraries. */
const PROCESS_BYTES = 130 * MIB

/** Memory of each token of the vocabulary, as the tokenizer keeps it and as this process does; measured on real ones and made ones. */
const TOKEN_BYTES = 900

/** Memory beside tensors: pieces of files, windows as they are packed, what was read of tensors. */
const BESIDE_BYTES = 12 * MIB

/** Each layer's share of the description of graphs. */
const LAYER_BYTES = 1.2 * MIB

/** Operands of products with transposed copies are rounded to so many bytes a number, in memory of their own. */
const OPERAND_BYTES = 2

/** The memory of a trainer's process but for its tensors, in bytes. */
export const processBytes = ({ layers, vocabulary }: Pick<ModelShape, 'layers' | 'vocabulary'>): number =>
  PROCESS_BYTES +
  BESIDE_BYTES +
  layers * LAYER_BYTES +
  vocabulary * (TOKEN_BYTES + lossChunkRows(vocabulary) * OPERAND_BYTES)
