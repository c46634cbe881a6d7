import { join } from 'node:path'
import { TILE_STEP_MS } from '../../../gpu-node/engine/decode/prefill-pace.ts'
import type { Bench, BenchContext, Figure } from '../bench.ts'
import { HelperProcess } from '../helper-process.ts'
import { median, percentile, spreadOf } from '../statistics.ts'
import type { BesideRound, LongPromptApi } from './long-prompt-engine.ts'
import { ensureModel, randomTokens } from './model-maker.ts'

const MODEL = 'bench-135m-4k'
const CONTEXT_TOKENS = 4_096
const LONG_TOKENS = 3_500
const STREAM_TOKENS = 24
/** More than they say while the prompt is computed; they are cancelled then. */
const STREAM_ANSWER_TOKENS = 2_000
const STREAMS = [1, 4] as const
const ROUNDS = 3
const STEPS_BEFORE = 64
/** By a prompt of so many tokens the engine has learnt its pace. */
const WARM_UP_TOKENS = 512

interface Round extends BesideRound {
  /** How long the prompt takes where nothing else runs. */
  aloneMs: number
}

/** Tokens that were never seen. */
class Prompts {
  #last = 0

  next(length: number): number[] {
    this.#last += 1
    return randomTokens(length, this.#last)
  }
}

/** The time that the streams wait at worst while the prompt is computed, beyond an ordinary step. */
const addedOf = ({ besideMs, withoutMs }: Round): number => percentile(besideMs, 1) - median(withoutMs)

function figuresOf(streams: number, rounds: readonly Round[]): Figure[] {
  const name = streams === 1 ? '1 stream' : `${streams} streams`
  const figure = (what: string, unit: string, of: (round: Round) => number): Figure => {
    const values = rounds.map(of)
    return { name: `${name}: ${what}`, value: median(values), unit, spread: spreadOf(values) }
  }
  const ordinary = figure('between two tokens, p50', 'ms', ({ withoutMs }) => median(withoutMs))
  return [
    ordinary,
    figure('between two tokens, longest', 'ms', ({ withoutMs }) => percentile(withoutMs, 1)),
    figure('the same beside the prompt, p50', 'ms', ({ besideMs }) => median(besideMs)),
    figure('the same beside the prompt, longest', 'ms', ({ besideMs }) => percentile(besideMs, 1)),
    {
      ...figure('longest beside − p50 without', 'ms', addedOf),
      target: { atMost: TILE_STEP_MS + ordinary.value },
    },
    figure('the prompt beside', 'tokens/s', ({ promptMs }) => (LONG_TOKENS / promptMs) * 1_000),
    figure('the prompt alone', 'tokens/s', ({ aloneMs }) => (LONG_TOKENS / aloneMs) * 1_000),
    figure('the prompt beside ÷ alone', '', ({ aloneMs, promptMs }) => aloneMs / promptMs),
  ]
}

async function measure(engine: HelperProcess<LongPromptApi>, context: BenchContext): Promise<Figure[]> {
  const { note, signal } = context
  const prompts = new Prompts()
  const alone = (tokens: number) => engine.ask('alone', { prompt: prompts.next(tokens) }, signal)
  const beside = (streams: number) => {
    const job = {
      prompts: Array.from({ length: streams }, () => prompts.next(STREAM_TOKENS)),
      prompt: prompts.next(LONG_TOKENS),
      steps: STEPS_BEFORE,
      maxTokens: STREAM_ANSWER_TOKENS,
    }
    return engine.ask('beside', job, signal)
  }
  await alone(WARM_UP_TOKENS)
  const rounds = new Map(STREAMS.map((streams): [number, Round[]] => [streams, []]))
  for (let round = 1; round <= ROUNDS; round += 1) {
    const aloneMs = await alone(LONG_TOKENS)
    for (const [streams, into] of rounds) {
      const latest = { aloneMs, ...(await beside(streams)) }
      into.push(latest)
      note(`round ${round} of ${ROUNDS}, ${streams} stream(s): ${addedOf(latest).toFixed(0)} ms at worst`)
    }
  }
  return [...rounds].flatMap(([streams, of]) => figuresOf(streams, of))
}

/** The bench of what running streams notice of somebody's long prompt, beside what the product bounds it to. */
export const longPrompt: Bench = {
  name: 'long-prompt',
  summary: `how long streams wait for their next token while a prompt of ${LONG_TOKENS} tokens is computed`,
  async run(context) {
    const { cacheDir, profileDir, signal, threads } = context
    const path = join(cacheDir, `${MODEL}-q8_0.gguf`)
    await ensureModel(path, { contextTokens: CONTEXT_TOKENS })
    const engine = new HelperProcess<LongPromptApi>({
      file: new URL('./long-prompt-engine.ts', import.meta.url),
      profileDir,
    })
    try {
      const slots = Math.max(...STREAMS) + 1
      const model = { id: MODEL, path, slots, contextTokens: CONTEXT_TOKENS }
      await engine.ask('start', { model, threads }, signal)
      return await measure(engine, context)
    } finally {
      await engine.stop()
    }
  },
}
