import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ROOT } from '../root.ts'
import type { Bench, BenchContext, Figure } from './bench.ts'
import { type LlamaPool, withLlamaPool } from './llama-pool.ts'

const MODEL = 'starter'
const STREAMS = 4
const GENERATIONS = 500
const ANSWER_TOKENS = 16
/** The engine tells its memory once a second; collectors need a moment. */
const SETTLE_MS = 4_000

async function generate({ client, edge }: LlamaPool, signal: AbortSignal): Promise<void> {
  const target = { origin: edge.origin, apiKey: edge.apiKey }
  for (let done = 0; done < GENERATIONS; done += STREAMS) {
    const bodies = Array.from({ length: STREAMS }, (_, stream) => ({
      model: MODEL,
      messages: [{ role: 'user' as const, content: `Hello ${done + stream}` }],
      max_tokens: ANSWER_TOKENS,
    }))
    await client.ask('round', { target, bodies }, signal)
  }
}

async function measure(pool: LlamaPool, { note, signal }: BenchContext): Promise<Figure[]> {
  const memory = async () => {
    await sleep(SETTLE_MS, undefined, { signal })
    return pool.node.ask('memoryMiB', undefined, signal)
  }
  const idle = await memory()
  note(`${GENERATIONS} generations`)
  await generate(pool, signal)
  const after = await memory()
  const figure = (name: string, value: number): Figure => ({ name, value, unit: 'MiB' })
  return [
    figure('node when idle', idle.node),
    figure('engine when idle', idle.engine),
    figure(`node after ${GENERATIONS} generations`, after.node),
    figure(`engine after ${GENERATIONS} generations`, after.engine),
  ]
}

/** Resident memory of a node with the model that comes with it. */
export const memory: Bench = {
  name: 'memory',
  summary:
    'resident memory of the node and its engine with the starter model, idle and after 500 generations',
  run: (context) =>
    withLlamaPool(context, { id: MODEL, path: join(ROOT, 'gpu-node', 'models', 'starter.gguf') }, (pool) =>
      measure(pool, context),
    ),
}
