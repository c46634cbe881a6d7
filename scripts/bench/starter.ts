import { readFile } from 'node:fs/promises'
import { Random } from '../../gpu-node/trainer/training/random.ts'
import { CONTEXT_TOKENS, SHAPE } from '../starter/model.ts'
import { STARTER_PATH } from '../starter/paths.ts'
import { BYTES, SPECIALS } from '../starter/tokenizer.ts'
import { type Bench, type BenchContext, BenchSkip, type Figure } from './bench.ts'
import type { OursApi, OwnJob } from './engine/ours.ts'
import { HelperProcess } from './helper-process.ts'
import { median, spreadOf } from './statistics.ts'

const STREAMS = 8
const ROUNDS = 5
const PROMPT_TOKENS = 40
const ANSWER_TOKENS = 400
const MIB_OF_KIB = 1_024

const FIRST_WORD = SPECIALS.length + BYTES.length

/** An answer that does not end by itself. */
function jobOf(seed: number, promptTokens: number, answerTokens: number): OwnJob {
  const random = new Random(seed)
  const prompt = Array.from(
    { length: promptTokens },
    () => FIRST_WORD + random.below(SHAPE.vocabulary - FIRST_WORD),
  )
  return { prompt, answerTokens, seed, logitBias: [[SPECIALS.indexOf('<|im_end|>'), -100]] }
}

/** MiB that a process has for itself alone. Skips where the system does not tell. */
async function ownMiB(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => {
    throw new BenchSkip('This system does not tell which memory is a process’s own.')
  })
  const kib = [...text.matchAll(/^Private_\w+:\s+(\d+) kB$/gm)].map(([, value]) => Number(value))
  return kib.reduce((sum, value) => sum + value, 0) / MIB_OF_KIB
}

type Engine = HelperProcess<OursApi>

async function speeds(engine: Engine, { signal, note }: BenchContext): Promise<number[]> {
  const all: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    note(`stream ${round + 1} of ${ROUNDS}`)
    const jobs = [jobOf(round, PROMPT_TOKENS, ANSWER_TOKENS)]
    const { ms, outputTokens } = await engine.ask('round', { jobs }, signal)
    all.push((outputTokens / ms) * 1_000)
  }
  return all
}

/** Fills the context of every stream, and tells what the model's process holds then. */
async function memoryOf(engine: Engine, { signal, note }: BenchContext): Promise<number> {
  note(`${STREAMS} streams, to the end of their contexts`)
  const promptTokens = CONTEXT_TOKENS - ANSWER_TOKENS - 1
  const jobs = Array.from({ length: STREAMS }, (_, stream) => jobOf(stream, promptTokens, ANSWER_TOKENS))
  await engine.ask('round', { jobs }, signal)
  const pids = await engine.ask('pids', undefined, signal)
  const each = await Promise.all(pids.map(ownMiB))
  return each.reduce((sum, value) => sum + value, 0)
}

async function run(context: BenchContext): Promise<Figure[]> {
  const file = new URL('engine/ours.ts', import.meta.url)
  const engine: Engine = new HelperProcess<OursApi>({ file, profileDir: undefined })
  try {
    const model = { id: 'starter', path: STARTER_PATH, slots: STREAMS }
    await engine.ask('start', { model, threads: 1 }, context.signal)
    const all = await speeds(engine, context)
    const value = await memoryOf(engine, context)
    return [
      {
        ...{ name: 'one stream, one thread', value: median(all), unit: 'tokens/s', spread: spreadOf(all) },
        target: { atLeast: 1_000 },
      },
      { name: `own memory with ${STREAMS} full streams`, value, unit: 'MiB', target: { atMost: 150 } },
    ]
  } finally {
    await engine.stop()
  }
}

/** How fast the starter that comes along writes, and the memory that its process takes for itself. */
export const starter: Bench = {
  name: 'starter',
  summary: 'the starter model: one stream on one thread, and the memory of eight',
  run,
}
