import type { Bench, BenchContext, Figure } from './bench.ts'
import { NULL_MODEL } from './nodes/null-engine.ts'
import { type NullPool, withNullPool } from './nodes/null-pool.ts'
import { median, spreadOf } from './statistics.ts'

/** As the engine scripts it: so many calls of a tool, then the answer. */
const STEPS = 6
const MEASUREMENTS = 15
const WARM_UPS = 3
const MAX_STEP_MS = 15

const PARALLEL_RUNS = 10
/** As a GPU of 10 ms a step. */
const STEPS_PER_SECOND = 100
const ANSWER_TOKENS = 400
const PAIRS = 3
const LEAST_RATIO = 0.9

/** How a question is asked: of an agent with `STEPS` steps, or of the model alone. */
type Way = 'agent' | 'chat'

interface Target {
  origin: string
  headers: Record<string, string>
  signal: AbortSignal
}

/** The development account, with limits that no bench reaches. */
async function loggedIn({ edge }: NullPool, { signal }: BenchContext): Promise<Target> {
  const post = (path: string, body: object, headers: Record<string, string> = {}) =>
    fetch(edge.origin + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      signal,
    })
  const login = await post('/agentic/api/auth/login', { username: 'admin', password: 'administrator' })
  const { access_token: token } = (await login.json()) as { access_token: string } // as its contract says
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const limits = { rate_limits: { requests_per_minute: 100_000, tokens_per_day: 100_000_000 } }
  const configured = await post('/rajora/api/admin/config', limits, headers)
  if (!configured.ok) throw new Error(`The limits were not set: ${configured.status}`)
  return { origin: edge.origin, headers, signal }
}

interface Answered {
  usage: { completion_tokens: number }
  x_agent?: { steps: { ms?: number }[] }
}

/** Asks once, and says how long that took. */
async function ask({ origin, headers, signal }: Target, way: Way, tokens: number) {
  const startedAt = performance.now()
  const response = await fetch(`${origin}/v1/chat/completions`, {
    method: 'POST',
    headers,
    body: JSON.stringify({
      model: NULL_MODEL.id,
      messages: [{ role: 'user', content: 'Hello' }],
      max_tokens: tokens,
      ...(way === 'agent' ? { agent_type: 'react' } : {}),
    }),
    signal,
  })
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  const answered = JSON.parse(text) as Answered // as its contract says
  const steps = answered.x_agent?.steps ?? []
  if (way === 'agent' && steps.length !== STEPS) throw new Error(`A run had ${steps.length} steps.`)
  return {
    ms: performance.now() - startedAt,
    toolMs: steps.reduce((sum, { ms = 0 }) => sum + ms, 0),
    tokens: answered.usage.completion_tokens,
  }
}

/** Of one run after the other: what a step takes beside the model, which computes nothing, and its tool. */
async function stepFigures(target: Target): Promise<Figure[]> {
  const [chats, steps]: [number[], number[]] = [[], []]
  for (let number = -WARM_UPS; number < MEASUREMENTS; number += 1) {
    const chat = await ask(target, 'chat', 1)
    const run = await ask(target, 'agent', 1)
    if (number < 0) continue
    chats.push(chat.ms)
    steps.push((run.ms - run.toolMs - chat.ms) / STEPS)
  }
  const figure = (name: string, values: readonly number[]) => ({
    name,
    value: median(values),
    unit: 'ms',
    spread: spreadOf(values),
  })
  return [
    figure('a plain chat', chats),
    { ...figure('a step beyond model and tool', steps), target: { atMost: MAX_STEP_MS } },
  ]
}

/** Tokens a second of questions that are asked together. */
async function together(target: Target, way: Way): Promise<number> {
  const startedAt = performance.now()
  const all = await Promise.all(Array.from({ length: PARALLEL_RUNS }, () => ask(target, way, ANSWER_TOKENS)))
  const tokens = all.reduce((sum, one) => sum + one.tokens, 0)
  return (tokens / (performance.now() - startedAt)) * 1_000
}

async function parallelFigures(target: Target): Promise<Figure[]> {
  const speeds: Record<Way, number[]> = { agent: [], chat: [] }
  await Promise.all([ask(target, 'chat', 1), ask(target, 'agent', 1)])
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const order: Way[] = pair % 2 === 0 ? ['chat', 'agent'] : ['agent', 'chat']
    for (const way of order) speeds[way].push(await together(target, way))
  }
  const ratios = speeds.agent.map((speed, pair) => speed / (speeds.chat[pair] ?? 0))
  const figure = (name: string, values: readonly number[]) => ({
    name,
    value: median(values),
    unit: 'tokens/s',
    spread: spreadOf(values),
  })
  return [
    figure(`${PARALLEL_RUNS} chats together`, speeds.chat),
    figure(`${PARALLEL_RUNS} runs of ${STEPS} steps together`, speeds.agent),
    {
      name: 'runs ÷ chats',
      value: median(ratios),
      unit: '',
      spread: spreadOf(ratios),
      target: { atLeast: LEAST_RATIO },
    },
  ]
}

/** The cost of agents beside their models and tools. */
export const agents: Bench = {
  name: 'agents',
  summary: 'a step of an agent beyond model and tool, and ten runs together beside ten chats',
  async run(context) {
    context.note(`runs of ${STEPS} steps, one after the other`)
    const steps = await withNullPool(context, {}, async (pool) => stepFigures(await loggedIn(pool, context)))
    context.note(`${PARALLEL_RUNS} runs together, ${STEPS_PER_SECOND} engine steps a second`)
    // A slot is free again a moment after its call has ended.
    const pace = { stepsPerSecond: STEPS_PER_SECOND, slots: 2 * PARALLEL_RUNS }
    const runs = await withNullPool(context, pace, async (pool) =>
      parallelFigures(await loggedIn(pool, context)),
    )
    return [...steps, ...runs]
  },
}
