import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { GenerationRequest } from '../../../shared/generation.ts'
import type { Bench, BenchContext, Figure } from '../bench.ts'
import type { BenchEdge } from '../edge.ts'
import { ensureModel, randomText } from '../engine/model-maker.ts'
import { HelperProcess } from '../helper-process.ts'
import type { DirectRound } from '../nodes/direct-rounds.ts'
import { withLlamaPool } from '../nodes/llama-pool.ts'
import { NULL_MODEL } from '../nodes/null-engine.ts'
import { withNullPool } from '../nodes/null-pool.ts'
import { median, percentile, spreadOf } from '../statistics.ts'
import { workerdCpuMs, workerdMemoryMiB } from '../workerd-cpu.ts'
import type { ChatPlace, ChatSocketsApi, SocketRoundResult } from './sockets.ts'

const SOCKETS = [1, 16, 64] as const
const SLOTS = 64
/** Pairs of a round read from the engine and one heard over sockets. */
const PAIRS = 3
const PROMPT_WORDS = 24

/** As a GPU of 10 ms a step: an engine without a speed would only show how small nothing is. */
const STEPS_PER_SECOND = 100
const NULL_ANSWER_TOKENS = 200

const MODEL = 'bench-135m'
const CONTEXT_TOKENS = 160
const ANSWER_TOKENS = 48

const IDLE_ROOMS = 500
/** A room sleeps when nothing has come for ten seconds; its first alarm comes after as many. */
const FALL_ASLEEP_MS = 30_000
const IDLE_SECONDS = 20

/** An engine behind an edge, also to be driven without it. */
interface Driven {
  edge: BenchEdge
  model: string
  answerTokens: number
  direct: (requests: GenerationRequest[]) => Promise<DirectRound>
}

const SAMPLING = { temperature: 0.7, topP: 1, topK: 40, minP: 0.05, frequencyPenalty: 0, presencePenalty: 0 }

/** The development account that may do everything, with limits that no bench reaches. */
async function chatPlace({ origin }: BenchEdge, signal: AbortSignal): Promise<ChatPlace> {
  const login = new URLSearchParams({ username: 'admin', password: 'administrator' })
  const answer = await fetch(`${origin}/rajora/api/auth/login`, { method: 'POST', body: login, signal })
  const { access_token: token } = (await answer.json()) as { access_token: string }
  const configured = await fetch(`${origin}/rajora/api/admin/config`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ rate_limits: { requests_per_minute: 100_000, tokens_per_day: 100_000_000 } }),
    signal,
  })
  if (!configured.ok) throw new Error(`The limits were not set: ${configured.status}`)
  return { url: `${origin.replace('http', 'ws')}/rajora/ws/chat`, token }
}

/** Prompts of their own, so that no round finds the work of an earlier one in a slot's cache. */
function* prompts(): Generator<string, never> {
  for (let seed = 1; ; seed += 1) yield randomText(PROMPT_WORDS, seed)
}

class Rounds {
  readonly #driven: Driven
  readonly #client: HelperProcess<ChatSocketsApi>
  readonly #place: ChatPlace
  readonly #signal: AbortSignal
  readonly #prompts = prompts()

  constructor(driven: Driven, client: HelperProcess<ChatSocketsApi>, place: ChatPlace, signal: AbortSignal) {
    this.#driven = driven
    this.#client = client
    this.#place = place
    this.#signal = signal
  }

  direct(count: number): Promise<DirectRound> {
    const { model, answerTokens: maxTokens } = this.#driven
    return this.#driven.direct(
      this.#contents(count).map((content, seed) => ({
        model,
        prompt: { kind: 'chat', messages: [{ role: 'user', content }] },
        sampling: { ...SAMPLING, seed },
        maxTokens,
        stop: [],
        format: 'text',
      })),
    )
  }

  /** First messages: each begins its conversation. Dialling and the token are not part of the time. */
  async sockets(count: number): Promise<SocketRoundResult> {
    const { model, answerTokens } = this.#driven
    const messages = this.#contents(count).map((message) => ({
      message,
      model,
      max_tokens: answerTokens,
      temperature: SAMPLING.temperature,
    }))
    await this.#client.ask('open', { place: this.#place, count }, this.#signal)
    try {
      return await this.#client.ask('round', { messages }, this.#signal)
    } finally {
      await this.#client.ask('close', undefined, this.#signal)
    }
  }

  #contents(count: number): string[] {
    return Array.from({ length: count }, () => this.#prompts.next().value)
  }
}

