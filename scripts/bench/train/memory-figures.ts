import type { BenchContext, Figure } from '../bench.ts'
import { type Case, jobOf, nameOf } from './cases.ts'
import { runTrainer } from './trainer.ts'

const WEIGHT_TYPES = ['F32', 'Q8_0', 'Q4_0'] as const

/** The graph is made in the first. */
const STEPS = 2

const CASES: readonly Case[] = [
  ...WEIGHT_TYPES.map((type): Case => ({ shape: '32m', type, steps: STEPS })),
  { shape: '151,936 tokens', type: 'Q8_0', steps: STEPS },
  { shape: 'deep', type: 'F32', steps: STEPS },
  { shape: 'wide', type: 'Q4_0', steps: STEPS },
  { shape: '1,024 at once', type: 'Q8_0', sequenceLength: 1_024, steps: STEPS },
  ...WEIGHT_TYPES.map((type): Case => ({ shape: '135m', type, steps: STEPS })),
  { shape: '135m', type: 'Q8_0', memoryMiB: 800, steps: STEPS },
]

/** How far the memory that was reckoned may be from what is taken. */
const ESTIMATE_TOLERANCE = 0.1

async function figuresOf(each: Case, context: BenchContext): Promise<Figure[]> {
  const { memoryMiB } = each
  const { signal, note } = context
  const name = nameOf(each)
  const job = await jobOf(each, context)
  const told = (await runTrainer({ type: 'estimate', plan: job }, signal)).events.map(({ event }) => event)
  const refused = told.find((event) => event.type === 'failed')
  if (refused?.type === 'failed' && memoryMiB !== undefined) {
    const value = refused.refusal?.neededMiB ?? Number.NaN
    return [{ name: `${name}: memory needed`, value, unit: 'MiB', target: { atMost: memoryMiB } }]
  }
  const estimate = told.find((event) => event.type === 'estimated')
  if (estimate?.type !== 'estimated') throw new Error('The trainer did not say what it would take.')
  const run = await runTrainer({ type: 'begin', job }, signal)
  const off = Math.abs(run.peakMiB / estimate.memoryMiB - 1) * 100
  note(`${name}: ${Math.round(run.peakMiB)} MiB of ${estimate.memoryMiB} reckoned, ${off.toFixed(1)} % off`)
  return [
    { name: `${name}: memory reckoned`, value: estimate.memoryMiB, unit: 'MiB' },
    {
      name: `${name}: most resident`,
      value: run.peakMiB,
      unit: 'MiB',
      ...(memoryMiB !== undefined && { target: { atMost: memoryMiB } }),
    },
    {
      name: `${name}: off the reckoning by`,
      value: off,
      unit: '%',
      target: { atMost: ESTIMATE_TOLERANCE * 100 },
    },
  ]
}

/** The memory of a training process against what was reckoned for it, on six shapes. */
export async function memoryFigures(context: BenchContext): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const each of CASES) figures.push(...(await figuresOf(each, context)))
  return figures
}
