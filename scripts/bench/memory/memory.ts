import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ROOT } from '../../root.ts'
import type { Bench, BenchContext, Figure } from '../bench.ts'
import { HelperProcess } from '../helper-process.ts'
import { type LlamaPool, withLlamaPool } from '../nodes/llama-pool.ts'
import type { MemoryClientApi, MemoryResult } from './client.ts'
import { readOwnMiB, sumOf } from './reading.ts'
import { trendOf } from './trend.ts'

const MODEL = 'starter'
/** Twice as many as the node has slots: half of them wait. */
const STREAMS = 8
const GENERATIONS = 2_000
/** After as many, caches are full and compilers have settled. */
const WARM_UP = 500
/** Memory is read after each as many. */
const INTERVAL = 100
const ANNOUNCED = 500
/** The engine tells its memory once a second, the node passes it on once a second, the edge reports once a second. */
const SETTLE_MS = 2_500

/** MiB in 1,000 generations: less than a KiB for each is what allocators still settle by; it ends after some thousands. */
const MOST_GROWTH = 1

interface Reading {
  generations: number
  node: number
  engine: number
}

/** The processes' own memory after a collection; all that is resident where the system tells no more. */
async function readMemory({ node }: LlamaPool, signal: AbortSignal): Promise<Omit<Reading, 'generations'>> {
  const pids = await node.ask('collect', undefined, signal)
  await sleep(SETTLE_MS, undefined, { signal })
  const own = { node: await readOwnMiB(pids.node), engine: await readOwnMiB(pids.engine) }
  const resident = await node.ask('memoryMiB', undefined, signal)
  return { node: own.node ?? resident.node, engine: own.engine ?? resident.engine }
}

async function edgeMetrics({ edge }: LlamaPool, signal: AbortSignal): Promise<string> {
  const headers = { authorization: `Bearer ${edge.apiKey}` }
  const response = await fetch(`${edge.origin}/v1/metrics`, { headers, signal })
  if (!response.ok) throw new Error(`The edge's metrics: ${response.status}`)
  return response.text()
}

async function generate(
  pool: LlamaPool,
  client: HelperProcess<MemoryClientApi>,
  { note, signal }: BenchContext,
): Promise<{ readings: Reading[]; total: MemoryResult }> {
  const target = { origin: pool.edge.origin, apiKey: pool.edge.apiKey }
  const read = async (generations: number): Promise<Reading> => {
    const reading = { generations, ...(await readMemory(pool, signal)) }
    if (generations % ANNOUNCED === 0) {
      note(
        `after ${generations}: node ${Math.round(reading.node)} MiB, engine ${Math.round(reading.engine)} MiB`,
      )
    }
    return reading
  }
  const readings = [await read(0)]
  const total: MemoryResult = { answered: 0, cancelled: 0 }
  for (let from = 0; from < GENERATIONS; from += INTERVAL) {
    const job = { target, model: MODEL, from, calls: INTERVAL, streams: STREAMS }
    const { answered, cancelled } = await client.ask('runAll', job, signal)
    total.answered += answered
    total.cancelled += cancelled
    readings.push(await read(from + INTERVAL))
  }
  return { readings, total }
}

function growth(what: 'node' | 'engine', readings: readonly Reading[]): Figure {
  const after = readings.filter(({ generations }) => generations >= WARM_UP)
  const { slope, spread } = trendOf(after.map((reading) => [reading.generations / 1_000, reading[what]]))
  return {
    name: `${what}: growth in 1,000 generations`,
    value: slope,
    unit: 'MiB',
    spread,
    target: { atMost: MOST_GROWTH },
  }
}

async function measure(pool: LlamaPool, context: BenchContext): Promise<Figure[]> {
  const client = new HelperProcess<MemoryClientApi>({
    file: new URL('./client.ts', import.meta.url),
    profileDir: context.profileDir,
  })
  try {
    const { readings, total } = await generate(pool, client, context)
    const metrics = await edgeMetrics(pool, context.signal)
    const none = { atMost: 0 }
    const figure = (name: string, value: number, unit: string): Figure => ({ name, value, unit })
    return [
      ...readings
        .filter(({ generations }) => generations % ANNOUNCED === 0)
        .flatMap(({ generations, node, engine }) => [
          figure(`node after ${generations}`, node, 'MiB'),
          figure(`engine after ${generations}`, engine, 'MiB'),
        ]),
      growth('node', readings),
      growth('engine', readings),
      figure('answers read to the end', total.answered, ''),
      figure('answers left before', total.cancelled, ''),
      figure('edge: calls cancelled on the node', sumOf(metrics, 'switchyard_cancelled_total'), ''),
      { ...figure('edge: calls left open', sumOf(metrics, 'switchyard_open_calls'), ''), target: none },
      { ...figure('edge: slots left busy', sumOf(metrics, 'switchyard_slots_busy'), ''), target: none },
      { ...figure('edge: calls left waiting', sumOf(metrics, 'switchyard_queue_length'), ''), target: none },
    ]
  } finally {
    await client.stop()
  }
}

/** Whether a node grows, and what the edge keeps, over generations of which some are cancelled. */
export const memory: Bench = {
  name: 'memory',
  summary: `growth of the node and its engine over ${GENERATIONS.toLocaleString('en')} generations, a tenth cancelled; what the edge keeps`,
  run: (context) =>
    withLlamaPool(context, { id: MODEL, path: join(ROOT, 'gpu-node', 'models', 'starter.gguf') }, (pool) =>
      measure(pool, context),
    ),
}
