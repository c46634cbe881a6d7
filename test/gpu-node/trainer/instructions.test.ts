import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { ROOT } from '../../../scripts/root.ts'
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

it('a model that learns from instructions answers others of their kind better: its validation loss falls', async () => {
  const rowsPath = scratchFile('jsonl')
  writeFileSync(rowsPath, ROWS.map((row) => JSON.stringify(row)).join('\n'))
  const job = jobOf(STARTER, {
    ...{ rowsPath, rowType: 'alpaca', contextTokens: 512, validationShare: 0.25 },
    wishes: { method: 'lora', epochs: 3, sequenceLength: 128 },
  })
  const trainer = new RunningTrainer(job)
  await trainer.event('completed')
  const losses = trainer.events.flatMap((event) => (event.type === 'validation' ? [event.loss] : []))
  expect(losses).toHaveLength(3)
  const [first = 0, , last = Number.NaN] = losses
  expect(last).toBeLessThan(first)
})
