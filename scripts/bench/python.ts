import { findDeno } from '../../gpu-node/tasks/deno.ts'
import { ErrandProcess } from '../../gpu-node/tasks/errands/errand-process.ts'
import { keepPythonMemory } from '../../gpu-node/tasks/errands/python-memory.ts'
import { keptBundle, SHARED_BUNDLES } from '../../gpu-node/tasks/kept-bundle.ts'
import { residentMiB } from '../../gpu-node/tasks/resident-memory.ts'
import type { ErrandKind } from '../../shared/tasks/errands.ts'
import { type Bench, BenchSkip, type Figure } from './bench.ts'
import { median, spreadOf } from './statistics.ts'

const RUNS = 7
const LIMIT_MS = 10_000

interface Measured {
  readyMs: number
  warmMs: number
  spareMiB: number
}

/** One process, from its beginning to its answer. */
async function measure(
  place: { deno: string; bundle: string },
  [kind, input]: readonly [ErrandKind, string],
  signal: AbortSignal,
): Promise<Measured> {
  const begunAt = performance.now()
  const process = new ErrandProcess(place, kind)
  await process.ready
  const readyMs = performance.now() - begunAt
  const spareMiB = process.pid === undefined ? 0 : ((await residentMiB(process.pid)) ?? 0)
  const askedAt = performance.now()
  const end = await process.run(input, LIMIT_MS, signal)
  const warmMs = performance.now() - askedAt
  await process.gone
  if (end.kind !== 'answer' || end.failed) throw new Error(`The errand ended as ${JSON.stringify(end)}.`)
  return { readyMs, warmMs, spareMiB }
}

function figuresOf(kind: string, measured: readonly Measured[], hasTargets: boolean): Figure[] {
  const figure = (name: string, unit: string, values: readonly number[], atMost: number): Figure => ({
    ...{ name: `${kind}: ${name}`, unit, value: median(values), spread: spreadOf(values) },
    ...(hasTargets && { target: { atMost } }),
  })
  return [
    figure(
      'one line, warm',
      'ms',
      measured.map(({ warmMs }) => warmMs),
      300,
    ),
    figure(
      'next spare ready',
      'ms',
      measured.map(({ readyMs }) => readyMs),
      10_000,
    ),
    figure(
      'memory of the spare',
      'MiB',
      measured.map(({ spareMiB }) => spareMiB),
      260,
    ),
  ]
}

/** The processes that do errands: how soon one is ready, how soon it answers, and what it takes while it waits. */
export const python: Bench = {
  name: 'python',
  summary: 'programs in Python and calculations on a node: a warm answer, the next spare, its memory',
  async run({ signal, note }) {
    const deno = findDeno()
    if (deno === undefined) throw new BenchSkip('Deno is not installed for this machine.')
    const place = { deno, bundle: await keptBundle(SHARED_BUNDLES) }
    note('the memory of Python is made, where none is kept')
    await keepPythonMemory(place)
    const figures: Figure[] = []
    for (const [kind, input] of [
      ['python', 'sum(range(10))'],
      ['math', 'derivative of x^3 + 2x^2'],
    ] as const) {
      const measured: Measured[] = []
      for (let run = 0; run < RUNS; run += 1) measured.push(await measure(place, [kind, input], signal))
      figures.push(...figuresOf(kind, measured, kind === 'python'))
    }
    return figures
  },
}
