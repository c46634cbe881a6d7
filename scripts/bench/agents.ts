import type { GenerationRequest } from '../../shared/generation.ts'
import type { Bench, BenchContext, Figure } from './bench.ts'
import { NULL_MODEL } from './nodes/null-engine.ts'
import { type NullPool, withNullPool } from './nodes/null-pool.ts'
import { median, spreadOf } from './statistics.ts'
import { workerdCpuMs } from './workerd-cpu.ts'

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

/** A body of `/v1/chat/completions`. */
type ChatBody = Record<string, unknown>

const question = (way: Way, tokens: number): ChatBody => ({
  model: NULL_MODEL.id,
  messages: [{ role: 'user', content: 'Hello' }],
  max_tokens: tokens,
  ...(way === 'agent' ? { agent_type: 'react' } : {}),
})

/** The chat in which a client would ask for what a run has asked its model for. */
const chatOf = ({ prompt, maxTokens, format }: GenerationRequest): ChatBody => ({
  model: NULL_MODEL.id,
  messages: prompt.kind === 'chat' ? prompt.messages.map(({ role, content }) => ({ role, content })) : [],
  max_tokens: maxTokens,
  ...(typeof format === 'object' && {
    response_format: { type: 'json_schema', json_schema: { name: 'step', schema: format.schema } },
  }),
})

/** Asks once, and says how long that took. */
async function ask({ origin, headers, signal }: Target, body: ChatBody) {
  const startedAt = performance.now()
  const response = await fetch(`${origin}/v1/chat/completions`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
    signal,
  })
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  const answered = JSON.parse(text) as Answered // as its contract says
  const steps = answered.x_agent?.steps ?? []
  if (body.agent_type !== undefined && steps.length !== STEPS)
    throw new Error(`A run had ${steps.length} steps.`)
  return {
    ms: performance.now() - startedAt,
    toolMs: steps.reduce((sum, { ms = 0 }) => sum + ms, 0),
    tokens: answered.usage.completion_tokens,
  }
}

const edgeCpuMs = async () => (await workerdCpuMs()).reduce((sum, ms) => sum + ms, 0)

/** One run, or the chats that ask its model for the same, one after the other. */
async function timed(work: () => Promise<{ ms: number; toolMs: number }[]>) {
  const before = await edgeCpuMs()
  const all = await work()
  const sumOf = (of: 'ms' | 'toolMs') => all.reduce((sum, one) => sum + one[of], 0)
  return { ms: sumOf('ms'), toolMs: sumOf('toolMs'), cpuMs: (await edgeCpuMs()) - before }
}

/** Of one run after the other: what a step takes beside its tool and the way to the model, which is that of a chat. */
async function stepFigures(pool: NullPool, context: BenchContext): Promise<Figure[]> {
  const target = await loggedIn(pool, context)
  await pool.node.ask('requests', undefined, context.signal)
  await ask(target, question('agent', 1))
  const chats = (await pool.node.ask('requests', undefined, context.signal)).map(chatOf)
  context.note(`a run asks its model ${chats.length} times`)
  const measured: { run: Awaited<ReturnType<typeof timed>>; chats: Awaited<ReturnType<typeof timed>> }[] = []
  for (let number = -WARM_UPS; number < MEASUREMENTS; number += 1) {
    const asRun = () => timed(async () => [await ask(target, question('agent', 1))])
    const asChats = () =>
      timed(async () => {
        const answers = []
        for (const chat of chats) answers.push(await ask(target, chat))
        return answers
      })
    // Taking turns at being first takes a drift of the machine out of the difference.
    const pair =
      number % 2 === 0
        ? { run: await asRun(), chats: await asChats() }
        : { chats: await asChats(), run: await asRun() }
    if (number >= 0) measured.push(pair)
  }
  const figure = (name: string, of: (pair: (typeof measured)[number]) => number): Figure => {
    const values = measured.map(of)
    return { name, value: median(values), unit: 'ms', spread: spreadOf(values) }
  }
  const mean = (name: string, of: (pair: (typeof measured)[number]) => number): Figure => ({
    name,
    value: measured.reduce((sum, pair) => sum + of(pair), 0) / measured.length,
    unit: 'ms',
  })
  return [
    figure('a plain chat of a step', (pair) => pair.chats.ms / chats.length),
    figure(`a run of ${STEPS} steps`, ({ run }) => run.ms),
    {
      ...figure(
        'a step beyond model and tool',
        ({ run, chats: same }) => (run.ms - run.toolMs - same.ms) / STEPS,
      ),
      target: { atMost: MAX_STEP_MS },
    },
    mean('CPU of a plain chat', (pair) => pair.chats.cpuMs / chats.length),
    mean('CPU of a step beyond its chat', ({ run, chats: same }) => (run.cpuMs - same.cpuMs) / STEPS),
  ]
}

/** Tokens a second of questions that are asked together. */
async function together(target: Target, way: Way): Promise<number> {
  const startedAt = performance.now()
  const all = await Promise.all(
    Array.from({ length: PARALLEL_RUNS }, () => ask(target, question(way, ANSWER_TOKENS))),
  )
  const tokens = all.reduce((sum, one) => sum + one.tokens, 0)
  return (tokens / (performance.now() - startedAt)) * 1_000
}

async function parallelFigures(target: Target): Promise<Figure[]> {
  const speeds: Record<Way, number[]> = { agent: [], chat: [] }
  await Promise.all([ask(target, question('chat', 1)), ask(target, question('agent', 1))])
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
    const steps = await withNullPool(context, {}, (pool) => stepFigures(pool, context))
    context.note(`${PARALLEL_RUNS} runs together, ${STEPS_PER_SECOND} engine steps a second`)
    // A slot is free again a moment after its call has ended.
    const pace = { stepsPerSecond: STEPS_PER_SECOND, slots: 2 * PARALLEL_RUNS }
    const runs = await withNullPool(context, pace, async (pool) =>
      parallelFigures(await loggedIn(pool, context)),
    )
    return [...steps, ...runs]
  },
}
