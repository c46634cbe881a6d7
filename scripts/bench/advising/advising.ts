import { z } from 'zod'
import { Program } from '../../../worker/services/advising/catalogue/program.ts'
import { bestOf } from '../../../worker/services/advising/recommending/best.ts'
import { type Entry, entryOf } from '../../../worker/services/advising/recommending/entry.ts'
import { type Wish, wishOf } from '../../../worker/services/advising/recommending/wish.ts'
import { type CatalogueEdge, sendRows } from '../../programs/import.ts'
import { loadSeed } from '../../programs/seed.ts'
import type { Bench, BenchContext, Figure } from '../bench.ts'
import { startEdge } from '../edge.ts'
import { IsolateMemory } from '../isolate-memory.ts'
import { median, percentile, spreadOf } from '../statistics.ts'
import { workerdCpuMs, workerdOwnMiB } from '../workerd-cpu.ts'
import { type GeneratedStudent, generatedProgram, generatedStudent, seeded } from './generated.ts'

const PROGRAMS = 10_000
const STUDENTS = 500
/** Recommendations that are timed, behind those that warm up. */
const RECOMMENDATIONS = 200
const WARM_UP = 10
/** Profiles that they are made for. */
const PROFILES = 20
const TOP_K = 50

const SEED_MS = { atMost: 1_000 }
const IMPORT_MS = { atMost: 20_000 }
const RECOMMENDATION_MS = { atMost: 150 }
const MEMORY_MIB = { atMost: 64 }
const NO_BREAKS = { atMost: 0 }

async function* rows() {
  const random = seeded(1)
  for (let number = 1; number <= PROGRAMS; number += 1) {
    yield { line: number, program: generatedProgram(random, number) }
  }
}

async function timed<Result>(work: () => Promise<Result>): Promise<{ ms: number; result: Result }> {
  const began = performance.now()
  const result = await work()
  return { ms: performance.now() - began, result }
}

const Login = z.object({ access_token: z.string() })
const Created = z.object({ id: z.string() })
const Given = z.object({ metadata: z.object({ total_documents_searched: z.int() }) })

let addresses = 0
/** The contract limits requests by address: each comes from another. */
function address(): string {
  addresses += 1
  return `10.${addresses >> 16}.${(addresses >> 8) & 255}.${addresses & 255}`
}

/** A student's requests to the edge. */
async function studentOf({ origin }: CatalogueEdge, signal: AbortSignal) {
  const post = async (path: string, body: object, token?: string): Promise<unknown> => {
    const response = await fetch(`${origin}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'cf-connecting-ip': address(),
        ...(token && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
      signal,
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${path} was answered ${response.status}: ${text.slice(0, 200)}`)
    return JSON.parse(text)
  }
  const { access_token: token } = Login.parse(
    await post('/dualquery/api/auth/login', { email: 'guest', password: 'guest_test1' }),
  )
  return {
    async createProfile({ record, preferences }: GeneratedStudent): Promise<string> {
      const body = {
        profile_name: 'bench',
        academic_record: {
          current_status: record.currentStatus,
          gpa: record.gpa,
          language_preference: record.languagePreference,
        },
        preferences: {
          favorite_subjects: preferences.favoriteSubjects,
          disliked_subjects: preferences.dislikedSubjects,
          geographic_preference: preferences.geographicPreference,
          budget_range_max: preferences.budgetRangeMax,
          career_goals: preferences.careerGoals,
        },
      }
      return Created.parse(await post('/sira/api/profiles', body, token)).id
    },
    async recommend(profileId: string, query: string): Promise<number> {
      const given = await post('/sira/api/recommendations', { profile_id: profileId, query, top_k: 5 }, token)
      return Given.parse(given).metadata.total_documents_searched
    },
  }
}

/** Process memory that as many requests add which look at no catalogue: what the rest is to be compared with. */
async function plainGrowth(
  student: Awaited<ReturnType<typeof studentOf>>,
  random: () => number,
): Promise<number> {
  const before = await memoryMiB()
  let most = before
  for (let index = 0; index < WARM_UP + RECOMMENDATIONS; index += 1) {
    await student.createProfile(generatedStudent(random))
    most = Math.max(most, await memoryMiB())
  }
  return most - before
}