async function compare(name: string, rounds: Rounds, { note }: BenchContext): Promise<Figure[]> {
  const figures: Figure[] = []
  await rounds.direct(1)
  await rounds.sockets(1)
  for (const count of SOCKETS) {
    const [direct, heard]: [DirectRound[], SocketRoundResult[]] = [[], []]
    for (let pair = 0; pair < PAIRS; pair += 1) {
      // Taking turns at being first takes a drift of the machine out of the ratio.
      if (pair % 2 === 1) heard.push(await rounds.sockets(count))
      direct.push(await rounds.direct(count))
      if (pair % 2 === 0) heard.push(await rounds.sockets(count))
    }
    note(`${name}: ${count} sockets`)
    const engine = direct.map(({ outputTokens, ms }) => (outputTokens / ms) * 1_000)
    const sockets = heard.map(({ frames, ms }) => (frames / ms) * 1_000)
    const ratios = sockets.map((speed, pair) => speed / (engine[pair] ?? 0))
    const label = `${name}, ${count} at once`
    const first = (all: readonly { firstMs: number[] }[]) =>
      percentile(
        all.flatMap(({ firstMs }) => firstMs),
        0.5,
      )
    const [alone, through] = [first(direct), first(heard)]
    figures.push(
      {
        name: `${label}: frames/s ÷ engine's tokens/s`,
        value: median(ratios),
        unit: '',
        spread: spreadOf(ratios),
      },
      { name: `${label}: frames/s`, value: median(sockets), unit: 'frames/s', spread: spreadOf(sockets) },
      { name: `${label}: first frame p50`, value: through, unit: 'ms' },
      { name: `${label}: first token of the engine p50`, value: alone, unit: 'ms' },
    )
  }
  return figures
}

async function idle(
  client: HelperProcess<ChatSocketsApi>,
  place: ChatPlace,
  { note, signal }: BenchContext,
): Promise<Figure[]> {
  note(`${IDLE_ROOMS} rooms`)
  await sleep(FALL_ASLEEP_MS, undefined, { signal })
  const before = await workerdMemoryMiB()
  await client.ask('open', { place, count: IDLE_ROOMS }, signal)
  const awake = await workerdMemoryMiB()
  await sleep(FALL_ASLEEP_MS, undefined, { signal })
  const asleep = await workerdMemoryMiB()
  const cpuBefore = await workerdCpuMs()
  await sleep(IDLE_SECONDS * 1_000, undefined, { signal })
  const cpuAfter = await workerdCpuMs()
  await client.ask('close', undefined, signal)
  return before.flatMap((mib, index): Figure[] => {
    const name = `workerd ${index + 1} of ${before.length}`
    const perRoom = (now: number | undefined) => (((now ?? 0) - mib) * 1_024) / IDLE_ROOMS
    const cpuMs = (cpuAfter[index] ?? 0) - (cpuBefore[index] ?? 0)
    return [
      { name: `${name} without rooms`, value: mib, unit: 'MiB' },
      { name: `${name}: a room that has just been joined`, value: perRoom(awake[index]), unit: 'KiB' },
      { name: `${name}: a room that sleeps with its socket`, value: perRoom(asleep[index]), unit: 'KiB' },
      { name: `${name}: CPU of ${IDLE_ROOMS} sleeping rooms`, value: cpuMs / IDLE_SECONDS, unit: 'ms/s' },
    ]
  })
}

/** Chats over sockets against the engine alone, and what rooms cost in which nobody speaks. */
export const chat: Bench = {
  name: 'chat',
  summary: 'chat over 1, 16 and 64 sockets ÷ the engine alone; memory and CPU of 500 sleeping rooms',
  async run(context) {
    const { profileDir, signal, cacheDir } = context
    const client = new HelperProcess<ChatSocketsApi>({
      file: new URL('./sockets.ts', import.meta.url),
      profileDir,
    })
    const run = async (name: string, driven: Driven) => {
      const place = await chatPlace(driven.edge, signal)
      return { place, figures: await compare(name, new Rounds(driven, client, place, signal), context) }
    }
    try {
      const pace = { stepsPerSecond: STEPS_PER_SECOND, slots: SLOTS }
      const paced = await withNullPool(context, pace, async ({ edge, node }) => {
        const direct = (requests: GenerationRequest[]) => node.ask('round', { requests }, signal)
        const driven = { edge, direct, model: NULL_MODEL.id, answerTokens: NULL_ANSWER_TOKENS }
        const { place, figures } = await run(`engine of ${STEPS_PER_SECOND} steps/s`, driven)
        return [...figures, ...(await idle(client, place, context))]
      })
      const file = join(cacheDir, `${MODEL}-q8_0.gguf`)
      await ensureModel(file)
      const model = { id: MODEL, path: file, slots: SLOTS, contextTokens: CONTEXT_TOKENS }
      const real = await withLlamaPool(context, model, async ({ edge, node }) => {
        const direct = (requests: GenerationRequest[]) => node.ask('round', { requests }, signal)
        return (await run('135M', { edge, direct, model: MODEL, answerTokens: ANSWER_TOKENS })).figures
      })
      return [...paced, ...real]
    } finally {
      await client.stop()
    }
  },
}
