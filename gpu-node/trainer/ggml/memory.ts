import type { Ggml } from './library.ts'
import type { Memory, Pointer } from './signatures.ts'

/** The machine, or its GPU, has less memory left than was asked for. */
export class ShortOfMemory extends Error {}

/** A context and the tensors in it, all with memory of one device. */
export interface Store {
  readonly context: Pointer
  readonly bytes: number
  close(): void
}

/** A context for so many tensors and graphs with so many nodes in all, without memory for data. */
export function openContext(ggml: Ggml, tensors: number, graphNodes: readonly number[] = []): Pointer {
  const graphs = graphNodes.map((nodes) => ggml.ggml_graph_overhead_custom(nodes, false))
  const bytes = graphs.reduce((sum, graph) => sum + graph, tensors * ggml.ggml_tensor_overhead())
  const context = ggml.openContext(bytes)
  if (context === null) throw new ShortOfMemory('There is not enough memory for the description of a graph.')
  return context
}

/** Gives every tensor of `context` memory on `backend`, filled with zeros. */
export function allocate(ggml: Ggml, context: Pointer, backend: Pointer): Store {
  const buffer = ggml.ggml_backend_alloc_ctx_tensors(context, backend)
  if (buffer === null) throw new ShortOfMemory('There is not enough memory for the tensors.')
  ggml.ggml_backend_buffer_clear(buffer, 0)
  return {
    context,
    bytes: ggml.ggml_backend_buffer_get_size(buffer),
    close() {
      ggml.ggml_backend_buffer_free(buffer)
      ggml.ggml_free(context)
    },
  }
}

/** Copies `data` into a tensor, `offset` bytes behind its beginning. */
export function write(ggml: Ggml, tensor: Pointer, data: ArrayBufferView, offset = 0): void {
  if (offset + data.byteLength > ggml.ggml_nbytes(tensor))
    throw new RangeError('A tensor is smaller than what was to be written.')
  const memory: Memory = data
  ggml.ggml_backend_tensor_set(tensor, memory, offset, data.byteLength)
}

/** The numbers of a tensor of F32. */
export function readFloats(ggml: Ggml, tensor: Pointer): Float32Array {
  const numbers = new Float32Array(ggml.ggml_nelements(tensor))
  ggml.ggml_backend_tensor_get(tensor, numbers, 0, numbers.byteLength)
  return numbers
}

/** Reads tensors of F32 one after the other into the same memory: what was read is good until the next one is. */
export function floatReader(ggml: Ggml): (tensor: Pointer) => Float32Array {
  let memory = new Float32Array()
  return (tensor) => {
    const count = ggml.ggml_nelements(tensor)
    if (count > memory.length) memory = new Float32Array(count)
    const numbers = memory.subarray(0, count)
    ggml.ggml_backend_tensor_get(tensor, numbers, 0, numbers.byteLength)
    return numbers
  }
}

/** The numbers of a tensor of I32. */
export function readIntegers(ggml: Ggml, tensor: Pointer): Int32Array {
  const numbers = new Int32Array(ggml.ggml_nelements(tensor))
  ggml.ggml_backend_tensor_get(tensor, numbers, 0, numbers.byteLength)
  return numbers
}
