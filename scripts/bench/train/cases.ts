import { join } from 'node:path'
import type { TrainerJob } from '../../../gpu-node/trainer/messages.ts'
import type { Shape } from '../../starter/llama-metadata.ts'
import type { BenchContext } from '../bench.ts'
import { ensureModel, type ModelForm, SHAPES } from '../engine/model-maker.ts'
import { writeJob } from './trainer.ts'

const SMALL_VOCABULARY = 4_096

/** Shapes to train. */
export const TRAINED_SHAPES = {
  '135m': SHAPES['135m'],
  '32m': SHAPES['32m'],
  '151,936 tokens': { layers: 6, width: 256, heads: 4, keyHeads: 2, feedForward: 768, vocabulary: 151_936 },
  deep: { layers: 40, width: 192, heads: 6, keyHeads: 6, feedForward: 512, vocabulary: SMALL_VOCABULARY },
  wide: { layers: 3, width: 1_024, heads: 8, keyHeads: 1, feedForward: 4_096, vocabulary: SMALL_VOCABULARY },
  '1,024 at once': { layers: 6, width: 256, heads: 8, keyHeads: 2, feedForward: 768, vocabulary: 32_000 },
} satisfies Record<string, Shape>

export const TRAINED_RANK = 16
export const USUAL_LENGTH = 512

export interface Case {
  shape: keyof typeof TRAINED_SHAPES
  type: ModelForm['weights']
  sequenceLength?: number
  /** Memory that the trainer may take. */
  memoryMiB?: number
  steps: number
  /** A checkpoint behind every so many. */
  saveSteps?: number
}

export const nameOf = ({ shape, type, memoryMiB }: Case): string =>
  `${shape} ${type}${memoryMiB === undefined ? '' : ` in ${memoryMiB} MiB`}`

/** The job of a case, and its model's file. One thread: tokens per second of CPU are compared. */
export async function jobOf(each: Case, { scratchDir }: BenchContext): Promise<TrainerJob> {
  const { shape, type, sequenceLength = USUAL_LENGTH, memoryMiB, steps, saveSteps } = each
  const modelPath = join(scratchDir, `${shape}-${type}.gguf`)
  await ensureModel(modelPath, { size: TRAINED_SHAPES[shape], weights: type })
  return writeJob(scratchDir, {
    ...{ modelPath, sequenceLength, steps, threads: 1, memoryMiB, rank: TRAINED_RANK },
    ...(saveSteps !== undefined && { saveSteps }),
  })
}
