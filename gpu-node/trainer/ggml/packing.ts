import koffi from 'koffi'
import type { Backends } from './backends.ts'
import type { Ggml } from './library.ts'
import { openContext, type Store } from './memory.ts'
import { type Pointer, Type } from './signatures.ts'

/** A matrix in the form that a device multiplies with fastest. It must be written whole, and nothing else can be done with it. */
export interface Packed extends Store {
  tensor: Pointer
}

/** Rows that are multiplied with when a device is asked whether it can: more than one, as in training. */
const ASKED_ROWS = 32

const POINTER_BYTES = 8

/**
 * Kinds of memory in which the CPU keeps matrices as its fastest instructions want them: tiles for AMX, interleaved rows for
 * others. In the order in which llama.cpp tries them; none on devices that have none.
 */
export function packedKinds(ggml: Ggml, { all, cpu }: Backends): Pointer[] {
  if (all.length > 1) return [] // the GPU has the weights
  const device = ggml.ggml_backend_get_device(cpu)
  const registry = ggml.ggml_backend_dev_backend_reg(device)
  const address = ggml.ggml_backend_reg_get_proc_address(registry, 'ggml_backend_dev_get_extra_bufts')
  if (address === null) return []
  const list: Pointer | null = koffi.decode(address, koffi.proto('void *', ['void *']))(device)
  return list === null ? [] : pointersAt(list)
}

/** A list of pointers that ends with a null. */
function pointersAt(list: Pointer): Pointer[] {
  const pointers: Pointer[] = []
  for (let at = 0; ; at += POINTER_BYTES) {
    const pointer = BigInt(koffi.decode(list, at, 'uint64_t'))
    if (pointer === 0n) return pointers
    pointers.push(pointer)
  }
}

/** Memory for a matrix in the first of these kinds in which the CPU multiplies with it; undefined where in none. */
export function allocatePacked(
  ggml: Ggml,
  { cpu }: Backends,
  kinds: readonly Pointer[],
  { type, shape: [inputs, outputs] }: { type: number; shape: readonly [number, number] },
): Packed | undefined {
  const device = ggml.ggml_backend_get_device(cpu)
  for (const kind of kinds) {
    const context = openContext(ggml, 1)
    const tensor = ggml.ggml_new_tensor_2d(context, type, inputs, outputs)
    const buffer = ggml.ggml_backend_alloc_ctx_tensors_from_buft(context, kind)
    const asked = openContext(ggml, 2)
    const given = ggml.ggml_new_tensor_2d(asked, Type.F32, inputs, ASKED_ROWS)
    const isSupported =
      buffer !== null && ggml.ggml_backend_dev_supports_op(device, ggml.ggml_mul_mat(asked, tensor, given))
    ggml.ggml_free(asked)
    const close = () => {
      if (buffer !== null) ggml.ggml_backend_buffer_free(buffer)
      ggml.ggml_free(context)
    }
    if (buffer !== null && isSupported)
      return { context, tensor, bytes: ggml.ggml_backend_buffer_get_size(buffer), close }
    close()
  }
  return undefined
}
