/** How the numbers of an operand must lie: anyhow, each row in one piece, or the whole in one piece. */
export type Layout = 'any' | 'rows' | 'whole'

/** The operands that a backend takes for one operation: the types of each operand, those of the result, and how the first two lie. */
export interface OperationRule {
  operands: readonly (readonly string[])[]
  results: readonly string[]
  layout: Layout
}

export interface GpuBackend {
  operations: ReadonlyMap<string, OperationRule>
}

const F = ['f32'] as const
const I = ['i32'] as const
const WEIGHTS = ['f32', 'f16', 'bf16', 'q4_0', 'q8_0'] as const

const rule = (layout: Layout, ...operands: (readonly string[])[]): OperationRule => ({
  operands,
  results: F,
  layout,
})

const each = (names: readonly string[], value: OperationRule): [string, OperationRule][] =>
  names.map((name) => [name, value])

/** Moves nothing: the same memory in another shape. */
const VIEWS = each(['NONE', 'RESHAPE', 'VIEW', 'PERMUTE', 'TRANSPOSE'], {
  operands: [WEIGHTS],
  results: WEIGHTS,
  layout: 'any',
})

const COMMON: [string, OperationRule][] = [
  ...VIEWS,
  ...each(['ADD', 'SUB', 'MUL', 'DIV'], rule('rows', F, F)),
  ...each(['SCALE', 'SQR', 'SQRT', 'LOG', 'SUM_ROWS', 'RMS_NORM'], rule('rows', F)),
  // CUDA takes these, and Metal takes SUM, in one piece alone.
  ...each(['TANH', 'SIGMOID', 'GELU', 'SILU', 'SUM'], rule('whole', F)),
  ['MUL_MAT', rule('rows', WEIGHTS, F)],
  ['SOFT_MAX', rule('rows', F, F)],
  ['ROPE', rule('rows', F, I, F)],
  ['GET_ROWS', rule('any', WEIGHTS, I)],
  ['SET_ROWS', rule('any', F, I, F)],
  ['CONCAT', rule('any', F, F)],
  ['CONT', rule('any', F)],
  ['CPY', { operands: [WEIGHTS, ['f32', 'bf16']], results: ['f32', 'bf16'], layout: 'any' }],
  ['ARGMAX', { operands: [F], results: I, layout: 'any' }],
  ['OPT_STEP_ADAMW', rule('whole', F, F, F, F, F)],
]

const ROPE_BACK: [string, OperationRule] = ['ROPE_BACK', rule('rows', F, I, F)]
const SILU_BACK: [string, OperationRule] = ['SILU_BACK', rule('whole', F, F)]

const withAllBack = (): GpuBackend => ({
  operations: new Map([
    ...COMMON,
    ROPE_BACK,
    SILU_BACK,
    ['RMS_NORM_BACK', rule('whole', F, F)],
    ['SOFT_MAX_BACK', rule('any', F, F)],
    ['GET_ROWS_BACK', rule('any', F, I)],
  ]),
})

/**
 * Operations that the GPU backends of llama.cpp v0.5.0 support, of those a trainer may ask for, by name, types and layout. Read from the
 * sources that node-llama-cpp ships (its `llama/gitRelease.bundle`): `ggml_backend_cuda_device_supports_op` in ggml-cuda.cu,
 * `ggml_backend_vk_device_supports_op` in ggml-vulkan.cpp, `ggml_metal_device_supports_op` in ggml-metal-device.m, with
 * simdgroup reductions and bfloat there. Where they differ `COMMON` has the strictest; it lists the types that the tests'
 * models come in, and backends take more of them. Outer products are left out on purpose: CUDA and Vulkan take them of F32.
 */
export const GPU_BACKENDS: ReadonlyMap<string, GpuBackend> = new Map([
  ['CUDA', withAllBack()],
  ['Vulkan', withAllBack()],
  [
    'Metal',
    {
      operations: new Map([...COMMON, ROPE_BACK, SILU_BACK]),
    },
  ],
])
