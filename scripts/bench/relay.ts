import type { Bench, BenchContext, Figure } from './bench.ts'
import type { FloodResult } from './clients/load-client.ts'
import { NULL_MODEL, NULL_TOKEN_TEXT } from './nodes/null-engine.ts'
import { type NullPool, withNullPool } from './nodes/null-pool.ts'
import { median, spreadOf } from './statistics.ts'
import { workerdCpuMs } from './workerd-cpu.ts'

const TARGET_TOKENS_PER_SECOND = 15_000
const STREAMS = 8
const WARM_UP_SECONDS = 4
const SECONDS = 16
/**
 * Of one answer. Sockets take megabytes in before they say stop, so what really holds an engine without limits back is
 * that a stream asks again only when it has read its answer: 8,000 tokens are under way at most.
 */
const ANSWER_TOKENS = 1_000
/** An engine with a speed holds itself back, so its answers can be long: streams that wait for a next one make it slower. */
const STEADY_ANSWER_TOKENS = 7_500
/** Answers come in waves: seconds are put together until waves no longer show. */
const SECONDS_OF_A_SAMPLE = 4

const MICROSECONDS = 1_000

interface Flooded extends FloodResult {
  nodeCpuMs: number
  workerdCpuMs: number[]
}

async function floodPool(
  { edge, client, node }: NullPool,
  answerTokens: number,
  { signal, note }: BenchContext,
): Promise<Flooded> {
  note(`${STREAMS} streams for ${WARM_UP_SECONDS + SECONDS} seconds`)
  const [nodeBefore, workerdBefore] = [await node.ask('cpuMs', undefined, signal), await workerdCpuMs()]
  const result = await client.ask(
    'flood',
    {
      target: { origin: edge.origin, apiKey: edge.apiKey },
      body: { model: NULL_MODEL.id, messages: [{ role: 'user', content: 'Go' }], max_tokens: answerTokens },
      streams: STREAMS,
      warmUpSeconds: WARM_UP_SECONDS,
      seconds: SECONDS,
      tokenText: NULL_TOKEN_TEXT,
    },
    signal,
  )
  const workerdAfter = await workerdCpuMs()
  return {
    ...result,
    nodeCpuMs: (await node.ask('cpuMs', undefined, signal)) - nodeBefore,
    workerdCpuMs: workerdAfter.map((after, index) => after - (workerdBefore[index] ?? 0)),
  }
}

/** Means over a few seconds each. */
function samplesOf(perSecond: readonly number[]): number[] {
  const count = Math.floor(perSecond.length / SECONDS_OF_A_SAMPLE)
  return Array.from({ length: count }, (_, index) => {
    const part = perSecond.slice(index * SECONDS_OF_A_SAMPLE, (index + 1) * SECONDS_OF_A_SAMPLE)
    return part.reduce((sum, value) => sum + value, 0) / part.length
  })
}

function speed(name: string, { tokensPerSecond }: FloodResult, atLeast?: number): Figure {
  const samples = samplesOf(tokensPerSecond)
  return {
    name,
    value: median(samples),
    unit: 'tokens/s',
    spread: spreadOf(samples),
    ...(atLeast !== undefined && { target: { atLeast } }),
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** More than one token an event would mean that the link or the edge had joined deltas. */
const tokensOfAnEvent = (flooded: FloodResult): Figure => ({
  name: 'tokens of one event',
  value: sum(flooded.tokensPerSecond) / sum(flooded.eventsPerSecond),
  unit: '',
})

/** Where the time of one token goes. */
function costs({ tokens, cpuMs, nodeCpuMs, workerdCpuMs: workerd }: Flooded): Figure[] {
  const cost = (name: string, ms: number): Figure => ({
    name: `CPU of one token: ${name}`,
    value: (ms / tokens) * MICROSECONDS,
    unit: 'µs',
  })
  return [
    ...workerd.map((ms, index) => cost(`workerd ${index + 1} of ${workerd.length}`, ms)),
    cost('node', nodeCpuMs),
    cost('client', cpuMs),
  ]
}

/** How many tokens a second get from a node through the edge to clients. */
export const relay: Bench = {
  name: 'relay',
  summary: 'tokens a second through a local edge with an engine that computes nothing, 8 streams',
  async run(context) {
    const full = await withNullPool(context, {}, (pool) => floodPool(pool, ANSWER_TOKENS, context))
    const stepsPerSecond = TARGET_TOKENS_PER_SECOND / STREAMS
    const steady = await withNullPool(context, { stepsPerSecond }, (pool) =>
      floodPool(pool, STEADY_ANSWER_TOKENS, context),
    )
    return [
      speed('as fast as it goes', full, TARGET_TOKENS_PER_SECOND),
      tokensOfAnEvent(full),
      ...costs(full),
      speed(`an engine of ${TARGET_TOKENS_PER_SECOND.toLocaleString('en')} tokens/s`, steady),
      { name: 'its time between tokens of a stream, p99', value: steady.gaps.longOfAHundred, unit: 'ms' },
      { name: 'its time between tokens of a stream, longest', value: steady.gaps.longest, unit: 'ms' },
    ]
  },
}
