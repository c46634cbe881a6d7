import type { Backends } from '../ggml/backends.ts'
import type { Ggml } from '../ggml/library.ts'
import { openContext } from '../ggml/memory.ts'
import { Type } from '../ggml/signatures.ts'
import type { SupportedDerivatives } from './derivatives.ts'
import { Sheet, type Tensor } from './sheet.ts'

/** The sides of a matrix of numbers, and how many of its rows are taken, when a device is asked what it computes. */
const [ROW, ROWS, TAKEN] = [64, 32, 8]

const ASKED_TENSORS = 16

/** The derivatives that the device says it computes by itself, of numbers that lie in one piece. */
export function supportedDerivatives(ggml: Ggml, { primary }: Backends): SupportedDerivatives {
  const device = ggml.ggml_backend_get_device(primary)
  const context = openContext(ggml, ASKED_TENSORS)
  const sheet = new Sheet(ggml, context)
  const matrix = (rows: number) => ggml.ggml_new_tensor_2d(context, Type.F32, ROW, rows)
  const computes = (operation: Tensor) => ggml.ggml_backend_dev_supports_op(device, operation)
  const [gradient, given] = [matrix(ROWS), matrix(ROWS)]
  const taken = ggml.ggml_new_tensor_1d(context, Type.I32, TAKEN)
  const supported = {
    rmsNorm: computes(sheet.rmsNormBack(gradient, given, 1e-5)),
    softMax: computes(sheet.softMaxBack(gradient, given, 1)),
    silu: computes(sheet.siluBack(gradient, given)),
    rows: computes(sheet.rowsBack(matrix(TAKEN), taken, given)),
  }
  ggml.ggml_free(context)
  return supported
}
