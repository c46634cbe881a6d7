import { join } from 'node:path'
import type { Bench, BenchContext, Figure } from '../bench.ts'
import { HelperProcess } from '../helper-process.ts'
import { median, spreadOf } from '../statistics.ts'
import { ensureLlamaServer } from './build.ts'
import { ensureModel, randomTokens } from './model-maker.ts'
import type { OursApi } from './ours.ts'
import type { BenchJob, BenchRound } from './rounds.ts'
import type { ServerApi } from './server.ts'

const MODEL = 'bench-135m'
const SLOTS = 8
const CONTEXT_TOKENS = 1_024
const ANSWER_TOKENS = 64
const PROMPT_TOKENS = 24
const SHARED_TOKENS = 512

/** Each is loaded so often: where its memory lies moves an engine's speed by several percent, for as long as it runs. */
const LOADS = 3

interface Scenario {
  name: string
  streams: number
  /** Tokens that the prompts of a round have in common. */
  shared: number
  /** Whether llama-server runs with its own caches, as it comes. */
  hasCache: boolean
  /** Pairs of a round of ours and one of llama-server, of each load: more where a round is short. */
  pairs: number
  atLeast: number
}

const FRESH = { shared: 0, hasCache: false }
const SCENARIOS: readonly Scenario[] = [
  { ...FRESH, name: '1 stream', streams: 1, pairs: 20, atLeast: 0.97 },
  { ...FRESH, name: '2 streams', streams: 2, pairs: 5, atLeast: 0.92 },
  { ...FRESH, name: '4 streams', streams: 4, pairs: 4, atLeast: 0.92 },
  { ...FRESH, name: '8 streams', streams: 8, pairs: 3, atLeast: 0.97 },
  {
    name: `8 streams that share ${SHARED_TOKENS} tokens`,
    streams: 8,
    shared: SHARED_TOKENS,
    hasCache: true,
    pairs: 2,
    atLeast: 1,
  },
]

/** Pages are read in and compilers settle. */
const WARM_UP: Pick<Scenario, 'streams' | 'shared'> = { streams: SLOTS, shared: 0 }

/** One engine in its process. */
interface Contestant {
  round(jobs: BenchJob[]): Promise<BenchRound>
}

interface Pair {
  ours: Contestant
  server: Contestant
}

/** Tokens a second of either, pair by pair. */
interface Speeds {
  ours: number[]
  server: number[]
}

/** Every prompt is new from its first token on, but for what a round shares. */
class Jobs {
  #last = 0

  round({ streams, shared }: Pick<Scenario, 'streams' | 'shared'>): BenchJob[] {
    const common = randomTokens(shared, this.#seed())
    return Array.from({ length: streams }, () => {
      const seed = this.#seed()
      return { prompt: [...common, ...randomTokens(PROMPT_TOKENS, seed)], answerTokens: ANSWER_TOKENS, seed }
    })
  }

  #seed(): number {
    this.#last += 1
    return this.#last
  }
}

async function speedOf(contestant: Contestant, jobs: BenchJob[]): Promise<number> {
  const { ms, outputTokens } = await contestant.round(jobs)
  const wanted = jobs.reduce((sum, { answerTokens }) => sum + answerTokens, 0)
  if (outputTokens !== wanted) throw new Error(`${outputTokens} tokens were made instead of ${wanted}.`)
  return (outputTokens / ms) * 1_000
}

/** Loads both engines, measures, and ends both. */
async function withPair(
  files: { binary: string; modelPath: string },
  hasCache: boolean,
  { profileDir, signal, threads }: BenchContext,
  measure: (pair: Pair) => Promise<void>,
): Promise<void> {
  const ours = new HelperProcess<OursApi>({ file: new URL('./ours.ts', import.meta.url), profileDir })
  const server = new HelperProcess<ServerApi>({ file: new URL('./server.ts', import.meta.url), profileDir })
  const sizes = { slots: SLOTS, contextTokens: CONTEXT_TOKENS }
  try {
    const model = { id: MODEL, path: files.modelPath, ...sizes }
    await ours.ask('start', { model, threads }, signal)
    await server.ask('start', { ...files, ...sizes, threads, hasCache }, signal)
    await measure({
      ours: { round: (jobs) => ours.ask('round', { jobs }, signal) },
      server: { round: (jobs) => server.ask('round', { jobs }, signal) },
    })
  } finally {
    await Promise.all([ours.stop(), server.stop()])
  }
}

async function addPairs({ ours, server }: Pair, scenario: Scenario, jobs: Jobs, into: Speeds): Promise<void> {
  for (let pair = 0; pair < scenario.pairs; pair += 1) {
    const addOurs = async () => into.ours.push(await speedOf(ours, jobs.round(scenario)))
    // Taking turns at being first takes a drift of the machine out of the ratio.
    if (pair % 2 === 1) await addOurs()
    into.server.push(await speedOf(server, jobs.round(scenario)))
    if (pair % 2 === 0) await addOurs()
  }
}

function figuresOf({ name, atLeast }: Scenario, { ours, server }: Speeds): Figure[] {
  const ratios = ours.map((speed, pair) => speed / (server[pair] ?? 0))
  const unit = 'tokens/s'
  return [
    {
      name: `${name}: engine ÷ llama-server`,
      value: median(ratios),
      unit: '',
      spread: spreadOf(ratios),
      target: { atLeast },
    },
    { name: `${name}: engine`, value: median(ours), unit, spread: spreadOf(ours) },
    { name: `${name}: llama-server`, value: median(server), unit, spread: spreadOf(server) },
  ]
}

/** Our engine against the server that llama.cpp itself brings, from the same source, with the same compiled kernels. */
export const engine: Bench = {
  name: 'engine',
  summary: 'tokens a second ÷ llama-server (built once, about 10 minutes), 135M model, 1 to 8 streams',
  async run(context) {
    const { cacheDir, note } = context
    const binary = await ensureLlamaServer(context)
    const modelPath = join(cacheDir, `${MODEL}-q8_0.gguf`)
    note('making the model where it is missing')
    await ensureModel(modelPath)
    const speeds = new Map(SCENARIOS.map((scenario) => [scenario, { ours: [], server: [] } as Speeds]))
    const jobs = new Jobs()
    for (let load = 1; load <= LOADS; load += 1) {
      for (const hasCache of [false, true]) {
        await withPair({ binary, modelPath }, hasCache, context, async (pair) => {
          for (const contestant of [pair.ours, pair.server]) await contestant.round(jobs.round(WARM_UP))
          for (const [scenario, into] of speeds) {
            if (scenario.hasCache !== hasCache) continue
            await addPairs(pair, scenario, jobs, into)
            const [ratio] = figuresOf(scenario, into)
            note(`load ${load} of ${LOADS}, ${scenario.name}: ${ratio?.value.toFixed(3)} so far`)
          }
        })
      }
    }
    return SCENARIOS.flatMap((scenario) =>
      figuresOf(scenario, speeds.get(scenario) ?? { ours: [], server: [] }),
    )
  },
}
