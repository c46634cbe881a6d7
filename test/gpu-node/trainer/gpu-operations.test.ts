import { describe, expect, it } from 'vitest'
import type { Ggml } from '../../../gpu-node/trainer/ggml/library.ts'
import type { TrainerOptions } from '../../../gpu-node/trainer/training/trainer.ts'
import { GPU_BACKENDS, type GpuBackend, type Layout } from './gpu-operations.ts'
import { answering, type GraphNode, watched } from './graph-nodes.ts'
import { ARCHITECTURE_NAMES, type RandomModelOptions } from './random-model.ts'
import { ggml, openTrainer, randomModel, sample } from './training-world.ts'

const LENGTH = 40
const ROOMINESS = { any: 0, rows: 1, whole: 2 } satisfies Record<Layout, number>

const lineOf = ({ operation, type, operands }: GraphNode): string =>
  `${operation} ${type} ← ${operands.map((operand) => `${operand.type} (${operand.layout})`).join(', ')}`

/** Whether a backend computes a node by itself. */
function isSupported({ operations }: GpuBackend, { operation, type, operands }: GraphNode): boolean {
  const rule = operations.get(operation)
  if (rule === undefined || !rule.results.includes(type)) return false
  return operands.every((operand, index) => {
    const isLaidOut = index > 1 || ROOMINESS[operand.layout] >= ROOMINESS[rule.layout]
    return isLaidOut && rule.operands[index]?.includes(operand.type) === true
  })
}

/**
 * Every kind of node in the graphs of a run with these options: of the step forward and back, with few and many rows of loss,
 * of the optimiser, of validation, of the reference without an adapter that preferences (DPO) are measured against, and of
 * the transposed copies. DPO has no graphs of its own: its gradients are those of weights on tokens.
 */
async function nodesOf(
  model: RandomModelOptions,
  options: Partial<TrainerOptions>,
  device: Ggml = ggml,
): Promise<Map<string, GraphNode>> {
  const nodes = new Map<string, GraphNode>()
  const trainer = await openTrainer(await randomModel(model), {
    ...options,
    ggml: watched(device, (node) => nodes.set(lineOf(node), node)),
  })
  await trainer.accumulate([sample(20, 18)], LENGTH)
  await trainer.accumulate([sample(30, 1)], LENGTH, new Float32Array(LENGTH * trainer.places.shape.width))
  await trainer.evaluate([sample(30, 1)], LENGTH)
  await trainer.evaluate([sample(30, 1)], LENGTH, 'plain')
  await trainer.step({ learningRate: 1e-3, upRatio: 1, count: 30, clip: 1 })
  trainer.close()
  return nodes
}

const METHODS: [string, RandomModelOptions['weights'], Partial<TrainerOptions>][] = [
  ['LoRA on F32', 'F32', {}],
  ['QLoRA on Q8_0, layers computed twice', 'Q8_0', { thrift: { keepsTransposed: true, recomputes: true } }],
  ['QLoRA on Q4_0, no copies', 'Q4_0', { thrift: { keepsTransposed: false, recomputes: true } }],
  ['all weights', 'F32', { method: { kind: 'full' } }],
  [
    'all weights, layers computed twice',
    'F32',
    { method: { kind: 'full' }, thrift: { keepsTransposed: false, recomputes: true } },
  ],
]

/** Left to the CPU by ggml's scheduler: the embeddings' rows come more than once, which no forward operation adds up. */
const LEFT_TO_CPU = new Map([['Metal', ['GET_ROWS_BACK f32 ← f32 (whole), i32 (whole)']]])

const CASES = [...GPU_BACKENDS].flatMap(([backendName, backend]) =>
  METHODS.flatMap(([methodName, weights, options]) =>
    ARCHITECTURE_NAMES.map((architecture) => ({
      backendName,
      backend,
      methodName,
      model: { architecture, ...(weights && { weights }) },
      options,
    })),
  ),
)

describe('every node of every graph is one that the backend computes', () => {
  it.each(CASES)('$backendName: $model.architecture, $methodName', async (each) => {
    const { backendName, backend, model, options } = each
    const device = answering(ggml, (node) => isSupported(backend, node))
    const nodes = await nodesOf(model, options, device)
    const refused = [...nodes].filter(([, node]) => !isSupported(backend, node)).map(([line]) => line)
    const isFull = options.method?.kind === 'full'
    expect(refused).toEqual(isFull ? (LEFT_TO_CPU.get(backendName) ?? []) : [])
    const operations = new Set([...nodes.values()].map(({ operation }) => operation))
    expect(operations.has('OUT_PROD')).toBe(false)
    const products = [...nodes.values()].filter(({ operation }) => operation === 'MUL_MAT')
    expect(products.every(({ isPrecise }) => isPrecise)).toBe(true)
    // The walk has seen the way forward, the way back and the optimiser.
    expect([...operations]).toEqual(expect.arrayContaining(['MUL_MAT', 'ROPE_BACK', 'OPT_STEP_ADAMW']))
  })

  it('on a device that has all derivatives, as the CPU says of itself, they are what is computed', async () => {
    const nodes = await nodesOf({ architecture: 'llama' }, {})
    const operations = new Set([...nodes.values()].map(({ operation }) => operation))
    const derivatives = ['RMS_NORM_BACK', 'SOFT_MAX_BACK', 'SILU_BACK', 'GET_ROWS_BACK']
    expect([...operations]).toEqual(expect.arrayContaining(derivatives))
    const bare = await nodesOf(
      { architecture: 'llama' },
      {},
      answering(ggml, () => false),
    )
    const left = new Set([...bare.values()].map(({ operation }) => operation))
    expect(derivatives.filter((operation) => left.has(operation))).toEqual([])
  })

  it('and one that it does not compute is noticed', async () => {
    const metal = GPU_BACKENDS.get('Metal')
    if (metal === undefined) throw new Error('Metal is one of them.')
    const nodes = await nodesOf({ architecture: 'llama' }, {})
    const refused = [...nodes.values()].filter((node) => !isSupported(metal, node))
    expect(new Set(refused.map(({ operation }) => operation))).toEqual(
      new Set(['RMS_NORM_BACK', 'SOFT_MAX_BACK', 'GET_ROWS_BACK']),
    )
  })
})
