import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import koffi from 'koffi'
import { libraryFolder } from '../../../gpu-node/trainer/ggml/folder.ts'
import type { Ggml } from '../../../gpu-node/trainer/ggml/library.ts'
import type { Pointer } from '../../../gpu-node/trainer/ggml/signatures.ts'
import type { Layout } from './gpu-operations.ts'

/** A node's operand. */
export interface Operand {
  type: string
  layout: Layout
}

/** One node of a graph. */
export interface GraphNode {
  /** ggml's name of the operation; of those on single numbers, which one. */
  operation: string
  type: string
  operands: Operand[]
  /** Of a product: a GPU sums it in 32 bits. */
  isPrecise: boolean
}

/** Where `op_params` lies in `struct ggml_tensor`, in bytes: of a product the first is its precision. */
const PARAMETERS_OFFSET = 84
/** `GGML_PREC_F32`. */
const PRECISE = 10

/** Where `src` lies in `struct ggml_tensor`, in bytes. */
const SOURCES_OFFSET = 152
const MOST_SOURCES = 10

const folder = (await libraryFolder('cpu')) ?? ''
const file = readdirSync(folder).find((name) => /^(lib)?ggml-base\.(so|dylib|dll)$/.test(name)) ?? ''
const library = koffi.load(join(folder, file))
const nameOf = library.func('ggml_op_desc', 'str', ['void *'])
const nameOfType = library.func('ggml_type_name', 'str', ['int'])
const isContiguous = library.func('ggml_is_contiguous', 'bool', ['void *'])
const hasWholeRows = library.func('ggml_is_contiguous_rows', 'bool', ['void *'])

const typeOf = (tensor: Pointer): string => nameOfType(koffi.decode(tensor, 0, 'int32_t'))

const layoutOf = (tensor: Pointer): Layout =>
  isContiguous(tensor) ? 'whole' : hasWholeRows(tensor) ? 'rows' : 'any'

function read(tensor: Pointer): GraphNode {
  const sources: bigint[] = Array.from<bigint | number, bigint>(
    koffi.decode(tensor, SOURCES_OFFSET, 'uint64_t', MOST_SOURCES),
    BigInt,
  )
  return {
    operation: nameOf(tensor),
    type: typeOf(tensor),
    isPrecise: koffi.decode(tensor, PARAMETERS_OFFSET, 'int32_t') === PRECISE,
    operands: sources
      .filter((source) => source !== 0n)
      .map((source) => ({ type: typeOf(source), layout: layoutOf(source) })),
  }
}

/** A ggml whose device says of derivatives what `isSupported` does. */
export function answering(ggml: Ggml, isSupported: (node: GraphNode) => boolean): Ggml {
  return {
    ...ggml,
    ggml_backend_dev_supports_op(device, operation) {
      if (typeof operation !== 'bigint') return false
      const node = read(operation)
      return node.operation.endsWith('_BACK')
        ? isSupported(node)
        : ggml.ggml_backend_dev_supports_op(device, operation)
    },
  }
}

/** A ggml that tells every node of every graph that is given memory, whoever draws it. */
export function watched(ggml: Ggml, tell: (node: GraphNode) => void): Ggml {
  return {
    ...ggml,
    ggml_backend_sched_alloc_graph(scheduler, graph) {
      const count = ggml.ggml_graph_n_nodes(graph)
      for (let index = 0; index < count; index += 1) tell(read(ggml.ggml_graph_node(graph, index)))
      return ggml.ggml_backend_sched_alloc_graph(scheduler, graph)
    },
  }
}
