import type { Backends } from '../ggml/backends.ts'
import type { Ggml } from '../ggml/library.ts'
import { allocate, openContext, type Store } from '../ggml/memory.ts'
import { Type } from '../ggml/signatures.ts'
import { Computation } from '../graph/computation.ts'
import type { Tensor } from '../graph/sheet.ts'
import type { Weight } from './weights.ts'

/** Rows that are turned at once: in between they are 32-bit floats, and the largest matrix has a row for each token. */
const ROWS_AT_ONCE = 8_192

/** Bytes of a BF16. */
const BF16_BYTES = 2

/** The bytes that a transposed copy takes. */
export const transposedBytes = ({ shape: [inputs, outputs] }: Weight): number => inputs * outputs * BF16_BYTES

/**
 * Transposed copies of frozen weights, through which gradients go back. In BF16, whose range is that of F32: summed gradients
 * are as large as the number of tokens, and F16 would lose the small ones beside them.
 */
export async function transposeWeights(
  ggml: Ggml,
  backends: Backends,
  weights: readonly Weight[],
): Promise<{ copies: ReadonlyMap<Weight, Tensor>; store: Store }> {
  const context = openContext(ggml, weights.length)
  const copies = new Map(
    weights.map((weight) => {
      const [inputs, outputs] = weight.shape
      return [weight, ggml.ggml_new_tensor_2d(context, Type.BF16, outputs, inputs)]
    }),
  )
  const store = allocate(ggml, context, backends.primary)
  for (const [weight, copy] of copies) await transpose(ggml, backends, weight, copy)
  return { copies, store }
}

async function transpose(ggml: Ggml, backends: Backends, weight: Weight, copy: Tensor): Promise<void> {
  const { tensor, type, shape } = weight
  const [inputs, outputs] = shape
  const rowBytes = ggml.ggml_row_size(type, inputs)
  for (let from = 0; from < outputs; from += ROWS_AT_ONCE) {
    const rows = Math.min(ROWS_AT_ONCE, outputs - from)
    const computation = new Computation(ggml, backends, 16, (sheet, compute) => {
      const part = sheet.view(tensor, inputs, rows, rowBytes, from * rowBytes)
      const turned = sheet.transposed(type === Type.F32 ? part : sheet.asFloats(part))
      const into = sheet.view(copy, rows, inputs, outputs * BF16_BYTES, from * BF16_BYTES)
      compute(sheet.copyInto(turned, into))
    })
    computation.allocate()
    await computation.compute()
    computation.close()
  }
}