async function timeRecommendations(
  edge: CatalogueEdge,
  isolate: IsolateMemory,
  { note, signal }: BenchContext,
): Promise<Figure[]> {
  const student = await studentOf(edge, signal)
  const random = seeded(2)
  const profiles: { id: string; query: string }[] = []
  for (let index = 0; index < PROFILES; index += 1) {
    const generated = generatedStudent(random)
    profiles.push({ id: await student.createProfile(generated), query: generated.query })
  }
  note('requests that look at no catalogue')
  const plain = await plainGrowth(student, random)
  const heldBefore = await isolate.heldMiB()
  const before = await memoryMiB()
  const times: number[] = []
  let most = before
  let first = 0
  let cpuBefore = 0
  note('recommending')
  for (let index = 0; index < WARM_UP + RECOMMENDATIONS; index += 1) {
    const { id, query } = profiles[index % profiles.length] ?? { id: '', query: '' }
    if (index === WARM_UP) cpuBefore = await cpuMs()
    const { ms, result: searched } = await timed(() => student.recommend(id, query))
    if (searched < PROGRAMS) throw new Error(`Only ${searched} programs were searched.`)
    if (index === 0) first = ms
    if (index >= WARM_UP) times.push(ms)
    most = Math.max(most, await memoryMiB())
  }
  const cpu = (await cpuMs()) - cpuBefore
  const held = await isolate.heldMiB()
  return [
    {
      name: `one recommendation of ${PROGRAMS} programs, p95`,
      value: percentile(times, 0.95),
      unit: 'ms',
      spread: spreadOf(times),
      target: RECOMMENDATION_MS,
    },
    { name: 'the same, median', value: median(times), unit: 'ms' },
    { name: 'CPU time of one, in the edge and its database', value: cpu / times.length, unit: 'ms' },
    { name: 'the first, which reads the catalogue', value: first, unit: 'ms' },
    { name: 'held by the isolate behind them', value: held - heldBefore, unit: 'MiB', target: MEMORY_MIB },
    { name: 'process memory that they added, garbage included', value: most - before, unit: 'MiB' },
    { name: 'the same of as many profiles created', value: plain, unit: 'MiB' },
  ]
}

/** Of all workerds together, which hold the database too. */
const cpuMs = async (): Promise<number> => (await workerdCpuMs()).reduce((sum, ms) => sum + ms, 0)

/** Of all workerds together. */
const memoryMiB = async (): Promise<number> =>
  (await workerdOwnMiB()).reduce((sum, mebibytes) => sum + mebibytes, 0)

/** Whether what is known of a program speaks against a wish, in other words than those of the recommender. */
function isBroken(program: Program, entry: Entry, wish: Wish): boolean {
  const { level, country, languages } = program
  return (
    (wish.level !== undefined && level !== null && level !== wish.level) ||
    (wish.places.length > 0 && !new Set(wish.places.flatMap(({ countries }) => countries)).has(country)) ||
    (wish.languages.length > 0 &&
      languages !== null &&
      !languages.some((language) => wish.languages.includes(language))) ||
    (wish.budgetMax !== undefined && entry.yearly.length > 0 && Math.min(...entry.yearly) > wish.budgetMax)
  )
}

/** The constraints that recommendations for generated students break; here, not at the edge, whose limits are for people. */
async function countBreaks(): Promise<number> {
  const programs = new Map<string, Program>()
  for await (const { program } of rows()) programs.set(program.sourceId, Program.parse(program))
  const entries = [...programs].map(([id, program]) => entryOf(id, program, 'EUR'))
  const byId = new Map(entries.map((entry) => [entry.id, entry]))
  const random = seeded(3)
  let breaks = 0
  for (let index = 0; index < STUDENTS; index += 1) {
    const { record, preferences, query } = generatedStudent(random)
    const wish = wishOf(record, preferences, query)
    const collected = bestOf(wish, TOP_K)
    collected.visit(entries)
    for (const { id } of collected.best()) {
      const [program, entry] = [programs.get(id), byId.get(id)]
      if (!program || !entry || isBroken(program, entry, wish)) breaks += 1
    }
  }
  return breaks
}

async function run(context: BenchContext): Promise<Figure[]> {
  const { note, signal } = context
  const edge = await startEdge(context)
  try {
    const there = { origin: edge.origin, apiKey: edge.apiKey }
    note('loading the seed')
    const seed = await timed(() => loadSeed(there, signal))
    note(`importing ${PROGRAMS} programs`)
    const imported = await timed(() => sendRows(there, rows(), signal))
    if (imported.result.added !== PROGRAMS) throw new Error(`Only ${imported.result.added} were added.`)
    const isolate = await IsolateMemory.connect(edge.inspectorPort, signal)
    const figures = await timeRecommendations(there, isolate, context).finally(() => isolate.close())
    note(`reckoning for ${STUDENTS} students`)
    return [
      ...figures,
      { name: `import of ${PROGRAMS} rows`, value: imported.ms, unit: 'ms', target: IMPORT_MS },
      { name: `the seed, ${seed.result.added} rows`, value: seed.ms, unit: 'ms', target: SEED_MS },
      {
        name: `broken constraints, ${STUDENTS} students`,
        value: await countBreaks(),
        unit: '',
        target: NO_BREAKS,
      },
    ]
  } finally {
    await edge.stop()
  }
}

/** Recommendations from a catalogue of 10,000 programs, without a model, and how long the catalogue takes to fill. */
export const advising: Bench = {
  name: 'advising',
  summary: 'Recommendations from 10,000 programs: time, memory, broken constraints; import and seed.',
  run,
}
