import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import type { TrainerJob } from '../../../gpu-node/trainer/messages.ts'
import { ensureModel, type ModelForm } from '../../../scripts/bench/engine/model-maker.ts'
import { runTrainer, writeJob } from '../../../scripts/bench/train/trainer.ts'

// Trainers stand back behind whatever else runs on the machine.
vi.setConfig({ testTimeout: 120_000 })

const TOLERANCE = 0.1

/** Node.js lets garbage lie as it pleases, up to 45 MiB beside what is the same each time: one run may be off by that alone. */
const TRIES = 3

const scratch = mkdtempSync(join(tmpdir(), 'switchyard-memory-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const SMALL = { layers: 4, width: 128, heads: 4, keyHeads: 2, feedForward: 384, vocabulary: 4_096 }

const CASES: [string, Partial<ModelForm>, { sequenceLength: number; memoryMiB?: number }][] = [
  [
    'of 151,936 tokens',
    { size: { ...SMALL, vocabulary: 151_936 }, weights: 'Q8_0' },
    { sequenceLength: 256 },
  ],
  ['of many layers', { size: { ...SMALL, layers: 24 }, weights: 'F32' }, { sequenceLength: 512 }],
  [
    'of many layers, with little of it',
    { size: { ...SMALL, layers: 24 }, weights: 'Q4_0' },
    { sequenceLength: 512, memoryMiB: 280 },
  ],
  [
    'of wide layers and long samples',
    { size: { ...SMALL, width: 512, feedForward: 2_048 }, weights: 'Q8_0' },
    { sequenceLength: 1_000 },
  ],
]

interface Run {
  peakMiB: number
  reckonedMiB: number
}

const isAsReckoned = ({ peakMiB, reckonedMiB }: Run): boolean =>
  Math.abs(peakMiB / reckonedMiB - 1) < TOLERANCE

async function runOf(job: TrainerJob): Promise<Run> {
  const { events, peakMiB } = await runTrainer({ type: 'begin', job }, new AbortController().signal)
  const started = events.map(({ event }) => event).find((event) => event.type === 'started')
  if (started?.type !== 'started') throw new Error('The trainer did not start.')
  return { peakMiB, reckonedMiB: started.memoryMiB }
}

describe.runIf(process.platform === 'linux')('the memory that a trainer takes is as it was reckoned', () => {
  it.each(CASES)('for a model %s', async (name, form, { sequenceLength, memoryMiB }) => {
    const modelPath = join(scratch, `${name}.gguf`)
    await ensureModel(modelPath, form)
    const job = await writeJob(scratch, {
      ...{ modelPath, sequenceLength, memoryMiB, steps: 2, threads: 1, rank: 16 },
    })
    const runs: Run[] = []
    while (runs.length < TRIES && !runs.some(isAsReckoned)) runs.push(await runOf(job))
    expect(runs).toContainEqual(expect.toSatisfy(isAsReckoned))
    if (memoryMiB === undefined) return
    expect(Math.min(...runs.map(({ peakMiB }) => peakMiB))).toBeLessThan(memoryMiB * (1 + TOLERANCE))
  })
})
