import type { Bench, BenchContext, Figure } from './bench.ts'
import type { FloodJob } from './clients/load-client.ts'
import { NULL_MODEL, NULL_TOKEN_TEXT } from './nodes/null-engine.ts'
import { type NullPool, withNullPool } from './nodes/null-pool.ts'
import { median, spreadOf } from './statistics.ts'

const STREAMS = 8
const ANSWER_TOKENS = 1_000
const WARM_UP_SECONDS = 1
const SECONDS = 3
/** Pairs of a short flood of each kind, one after the other: what the machine does besides falls on both, and is in the middle of few. */
const PAIRS = 16
/** Of the chats' tokens a second. */
const TARGET_RATIO = 0.95

type Api = NonNullable<FloodJob['api']>

async function flood({ edge, client }: NullPool, api: Api, { signal, note }: BenchContext): Promise<number> {
  note(`${STREAMS} streams of ${api} for ${WARM_UP_SECONDS + SECONDS} seconds`)
  const { tokensPerSecond } = await client.ask(
    'flood',
    {
      api,
      target: { origin: edge.origin, apiKey: edge.apiKey },
      body: { model: NULL_MODEL.id, messages: [{ role: 'user', content: 'Go' }], max_tokens: ANSWER_TOKENS },
      streams: STREAMS,
      warmUpSeconds: WARM_UP_SECONDS,
      seconds: SECONDS,
      tokenText: NULL_TOKEN_TEXT,
    },
    signal,
  )
  return tokensPerSecond.reduce((sum, tokens) => sum + tokens, 0) / tokensPerSecond.length
}

const figure = (name: string, values: readonly number[]): Figure => ({
  name,
  value: median(values),
  unit: 'tokens/s',
  spread: spreadOf(values),
})

/** How fast responses, which are kept, stream beside chats, which are not. */
export const responses: Bench = {
  name: 'responses',
  summary:
    'tokens a second of /v1/responses beside /v1/chat/completions, an engine that computes nothing, 8 streams',
  run: (context) =>
    withNullPool(context, {}, async (pool) => {
      const [chats, answered, ratios]: [number[], number[], number[]] = [[], [], []]
      for (let pair = 0; pair < PAIRS; pair += 1) {
        const speed = { chat: 0, responses: 0 }
        const order: Api[] = pair % 2 === 0 ? ['chat', 'responses'] : ['responses', 'chat']
        for (const api of order) speed[api] = await flood(pool, api, context)
        chats.push(speed.chat)
        answered.push(speed.responses)
        ratios.push(speed.responses / speed.chat)
      }
      return [
        figure('chats', chats),
        figure('responses', answered),
        {
          name: 'responses to chats',
          value: median(ratios),
          unit: '',
          spread: spreadOf(ratios),
          target: { atLeast: TARGET_RATIO },
        },
      ]
    }),
}
