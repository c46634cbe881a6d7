import { join } from 'node:path'
import type { Bench, BenchContext, Figure } from '../bench.ts'
import { HelperProcess } from '../helper-process.ts'
import { median, spreadOf } from '../statistics.ts'
import { ensureModel, type ModelForm, randomTokens } from './model-maker.ts'
import type { OursApi, OwnJob } from './ours.ts'

const MODEL = 'bench-135m'
const CONTEXT_TOKENS = 1_024
const ANSWER_TOKENS = 128
/** A passage that the prompt says so often. */
const PASSAGE_TOKENS = 16
const REPETITIONS = 3

/** Each is loaded so often: where its memory lies moves an engine's speed by several percent, for as long as it runs. */
const LOADS = 2
/** Of a round with guesses and one without, of each load. */
const PAIRS = 3

const WEIGHTS = ['Q8_0', 'F32'] as const

interface Scenario {
  name: string
  temperature: number
  /** Whether one word is all that the model may say. */
  isOneWord: boolean
  atLeast: number
}

const SCENARIOS: readonly Scenario[] = [
  // Every guess is right.
  { name: 'one word again and again', temperature: 0, isOneWord: true, atLeast: 1 },
  // What is likeliest turns in circles for a while, and leaves them: guesses are right now and then.
  { name: 'greedy', temperature: 0, isOneWord: false, atLeast: 0.97 },
  { name: 'drawn', temperature: 1, isOneWord: false, atLeast: 0.97 },
]

/** More than all logits of the model differ by. */
const ONLY_BIAS = 100

type Own = HelperProcess<OursApi>

/** The same engine twice. */
interface Pair {
  guessing: Own
  plain: Own
}

/** Tokens a second, pair by pair. */
interface Speeds {
  guessing: number[]
  plain: number[]
}

/** Prompts that no engine has seen, the same for both of a pair. */
class Jobs {
  #last = 0

  next({ temperature, isOneWord }: Scenario): OwnJob {
    this.#last += 1
    const passage = randomTokens(PASSAGE_TOKENS, this.#last)
    const prompt = Array.from({ length: REPETITIONS }, () => passage).flat()
    const [word = 0] = passage
    const own = isOneWord ? { logitBias: [[word, ONLY_BIAS] as [number, number]] } : {}
    return { prompt, answerTokens: ANSWER_TOKENS, seed: this.#last, temperature, ...own }
  }
}

async function speedOf(engine: Own, job: OwnJob, signal: AbortSignal): Promise<number> {
  const { ms, outputTokens } = await engine.ask('round', { jobs: [job] }, signal)
  if (outputTokens !== ANSWER_TOKENS) throw new Error(`The answer has ${outputTokens} tokens.`)
  return (outputTokens / ms) * 1_000
}

async function addPairs(pair: Pair, scenario: Scenario, jobs: Jobs, into: Speeds, signal: AbortSignal) {
  for (let index = 0; index < PAIRS; index += 1) {
    const job = jobs.next(scenario)
    const addGuessing = async () => into.guessing.push(await speedOf(pair.guessing, job, signal))
    // Taking turns at being first takes a drift of the machine out of the ratio.
    if (index % 2 === 1) await addGuessing()
    into.plain.push(await speedOf(pair.plain, job, signal))
    if (index % 2 === 0) await addGuessing()
  }
}

/** Loads the model into two engines, measures, and ends both. */
async function withPair(
  path: string,
  { profileDir, signal, threads }: BenchContext,
  measure: (pair: Pair) => Promise<void>,
): Promise<void> {
  const file = new URL('./ours.ts', import.meta.url)
  const guessing: Own = new HelperProcess({ file, profileDir })
  const plain: Own = new HelperProcess({ file, profileDir })
  const model = { id: MODEL, path, slots: 1, contextTokens: CONTEXT_TOKENS }
  try {
    await guessing.ask('start', { model, threads }, signal)
    await plain.ask('start', { model: { ...model, speculation: 'off' }, threads }, signal)
    await measure({ guessing, plain })
  } finally {
    await Promise.all([guessing.stop(), plain.stop()])
  }
}

function figuresOf(weights: string, { name, atLeast }: Scenario, { guessing, plain }: Speeds): Figure[] {
  const ratios = guessing.map((speed, index) => speed / (plain[index] ?? 0))
  const unit = 'tokens/s'
  const named = `${weights}, ${name}`
  return [
    {
      name: `${named}: guessing ÷ not`,
      value: median(ratios),
      unit: '',
      spread: spreadOf(ratios),
      target: { atLeast },
    },
    { name: `${named}: guessing`, value: median(guessing), unit, spread: spreadOf(guessing) },
    { name: `${named}: not guessing`, value: median(plain), unit, spread: spreadOf(plain) },
  ]
}

async function measureWeights(weights: ModelForm['weights'], context: BenchContext): Promise<Figure[]> {
  const { cacheDir, note, signal } = context
  const path = join(cacheDir, `${MODEL}-${weights.toLowerCase()}.gguf`)
  await ensureModel(path, { weights })
  const speeds = new Map(
    SCENARIOS.map((scenario): [Scenario, Speeds] => [scenario, { guessing: [], plain: [] }]),
  )
  const jobs = new Jobs()
  for (let load = 1; load <= LOADS; load += 1) {
    await withPair(path, context, async (pair) => {
      for (const [scenario, into] of speeds) {
        const warmUp = jobs.next(scenario)
        for (const engine of [pair.guessing, pair.plain]) await speedOf(engine, warmUp, signal)
        await addPairs(pair, scenario, jobs, into, signal)
        const [ratio] = figuresOf(weights, scenario, into)
        note(`${weights}, load ${load} of ${LOADS}, ${scenario.name}: ${ratio?.value.toFixed(3)} so far`)
      }
    })
  }
  return [...speeds].flatMap(([scenario, into]) => figuresOf(weights, scenario, into))
}

/** The bench of what guessing ahead brings a lone stream where it hits, and of its cost where it does not. */
export const promptLookup: Bench = {
  name: 'prompt-lookup',
  summary: 'a lone stream with guesses from its own text ÷ without, repetitive or not, 135M in Q8_0 and F32',
  async run(context) {
    const figures: Figure[] = []
    for (const weights of WEIGHTS) figures.push(...(await measureWeights(weights, context)))
    return figures
  },
}
