import { join } from 'node:path'
import type { BenchContext, Figure } from '../bench.ts'
import { ensureModel } from '../engine/model-maker.ts'
import { HelperProcess } from '../helper-process.ts'
import { median, percentile, spreadOf } from '../statistics.ts'
import { jobOf } from './cases.ts'
import type { StreamApi } from './stream.ts'
import { startTrainer } from './trainer.ts'

/** Time per token beside a job ÷ alone, at most. */
const TARGETS = { p50: 1.1, p95: 1.3 }

/** Each a stream alone and, at once behind it, one beside a job: what else the machine does meets both. */
const ROUNDS = 5
/** More than the rounds last: it is stopped when they are over. */
const TRAINED_STEPS = 400

/** The time per token of one stream, alone and beside a job of one thread. */
export async function besideFigures(context: BenchContext): Promise<Figure[]> {
  const { cacheDir, profileDir, signal, note } = context
  const path = join(cacheDir, 'bench-135m-q8_0.gguf')
  await ensureModel(path)
  const job = await jobOf({ shape: '32m', type: 'Q8_0', steps: TRAINED_STEPS }, context)
  const file = new URL('./stream.ts', import.meta.url)
  const stream = new HelperProcess<StreamApi>({ file, profileDir })
  const gaps: Record<'alone' | 'beside', { p50: number; p95: number }[]> = { alone: [], beside: [] }
  try {
    await stream.ask('start', { path }, signal)
    await stream.ask('gaps', undefined, signal) // compilers settle
    const take = async (where: keyof typeof gaps) => {
      const measured = await stream.ask('gaps', undefined, signal)
      gaps[where].push({ p50: percentile(measured, 0.5), p95: percentile(measured, 0.95) })
    }
    for (let round = 0; round < ROUNDS; round += 1) {
      await take('alone')
      const trainer = await startTrainer(job, signal)
      try {
        await take('beside')
      } finally {
        await trainer.stop()
      }
    }
  } finally {
    await stream.stop()
  }
  const middle = (where: keyof typeof gaps, share: keyof typeof TARGETS) =>
    median(gaps[where].map((each) => each[share]))
  return (['p50', 'p95'] as const).flatMap((share) => {
    const [alone, beside] = [middle('alone', share), middle('beside', share)]
    const ratios = gaps.beside.map((each, round) => each[share] / (gaps.alone[round]?.[share] ?? Number.NaN))
    note(`time per token, ${share}: ${alone.toFixed(2)} ms alone, ${beside.toFixed(2)} ms beside a job`)
    return [
      { name: `a stream alone: time per token, ${share}`, value: alone, unit: 'ms' },
      { name: `a stream beside a job: time per token, ${share}`, value: beside, unit: 'ms' },
      {
        name: `beside a job ÷ alone, ${share}`,
        value: median(ratios),
        spread: spreadOf(ratios),
        unit: '',
        target: { atMost: TARGETS[share] },
      },
    ]
  })
}
