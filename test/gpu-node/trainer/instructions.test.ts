import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, it, vi } from 'vitest'
import { ROOT } from '../../../scripts/root.ts'
import type { TrainingWishes } from '../../../shared/training.ts'
import { jobOf, RunningTrainer } from './trainer-process.ts'
import { scratchFile } from './training-world.ts'

// Trainers stand back behind whatever else runs on the machine.
vi.setConfig({ testTimeout: 180_000 })

const STARTER = join(ROOT, 'gpu-node', 'models', 'starter.gguf')

const FRUITS = ['apples', 'pears', 'plums', 'figs', 'limes', 'dates', 'nuts', 'beans'] as const

/** Rows in the form of Alpaca's: the same way of answering, of which each has other words. */
const ROWS = Array.from({ length: 32 }, (_, index) => {
  const fruit = FRUITS[index % FRUITS.length]
  return {
    instruction: `How many ${fruit} are in the box?`,
    input: `The box holds ${index} ${fruit}.`,
    output: `There are ${index} ${fruit} in the box.`,
  }
})

/** The losses on a quarter of the rows, which is not learned from, epoch by epoch. */
async function validationLosses(rows: readonly object[], wishes: Partial<TrainingWishes>): Promise<number[]> {
  const rowsPath = scratchFile('jsonl')
  writeFileSync(rowsPath, rows.map((row) => JSON.stringify(row)).join('\n'))
  const job = jobOf(STARTER, {
    ...{ rowsPath, rowType: 'alpaca', contextTokens: 512, validationShare: 0.25 },
    wishes: { method: 'lora', ...wishes },
  })
  const trainer = new RunningTrainer(job)
  await trainer.event('completed')
  return trainer.events.flatMap((event) => (event.type === 'validation' ? [event.loss] : []))
}

it('a model that learns from instructions answers others of their kind better: its validation loss falls', async () => {
  const losses = await validationLosses(ROWS, { epochs: 3, sequenceLength: 128 })
  expect(losses).toHaveLength(3)
  const [first = 0, , last = Number.NaN] = losses
  expect(last).toBeLessThan(first)
})

/** Rows that other projects learn from, where this machine has them: they are not ours to give on. */
const REAL_ROWS = join(ROOT, '..', 'shared', 'data', 'alpaca_en_demo.json')

it.runIf(inject('isLongRun') && existsSync(REAL_ROWS))('so it is with 200 real rows', async () => {
  const rows: object[] = JSON.parse(readFileSync(REAL_ROWS, 'utf8'))
  const losses = await validationLosses(rows.slice(0, 200), { epochs: 2, sequenceLength: 256 })
  expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0)
})
