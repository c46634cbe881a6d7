/** An address in the library's memory. */
export type Pointer = bigint

/** Memory that a function reads or writes: an address, or a typed array that lives through the call. */
export type Memory = Pointer | ArrayBufferView | null

/**
 * The letters of a signature: what comes back, a colon, what goes in. P memory (never null when it comes back), N memory that
 * may be null, S text, I a 32-bit integer, L a 64-bit one, Z a size, F a float, B a boolean, V nothing.
 */
export const LETTERS = {
  P: 'void *',
  N: 'void *',
  S: 'const char *',
  I: 'int',
  L: 'int64_t',
  Z: 'size_t',
  F: 'float',
  B: 'bool',
  V: 'void',
} as const

interface Given {
  P: Memory
  N: Memory
  S: string
  I: number
  L: number
  Z: number
  F: number
  B: boolean
}

interface Returned {
  P: Pointer
  N: Pointer | null
  S: string
  I: number
  L: number
  Z: number
  F: number
  B: boolean
  V: undefined
}

type ArgumentsOf<Letters extends string> = Letters extends `${infer First extends keyof Given}${infer Rest}`
  ? [Given[First], ...ArgumentsOf<Rest>]
  : []

type FunctionOf<Signature extends string> =
  Signature extends `${infer Result extends keyof Returned}:${infer Letters}`
    ? (...given: ArgumentsOf<Letters>) => Returned[Result]
    : never

/** The functions that a table of signatures names. */
export type FunctionsOf<Table extends Record<string, string>> = {
  readonly [Name in keyof Table]: FunctionOf<Table[Name]>
}

/** Functions of `libggml-base`: tensors, operations, graphs, schedulers. From `ggml.h` and `ggml-backend.h` of llama.cpp. */
export const BASE = {
  // contexts and tensors
  ggml_free: 'V:P',
  ggml_tensor_overhead: 'Z:',
  ggml_graph_overhead_custom: 'Z:ZB',
  ggml_new_tensor_1d: 'P:PIL',
  ggml_new_tensor_2d: 'P:PILL',
  ggml_dup_tensor: 'P:PP',
  ggml_set_name: 'P:PS',
  ggml_set_param: 'V:P',
  ggml_set_input: 'V:P',
  ggml_set_output: 'V:P',
  ggml_nelements: 'L:P',
  ggml_nbytes: 'Z:P',
  ggml_get_data: 'P:P',
  ggml_row_size: 'Z:IL',
  ggml_blck_size: 'L:I',
  ggml_quantize_chunk: 'Z:IPPLLLP',
  // operations
  ggml_get_rows: 'P:PPP',
  ggml_set_rows: 'P:PPPP',
  ggml_get_rows_back: 'P:PPPP',
  ggml_rms_norm: 'P:PPF',
  ggml_rms_norm_back: 'P:PPPF',
  ggml_mul: 'P:PPP',
  ggml_div: 'P:PPP',
  ggml_add: 'P:PPP',
  ggml_sub: 'P:PPP',
  ggml_add_inplace: 'P:PPP',
  ggml_mul_mat: 'P:PPP',
  ggml_mul_mat_set_prec: 'V:PI',
  ggml_scale: 'P:PPF',
  ggml_scale_bias: 'P:PPFF',
  ggml_sum: 'P:PP',
  ggml_sum_rows: 'P:PP',
  ggml_sqr: 'P:PP',
  ggml_sqrt: 'P:PP',
  ggml_log: 'P:PP',
  ggml_argmax: 'P:PP',
  ggml_tanh: 'P:PP',
  ggml_silu: 'P:PP',
  ggml_silu_back: 'P:PPP',
  ggml_sigmoid: 'P:PP',
  ggml_gelu: 'P:PP',
  ggml_soft_max: 'P:PP',
  ggml_soft_max_ext: 'P:PPNFF',
  ggml_soft_max_ext_back: 'P:PPPFF',
  ggml_rope_ext: 'P:PPPNIIIFFFFFF',
  ggml_rope_ext_back: 'P:PPPNIIIFFFFFF',
  ggml_reshape_2d: 'P:PPLL',
  ggml_reshape_3d: 'P:PPLLL',
  ggml_view_2d: 'P:PPLLZZ',
  ggml_view_3d: 'P:PPLLLZZZ',
  ggml_permute: 'P:PPIIII',
  ggml_concat: 'P:PPPI',
  ggml_transpose: 'P:PP',
  ggml_cont: 'P:PP',
  ggml_cont_2d: 'P:PPLL',
  ggml_cast: 'P:PPI',
  ggml_cpy: 'P:PPP',
  ggml_opt_step_adamw: 'P:PPPPPP',
  // graphs
  ggml_new_graph_custom: 'P:PZB',
  ggml_build_forward_expand: 'V:PP',
  ggml_graph_n_nodes: 'I:P',
  ggml_graph_node: 'P:PI',
  // backends and buffers
  ggml_backend_alloc_ctx_tensors: 'N:PP',
  ggml_backend_alloc_ctx_tensors_from_buft: 'N:PP',
  ggml_backend_tensor_set: 'V:PPZZ',
  ggml_backend_tensor_get: 'V:PPZZ',
  ggml_backend_tensor_memset: 'V:PIZZ',
  ggml_backend_buffer_free: 'V:P',
  ggml_backend_buffer_get_size: 'Z:P',
  ggml_backend_buffer_clear: 'V:PI',
  ggml_backend_get_device: 'P:P',
  ggml_backend_dev_backend_reg: 'P:P',
  ggml_backend_reg_get_proc_address: 'N:PS',
  ggml_backend_dev_type: 'I:P',
  ggml_backend_dev_init: 'N:PS',
  ggml_backend_dev_supports_op: 'B:PP',
  ggml_backend_free: 'V:P',
  ggml_backend_sched_new: 'N:PNIZBB',
  ggml_backend_sched_free: 'V:P',
  ggml_backend_sched_alloc_graph: 'B:PP',
  ggml_backend_sched_graph_compute: 'I:PP',
  ggml_backend_sched_reserve_size: 'V:PPP',
  ggml_backend_sched_get_buffer_size: 'Z:PP',
} as const

/** Functions of `libggml`: which devices there are. */
export const REGISTRY = {
  ggml_backend_load_all_from_path: 'V:S',
  ggml_backend_dev_count: 'Z:',
  ggml_backend_dev_get: 'P:Z',
  ggml_backend_init_by_type: 'N:IP',
} as const

/** How numbers are stored, by the numbers of `ggml_type`. */
export const Type = { F32: 0, F16: 1, I32: 26, I64: 27, BF16: 30 } as const

/** Kinds of devices, by the numbers of `ggml_backend_dev_type`. */
export const DeviceKind = { CPU: 0, GPU: 1, IGPU: 2, ACCEL: 3 } as const
