import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { type Figure, isMet, type Target } from './bench.ts'

/** One bench's figures, or why there are none. */
export type BenchResult =
  | { bench: string; figures: Figure[] }
  | { bench: string; failure: string }
  | { bench: string; skipped: string }

/** The machine at the beginning of a run: a figure taken beside other load says nothing. */
export interface Surroundings {
  startedAt: string
  cpu: string
  cores: number
  node: string
  /** Processes that wanted a core, over the last minute. */
  load: number
}

export const surroundings = (): Surroundings => ({
  startedAt: new Date().toISOString(),
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  node: process.version,
  load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
})

/** Three significant digits for small numbers, none after the point for large ones. */
const toText = (value: number): string =>
  Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)))

const targetText = (target: Target | undefined): string => {
  if (target === undefined) return ''
  return 'atLeast' in target ? `≥ ${toText(target.atLeast)}` : `≤ ${toText(target.atMost)}`
}

const VERDICTS = new Map<boolean | undefined, string>([
  [true, 'met'],
  [false, 'MISSED'],
])

const rowOf = (bench: string, figure: Figure): string[] => [
  bench,
  figure.name,
  `${toText(figure.value)} ${figure.unit}`.trim(),
  figure.spread ? `${toText(figure.spread[0])} … ${toText(figure.spread[1])}` : '',
  targetText(figure.target),
  VERDICTS.get(isMet(figure)) ?? '',
]

/** A plain table of all figures. */
export function tableOf(results: readonly BenchResult[]): string {
  const rows = [
    ['bench', 'figure', 'value', 'spread', 'target', ''],
    ...results.flatMap((result) => {
      if ('failure' in result) return [[result.bench, `FAILED: ${result.failure}`]]
      if ('skipped' in result) return [[result.bench, `skipped: ${result.skipped}`]]
      return result.figures.map((figure) => rowOf(result.bench, figure))
    }),
  ]
  const widthOf = (column: number) =>
    Math.max(...rows.filter((row) => row.length > 2).map((row) => (row[column] ?? '').length))
  const widths = Array.from({ length: 6 }, (_, column) => widthOf(column))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** Writes a run as JSON and returns the file's path. */
export async function writeReport(
  dir: string,
  machine: Surroundings,
  results: readonly BenchResult[],
): Promise<string> {
  await mkdir(dir, { recursive: true })
  const path = join(dir, `${machine.startedAt.replaceAll(':', '-').slice(0, 19)}.json`)
  const judged = results.map((result) =>
    'figures' in result
      ? { ...result, figures: result.figures.map((figure) => ({ ...figure, met: isMet(figure) ?? null })) }
      : result,
  )
  await writeFile(path, `${JSON.stringify({ machine, results: judged }, null, 2)}\n`)
  return path
}
