import type { Bench, BenchContext, Figure } from './bench.ts'
import { NULL_MODEL } from './nodes/null-engine.ts'
import { type NullPool, withNullPool } from './nodes/null-pool.ts'
import { percentile } from './statistics.ts'

const WARM_UPS = 150
const REQUESTS = 1_000
const ANSWER_TOKENS = 8

/** Longer than anything is cached in an isolate: each request finds accounts and directory as on a quiet edge. */
const RARE_PAUSE_MS = 1_300
const RARE_REQUESTS = 25

async function firstMs(
  { edge, client }: NullPool,
  { requests, warmUps, pauseMs }: { requests: number; warmUps: number; pauseMs: number },
  { signal, note }: BenchContext,
): Promise<number[]> {
  note(`${requests} requests one by one${pauseMs > 0 ? ` with ${pauseMs} ms between` : ''}`)
  const outcomes = await client.ask(
    'sequence',
    {
      target: { origin: edge.origin, apiKey: edge.apiKey },
      body: { model: NULL_MODEL.id, messages: [{ role: 'user', content: 'Go' }], max_tokens: ANSWER_TOKENS },
      warmUps,
      requests,
      pauseMs,
    },
    signal,
  )
  return outcomes.map((outcome) => outcome.firstMs)
}

/** The bench of the time that edge and link add before the first token: the engine answers at once, so all of it is theirs. */
export const firstToken: Bench = {
  name: 'first-token',
  summary: 'milliseconds that edge and link add before the first token, 1 stream',
  run: (context) =>
    withNullPool(context, {}, async (pool): Promise<Figure[]> => {
      const busy = await firstMs(pool, { requests: REQUESTS, warmUps: WARM_UPS, pauseMs: 0 }, context)
      const rare = await firstMs(
        pool,
        { requests: RARE_REQUESTS, warmUps: 1, pauseMs: RARE_PAUSE_MS },
        context,
      )
      return [
        { name: 'p50', value: percentile(busy, 0.5), unit: 'ms', target: { atMost: 10 } },
        { name: 'p99', value: percentile(busy, 0.99), unit: 'ms', target: { atMost: 40 } },
        { name: 'longest', value: percentile(busy, 1), unit: 'ms' },
        { name: 'p50 when nothing is cached', value: percentile(rare, 0.5), unit: 'ms' },
        { name: 'longest when nothing is cached', value: percentile(rare, 1), unit: 'ms' },
      ]
    }),
}
