import { join } from 'node:path'
import type { Bench, BenchContext, Figure } from '../bench.ts'
import { HelperProcess } from '../helper-process.ts'
import { median, spreadOf } from '../statistics.ts'
import { ensureLlamaServer } from './build.ts'
import { ensureModel, randomTokens, type SHAPES } from './model-maker.ts'
import type { OursApi } from './ours.ts'
import type { BenchJob, BenchRound } from './rounds.ts'
import type { ServerApi } from './server.ts'

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
  /** Pairs of a round of ours and one of llama-server, of each load: more where a round is short. */
  pairs: number
  atLeast: number
}

/** Two engines that are loaded alike. */
interface Setup {
  size: keyof typeof SHAPES
  slots: number
  /** Whether llama-server runs with its own caches, as it comes. */
  hasCache: boolean
  scenarios: readonly Scenario[]
}

const SETUPS: readonly Setup[] = [
  {
    ...{ size: '135m', slots: 8, hasCache: false },
    scenarios: [
      { name: '1 stream', streams: 1, shared: 0, pairs: 20, atLeast: 0.97 },
      { name: '2 streams', streams: 2, shared: 0, pairs: 5, atLeast: 0.92 },
      { name: '4 streams', streams: 4, shared: 0, pairs: 4, atLeast: 0.92 },
      { name: '8 streams', streams: 8, shared: 0, pairs: 3, atLeast: 1 },
    ],
  },
  {
    ...{ size: '135m', slots: 8, hasCache: true },
    scenarios: [
      {
        name: `8 streams that share ${SHARED_TOKENS} tokens`,
        ...{ streams: 8, shared: SHARED_TOKENS, pairs: 2, atLeast: 1.9 },
      },
    ],
  },
  // Of a small model's step the host's share is largest.
  {
    ...{ size: '30m', slots: 32, hasCache: false },
    scenarios: [
      { name: '30M, 8 streams', streams: 8, shared: 0, pairs: 6, atLeast: 1 },
      { name: '30M, 16 streams', streams: 16, shared: 0, pairs: 4, atLeast: 1 },
      { name: '30M, 32 streams', streams: 32, shared: 0, pairs: 3, atLeast: 1 },
    ],
  },
]

/** One engine in its process. */
interface Contestant {
  round(jobs: BenchJob[]): Promise<BenchRound>
}

interface Pair {
  ours: Contestant
  server: Contestant
}

/** The yield of a round. */
interface Speed {
  tokensPerSecond: number
  /** Processor time of a token. */
  cpuMs: number | undefined
}

/** Of either engine, pair by pair. */
interface Speeds {
  ours: Speed[]
  server: Speed[]
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

async function speedOf(contestant: Contestant, jobs: BenchJob[]): Promise<Speed> {
  const { ms, outputTokens, cpuMs } = await contestant.round(jobs)
  const wanted = jobs.reduce((sum, { answerTokens }) => sum + answerTokens, 0)
  if (outputTokens !== wanted) throw new Error(`${outputTokens} tokens were made instead of ${wanted}.`)
  return {
    tokensPerSecond: (outputTokens / ms) * 1_000,
    cpuMs: cpuMs === undefined ? undefined : cpuMs / outputTokens,
  }
}

/** Loads both engines, measures, and ends both. */
async function withPair(
  { size, slots, hasCache }: Setup,
  files: { binary: string; modelPath: string },
  { profileDir, signal, threads }: BenchContext,
  measure: (pair: Pair) => Promise<void>,
): Promise<void> {
  const ours = new HelperProcess<OursApi>({ file: new URL('./ours.ts', import.meta.url), profileDir })
  const server = new HelperProcess<ServerApi>({ file: new URL('./server.ts', import.meta.url), profileDir })
  const sizes = { slots, contextTokens: CONTEXT_TOKENS }
  try {
    const model = { id: size, path: files.modelPath, ...sizes }
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
  const figure = (name: string, unit: string, values: readonly number[]): Figure => ({
    ...{ name, value: median(values), unit, spread: spreadOf(values) },
  })
  const speeds = (of: readonly Speed[]) => of.map(({ tokensPerSecond }) => tokensPerSecond)
  const theirs = speeds(server)
  const ratios = speeds(ours).map((speed, pair) => speed / (theirs[pair] ?? 0))
  // Other work on the machine moves it less than the time on the clock.
  const cpu = ours.flatMap(({ cpuMs }, pair) => {
    const its = server[pair]?.cpuMs
    return cpuMs === undefined || its === undefined ? [] : [its / cpuMs]
  })
  return [
    { ...figure(`${name}: engine ÷ llama-server`, '', ratios), target: { atLeast } },
    ...(cpu.length > 0 ? [figure(`${name}: tokens a CPU second, engine ÷ llama-server`, '', cpu)] : []),
    figure(`${name}: engine`, 'tokens/s', speeds(ours)),
    figure(`${name}: llama-server`, 'tokens/s', theirs),
  ]
}

/** One load of both engines: a few more rounds of each scenario. */
async function addLoad(
  setup: Setup,
  binary: string,
  context: BenchContext,
  { jobs, speeds }: { jobs: Jobs; speeds: Map<Scenario, Speeds> },
): Promise<void> {
  const { size, slots, scenarios } = setup
  const modelPath = join(context.cacheDir, `bench-${size}-q8_0.gguf`)
  await withPair(setup, { binary, modelPath }, context, async (pair) => {
    // Pages are read in and compilers settle.
    for (const contestant of [pair.ours, pair.server]) {
      await contestant.round(jobs.round({ streams: slots, shared: 0 }))
    }
    for (const scenario of scenarios) {
      const into = speeds.get(scenario) ?? { ours: [], server: [] }
      speeds.set(scenario, into)
      await addPairs(pair, scenario, jobs, into)
      const [ratio] = figuresOf(scenario, into)
      context.note(`${scenario.name}: ${ratio?.value.toFixed(3)} so far`)
    }
  })
}

/** Our engine against the server that llama.cpp itself brings, from the same source, with the same compiled kernels. */
export const engine: Bench = {
  name: 'engine',
  summary: 'tokens a second ÷ llama-server (built once, about 10 minutes): 135M, 1 to 8 streams; 30M, to 32',
  async run(context) {
    const { cacheDir, note } = context
    const binary = await ensureLlamaServer(context)
    note('making the models where they are missing')
    for (const { size } of SETUPS) await ensureModel(join(cacheDir, `bench-${size}-q8_0.gguf`), { size })
    const speeds = new Map<Scenario, Speeds>()
    const jobs = new Jobs()
    for (let load = 1; load <= LOADS; load += 1) {
      note(`load ${load} of ${LOADS}`)
      for (const setup of SETUPS) await addLoad(setup, binary, context, { jobs, speeds })
    }
    return [...speeds].flatMap(([scenario, of]) => figuresOf(scenario, of))
  },
}
