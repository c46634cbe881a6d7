import type { Backends } from '../ggml/backends.ts'
import type { Ggml } from '../ggml/library.ts'
import { Type } from '../ggml/signatures.ts'
import { Computation } from '../graph/computation.ts'
import { FLOAT_BYTES, type Tensor } from '../graph/sheet.ts'

/** Rows are turned so many bytes at once, as the 32-bit floats that they are in between: the largest matrix has a row for each token. */
const BYTES_AT_ONCE = 4 * 1024 * 1024

/** Rows of any type begin and end with whole blocks; copies of so many are also whole lines of a cache. */
const ROWS_STEP = 32

/** Rows that are turned at once, of a matrix with so many inputs. */
export const rowsAtOnce = (inputs: number): number =>
  Math.ceil(BYTES_AT_ONCE / (inputs * FLOAT_BYTES) / ROWS_STEP) * ROWS_STEP

/** Bytes of a BF16. */
const BF16_BYTES = 2

/**
 * Fills the transposed copy of a frozen weight, through which gradients go back. In BF16, whose range is that of F32: summed
 * gradients are as large as the number of tokens, and F16 would lose the small ones beside them.
 */
export async function transpose(
  ggml: Ggml,
  backends: Backends,
  { tensor, type, shape }: { tensor: Tensor; type: number; shape: readonly [number, number] },
  copy: Tensor,
): Promise<void> {
  const [inputs, outputs] = shape
  const rowBytes = ggml.ggml_row_size(type, inputs)
  const atOnce = rowsAtOnce(inputs)
  for (let from = 0; from < outputs; from += atOnce) {
    const rows = Math.min(atOnce, outputs - from)
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
