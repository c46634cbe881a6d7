import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { libraryFolder } from '../../../gpu-node/trainer/ggml/folder.ts'
import { type Ggml, loadGgml } from '../../../gpu-node/trainer/ggml/library.ts'
import { type Bench, type BenchContext, BenchSkip, type Figure } from '../bench.ts'
import { type TrainedShape, type WeightType, writeTrainedModel } from './models.ts'
import { runTrainer, type TrainerRun, writeJob } from './trainer.ts'

const SMALL_VOCABULARY = 4_096
const USUAL_VOCABULARY = 49_152

const SHAPES = {
  '135m': { layers: 30, width: 576, heads: 9, keyHeads: 3, feedForward: 1_536, vocabulary: USUAL_VOCABULARY },
  '32m': { layers: 8, width: 384, heads: 6, keyHeads: 2, feedForward: 1_024, vocabulary: USUAL_VOCABULARY },
  '151,936 tokens': { layers: 6, width: 256, heads: 4, keyHeads: 2, feedForward: 768, vocabulary: 151_936 },
  deep: { layers: 40, width: 192, heads: 6, keyHeads: 6, feedForward: 512, vocabulary: SMALL_VOCABULARY },
  wide: { layers: 3, width: 1_024, heads: 8, keyHeads: 1, feedForward: 4_096, vocabulary: SMALL_VOCABULARY },
  '1,024 at once': { layers: 6, width: 256, heads: 8, keyHeads: 2, feedForward: 768, vocabulary: 32_000 },
} satisfies Record<string, TrainedShape>

interface Case {
  shape: keyof typeof SHAPES
  type: WeightType
  sequenceLength?: number
  /** Memory that the trainer may take. */
  memoryMiB?: number
}

const WEIGHT_TYPES = ['F32', 'Q8_0', 'Q4_0'] as const

const CASES: readonly Case[] = [
  ...WEIGHT_TYPES.map((type): Case => ({ shape: '32m', type })),
  { shape: '151,936 tokens', type: 'Q8_0' },
  { shape: 'deep', type: 'F32' },
  { shape: 'wide', type: 'Q4_0' },
  { shape: '1,024 at once', type: 'Q8_0', sequenceLength: 1_024 },
  ...WEIGHT_TYPES.map((type): Case => ({ shape: '135m', type })),
  { shape: '135m', type: 'Q8_0', memoryMiB: 800 },
]

const USUAL_LENGTH = 512
/** The first is not timed: the graph is made in it. */
const STEPS = 2
/** How far the memory that was reckoned may be from what is taken. */
const ESTIMATE_TOLERANCE = 0.1

/** Tokens per second of CPU between the first step and the last. */
function speedOf({ events }: TrainerRun): number {
  const steps = events.flatMap(({ event, cpuMs }) =>
    event.type === 'progress' && cpuMs !== undefined ? [{ tokens: event.trainedTokens, cpuMs }] : [],
  )
  const [first, last] = [steps[0], steps.at(-1)]
  if (first === undefined || last === undefined || last.cpuMs <= first.cpuMs)
    throw new BenchSkip('this system does not tell how much a process computes.')
  return ((last.tokens - first.tokens) / (last.cpuMs - first.cpuMs)) * 1_000
}

async function figuresOf(ggml: Ggml, each: Case, context: BenchContext): Promise<Figure[]> {
  const { shape, type, sequenceLength = USUAL_LENGTH, memoryMiB } = each
  const { scratchDir, signal, note } = context
  const name = `${shape} ${type}${memoryMiB === undefined ? '' : ` in ${memoryMiB} MiB`}`
  note(name)
  const modelPath = join(scratchDir, `${type}.gguf`)
  await writeTrainedModel(ggml, modelPath, SHAPES[shape], type)
  // One thread: tokens per second of CPU are compared.
  const job = await writeJob(scratchDir, { modelPath, sequenceLength, steps: STEPS, threads: 1, memoryMiB })
  const told = await runTrainer({ type: 'estimate', plan: job }, signal)
  const refused = told.events.map(({ event }) => event).find((event) => event.type === 'failed')
  if (refused?.type === 'failed' && memoryMiB !== undefined) {
    await rm(modelPath)
    const value = refused.refusal?.neededMiB ?? Number.NaN
    return [{ name: `${name}: memory needed`, value, unit: 'MiB', target: { atMost: memoryMiB } }]
  }
  const estimate = told.events.map(({ event }) => event).find((event) => event.type === 'estimated')
  if (estimate?.type !== 'estimated') throw new Error('The trainer did not say what it would take.')
  const run = await runTrainer({ type: 'begin', job }, signal)
  await rm(modelPath)
  const memory: Figure[] = [
    { name: `${name}: memory reckoned`, value: estimate.memoryMiB, unit: 'MiB' },
    {
      name: `${name}: most resident`,
      value: run.peakMiB,
      unit: 'MiB',
      ...(memoryMiB !== undefined && { target: { atMost: memoryMiB } }),
    },
    {
      name: `${name}: off the reckoning by`,
      value: Math.abs(run.peakMiB / estimate.memoryMiB - 1) * 100,
      unit: '%',
      target: { atMost: ESTIMATE_TOLERANCE * 100 },
    },
  ]
  return [...memory, { name: `${name}: tokens per CPU second`, value: speedOf(run), unit: '' }]
}

/** The bench of the trainer alone. */
export const train: Bench = {
  name: 'train',
  summary: 'training: memory against what was reckoned, and tokens per second of CPU',
  async run(context) {
    if (process.platform !== 'linux') throw new BenchSkip('memory and CPU of a process are read from /proc.')
    const folder = await libraryFolder('cpu')
    if (folder === undefined) throw new BenchSkip('the libraries of node-llama-cpp are not installed.')
    const ggml = loadGgml(folder)
    await promisify(execFile)('python3', ['-c', 'import torch']).then(
      () => context.note('PyTorch is here, and is not compared with yet: figures are the trainer’s alone.'),
      () =>
        context.note(
          'Without python3-torch there is nothing to compare with: figures are the trainer’s alone.',
        ),
    )
    const figures: Figure[] = []
    for (const each of CASES) {
      const own = await figuresOf(ggml, each, context)
      for (const { name, value, unit } of own) context.note(`${name}: ${value.toFixed(1)} ${unit}`.trimEnd())
      figures.push(...own)
    }
    return figures
  },
}
