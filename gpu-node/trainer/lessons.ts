import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { type RowFault, readRow, TrainingRow } from '../../shared/training-rows.ts'
import { createPromptReader } from '../engine/text/prompt.ts'
import type { Vocabulary } from '../engine/vocabulary.ts'
import type { TrainerJob } from './messages.ts'
import { BadRow, type SampleCounts, Samples } from './samples/samples.ts'
import { Random } from './training/random.ts'
import type { Lesson } from './training/run.ts'
import { settle } from './training/settings.ts'
import type { Sample } from './training/window.ts'

/** The rows that a job learns from, and those that it is measured on. */
export interface Curriculum {
  lessons: readonly Lesson[]
  validation: readonly Sample[]
  counts: SampleCounts
  warnings: { code: string; message: string }[]
}

/** Rows of the same words are told from this share on. */
const DUPLICATE_SHARE = 0.05

/** Reads a job's rows and turns them into lessons. Throws `BadRow` in one sentence with the line. */
export async function readCurriculum(job: TrainerJob, vocabulary: Vocabulary): Promise<Curriculum> {
  const sequenceLength = settle(job.wishes, { width: 1, samples: 1 }).sequenceLength
  const reader = createPromptReader({
    vocabulary,
    contextTokens: Math.max(job.contextTokens, sequenceLength),
  })
  const samples = new Samples({
    reader,
    vocabulary,
    sequenceLength,
    excess: job.excess,
    trainsOnInputs: job.trainsOnInputs,
  })
  const random = new Random(job.wishes.seed ?? 0)
  const all = await readLessons(job.rowsPath, job.rowType, samples)
  const held = job.validationPath ? await readLessons(job.validationPath, job.rowType, samples) : []
  const split = job.validationPath ? 0 : Math.round(all.length * job.validationShare)
  const shuffled = split > 0 ? random.shuffled(all) : all
  const validation = job.validationPath ? held : shuffled.slice(0, split)
  const own = shuffled.slice(split)
  const lessons = [...own, ...(await replayed(job, samples, own.length, random))]
  if (lessons.length === 0)
    throw new BadRow('No row has anything to learn in it: all are empty or longer than the sequence length.')
  const { counts } = samples
  const texts = validation.map(({ sample }) => sample)
  return { lessons, validation: texts, counts, warnings: warningsOf(own, texts) }
}

async function replayed(
  { replayPath, replayShare = 0, rowType }: TrainerJob,
  samples: Samples,
  count: number,
  random: Random,
): Promise<Lesson[]> {
  if (replayPath === undefined || replayShare === 0) return []
  const earlier = await readLessons(replayPath, rowType, samples)
  return random.shuffled(earlier).slice(0, Math.round(count * replayShare))
}

async function readLessons(path: string, type: TrainerJob['rowType'], samples: Samples): Promise<Lesson[]> {
  const lessons: Lesson[] = []
  let number = 0
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    number += 1
    if (line.trim() === '') continue
    lessons.push(...lessonsOf(line, number, type, samples))
  }
  return lessons
}

/** The row of a line, or its mistakes. */
function rowOf(type: TrainerJob['rowType'], line: unknown): { row: TrainingRow } | { faults: RowFault[] } {
  if (type !== 'row') return readRow(type, line)
  const { data, error } = TrainingRow.safeParse(line)
  if (data !== undefined) return { row: data }
  return {
    faults: error.issues.map(({ path, message }) => ({ field: path.map(String).join('.'), message })),
  }
}

function lessonsOf(line: string, number: number, type: TrainerJob['rowType'], samples: Samples): Lesson[] {
  const read = rowOf(type, parseJson(line))
  if ('faults' in read) {
    const [fault] = read.faults
    throw new BadRow(
      `Line ${number}: ${fault?.field ? `"${fault.field}": ` : ''}${fault?.message ?? 'cannot be read'}.`,
    )
  }
  try {
    return samples.of(read.row)
  } catch (thrown) {
    throw new BadRow(`Line ${number}: ${thrown instanceof Error ? thrown.message : 'it cannot be learned.'}`)
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

const keyOf = ({ tokens }: Sample): string => tokens.join(' ')

function warningsOf(lessons: readonly Lesson[], validation: readonly Sample[]): Curriculum['warnings'] {
  const known = new Set(lessons.map(({ sample }) => keyOf(sample)))
  const warnings: Curriculum['warnings'] = []
  const repeated = lessons.length - known.size
  if (repeated > lessons.length * DUPLICATE_SHARE)
    warnings.push({ code: 'duplicates', message: `${repeated} of ${lessons.length} rows repeat another.` })
  const shared = validation.filter((sample) => known.has(keyOf(sample))).length
  if (shared > 0) {
    warnings.push({
      code: 'validation_overlap',
      message: `${shared} of ${validation.length} validation rows are also trained on, so their loss says little.`,
    })
  }
  return warnings
}
