import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findDeno } from '../../../gpu-node/tasks/deno.ts'
import { keptBundle, SHARED_BUNDLES } from '../../../gpu-node/tasks/kept-bundle.ts'
import { runSandbox } from '../../../gpu-node/tasks/sandbox-process.ts'
import { type BenchContext, BenchSkip, type Figure } from '../bench.ts'
import { ensureModel } from '../engine/model-maker.ts'
import { HelperProcess } from '../helper-process.ts'
import { median, spreadOf } from '../statistics.ts'
import type { StreamApi } from '../train/stream.ts'
import { bookOf } from './pdf.ts'

const ROUNDS = 5
/** The speed of a generation beside a task ÷ alone, at least. */
const LEAST_SHARE = 0.9
const LIMIT_MS = 600_000

/** Reads one book after the other, each in a process of its own as a node does it, until it is stopped. */
function startReading({ scratchDir }: BenchContext, deno: string, bundle: string) {
  const folder = join(scratchDir, 'tasks')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'book.pdf')
  const book = bookOf(1)
  writeFileSync(path, book)
  const stopping = new AbortController()
  let tasks = 0
  const over = (async () => {
    while (!stopping.signal.aborted) {
      const end = await runSandbox(
        {
          ...{ deno, bundle, cache: join(folder, 'deno'), limitMs: LIMIT_MS, onProgress: () => {} },
          work: { kind: 'extract', options: { format: 'pdf' } },
          inputs: [{ name: 'file', bytes: book.length, path }],
          outputs: [{ name: 'pages', maxBytes: 10_000_000, path: join(folder, 'pages') }],
        },
        stopping.signal,
      )
      if (stopping.signal.aborted) return
      if (end.kind !== 'done') throw new Error(`A book was not read: ${JSON.stringify(end)}`)
      tasks += 1
    }
  })()
  over.catch(() => {}) // `stop` tells
  return async (): Promise<number> => {
    stopping.abort()
    await over
    return tasks
  }
}

/** The speed of one stream, alone and while files are read beside it without a pause. */
export async function besideTaskFigures(context: BenchContext): Promise<Figure[]> {
  const { cacheDir, profileDir, signal, note } = context
  const deno = findDeno()
  if (deno === undefined) throw new BenchSkip('Deno is not installed: this machine runs no tasks.')
  const bundle = await keptBundle(SHARED_BUNDLES)
  const path = join(cacheDir, 'bench-135m-q8_0.gguf')
  await ensureModel(path)
  const file = new URL('../train/stream.ts', import.meta.url)
  const stream = new HelperProcess<StreamApi>({ file, profileDir })
  const speeds: Record<'alone' | 'beside', number[]> = { alone: [], beside: [] }
  let tasks = 0
  try {
    await stream.ask('start', { path }, signal)
    await stream.ask('gaps', undefined, signal) // compilers settle
    const take = async (where: keyof typeof speeds) => {
      const gaps = await stream.ask('gaps', undefined, signal)
      speeds[where].push((gaps.length * 1_000) / gaps.reduce((sum, gap) => sum + gap, 0))
    }
    for (let round = 0; round < ROUNDS; round += 1) {
      await take('alone')
      const stop = startReading(context, deno, bundle)
      try {
        await take('beside')
      } finally {
        tasks += await stop()
      }
    }
  } finally {
    await stream.stop()
  }
  const [alone, beside] = [median(speeds.alone), median(speeds.beside)]
  const shares = speeds.beside.map((speed, round) => speed / (speeds.alone[round] ?? speed))
  note(`${alone.toFixed(1)} tokens/s alone, ${beside.toFixed(1)} beside ${tasks} books that were read`)
  return [
    { name: 'a stream alone', value: alone, unit: 'tok/s', spread: spreadOf(speeds.alone) },
    { name: 'a stream beside tasks', value: beside, unit: 'tok/s', spread: spreadOf(speeds.beside) },
    {
      name: 'beside tasks ÷ alone, in one round',
      value: median(shares),
      unit: '',
      spread: spreadOf(shares),
      target: { atLeast: LEAST_SHARE },
    },
  ]
}
