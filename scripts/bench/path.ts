import { join } from 'node:path'
import type { GenerationRequest } from '../../shared/generation.ts'
import type { Bench, BenchContext, Figure } from './bench.ts'
import type { ChatBody } from './clients/chat-client.ts'
import { ensureModel, randomText } from './engine/model-maker.ts'
import { type LlamaPool, withLlamaPool } from './nodes/llama-pool.ts'
import { median, spreadOf } from './statistics.ts'
import { workerdCpuMs } from './workerd-cpu.ts'

const MODEL = 'bench-135m'
const STREAMS = 8
const CONTEXT_TOKENS = 512
const ANSWER_TOKENS = 128
const PROMPT_WORDS = 24
/** Pairs of a direct round and one through the whole path. */
const PAIRS = 9

/** Said in full in both forms of a request, so that no default of the edge makes one cheaper than the other. */
const SAMPLING = { temperature: 1, topP: 1, topK: 40, minP: 0.05 } as const

/** Every prompt is new, so that no round finds the work of an earlier one in a slot's cache. */
const bodiesOf = (round: number): ChatBody[] =>
  Array.from({ length: STREAMS }, (_, stream) => {
    const seed = round * STREAMS + stream + 1
    const content = randomText(PROMPT_WORDS, seed)
    return {
      model: MODEL,
      messages: [{ role: 'user', content }],
      max_tokens: ANSWER_TOKENS,
      seed,
      temperature: SAMPLING.temperature,
      top_p: SAMPLING.topP,
      top_k: SAMPLING.topK,
      min_p: SAMPLING.minP,
    }
  })

/** The request that the edge makes of such a body. */
const toGeneration = ({ messages, max_tokens: maxTokens, seed }: ChatBody): GenerationRequest => ({
  model: MODEL,
  prompt: { kind: 'chat', messages },
  sampling: { ...SAMPLING, frequencyPenalty: 0, presencePenalty: 0, seed: seed ?? 0 },
  maxTokens,
  stop: [],
  format: 'text',
})

interface Measured {
  tokensPerSecond: number
  outputTokens: number
}
const toMeasured = ({ ms, outputTokens }: { ms: number; outputTokens: number }): Measured => ({
  tokensPerSecond: (outputTokens / ms) * 1_000,
  outputTokens,
})

/**
 * Both kinds of round run on the same loaded engine: two instances of it would differ by where their memory lies. In a
 * direct round edge, link and client have nothing to do.
 */
class Rounds {
  readonly #pool: LlamaPool
  readonly #signal: AbortSignal
  #round = 0

  constructor(pool: LlamaPool, signal: AbortSignal) {
    this.#pool = pool
    this.#signal = signal
  }

  async direct(): Promise<Measured> {
    const requests = this.#bodies().map(toGeneration)
    return toMeasured(await this.#pool.node.ask('round', { requests }, this.#signal))
  }

  async whole(): Promise<Measured> {
    const { client, edge } = this.#pool
    const target = { origin: edge.origin, apiKey: edge.apiKey }
    return toMeasured(await client.ask('round', { target, bodies: this.#bodies() }, this.#signal))
  }

  #bodies(): ChatBody[] {
    this.#round += 1
    return bodiesOf(this.#round)
  }
}

async function measure(pool: LlamaPool, { note, signal }: BenchContext): Promise<Figure[]> {
  const rounds = new Rounds(pool, signal)
  note('warming up')
  await rounds.direct()
  await rounds.whole()
  const [direct, whole]: [Measured[], Measured[]] = [[], []]
  let [workerdMs, nodeMs]: [number[], number] = [[], 0]
  const cpu = async () => ({
    workerd: await workerdCpuMs(),
    node: await pool.node.ask('cpuMs', undefined, signal),
  })
  const runWhole = async () => {
    const before = await cpu()
    whole.push(await rounds.whole())
    const after = await cpu()
    workerdMs = after.workerd.map((ms, index) => ms - (before.workerd[index] ?? 0) + (workerdMs[index] ?? 0))
    nodeMs += after.node - before.node
  }
  for (let pair = 0; pair < PAIRS; pair += 1) {
    // Taking turns at being first takes a drift of the machine out of the ratio.
    if (pair % 2 === 1) await runWhole()
    direct.push(await rounds.direct())
    if (pair % 2 === 0) await runWhole()
    const [without, through] = [direct.at(-1)?.tokensPerSecond ?? 0, whole.at(-1)?.tokensPerSecond ?? 0]
    note(
      `pair ${pair + 1} of ${PAIRS}: ${without.toFixed(0)} tokens/s alone, ${through.toFixed(0)} through the path`,
    )
  }
  const speeds = (measured: readonly Measured[]) => measured.map(({ tokensPerSecond }) => tokensPerSecond)
  const ratios = speeds(whole).map((speed, pair) => speed / (direct[pair]?.tokensPerSecond ?? 0))
  const tokens = whole.reduce((sum, { outputTokens }) => sum + outputTokens, 0)
  return [
    {
      name: 'whole path ÷ engine alone',
      value: median(ratios),
      unit: '',
      spread: spreadOf(ratios),
      target: { atLeast: 0.9 },
    },
    {
      name: 'engine alone',
      value: median(speeds(direct)),
      unit: 'tokens/s',
      spread: spreadOf(speeds(direct)),
    },
    { name: 'whole path', value: median(speeds(whole)), unit: 'tokens/s', spread: spreadOf(speeds(whole)) },
    ...workerdMs.map((ms, index) => ({
      name: `CPU of one token: workerd ${index + 1} of ${workerdMs.length}`,
      value: (ms / tokens) * 1_000,
      unit: 'µs',
    })),
    { name: 'CPU of one token: node without engine', value: (nodeMs / tokens) * 1_000, unit: 'µs' },
    { name: 'tokens of one answer', value: tokens / (PAIRS * STREAMS), unit: `of ${ANSWER_TOKENS}` },
  ]
}

/** The bench of what the way costs a real model. */
export const path: Bench = {
  name: 'path',
  summary: 'tokens a second of client, edge, link and node with a 135M model ÷ the engine alone, 8 streams',
  async run(context) {
    const file = join(context.cacheDir, `${MODEL}-q8_0.gguf`)
    context.note('making the model where it is missing')
    await ensureModel(file)
    const model = { id: MODEL, path: file, slots: STREAMS, contextTokens: CONTEXT_TOKENS }
    return withLlamaPool(context, model, (pool) => measure(pool, context))
  },
}
