import { type RowFault, readRow, TrainingRow } from '../../shared/training-rows.ts'
import { createPromptReader } from '../engine/text/prompt.ts'
import type { Vocabulary } from '../engine/vocabulary.ts'
import type { TrainerJob } from './messages.ts'
import { chosen, joined, type Lesson, type Lessons, placesOf } from './samples/lesson.ts'
import { LessonIndex } from './samples/lesson-index.ts'
import { BadRow, type SampleCounts, Samples } from './samples/samples.ts'
import { Random } from './training/random.ts'
import { settle } from './training/settings.ts'

/** The rows that a job learns from, and those that it is measured on. */
export interface Curriculum {
  lessons: Lessons
  /** Tokens that are learned in one epoch. */
  lossTokens: number
  validation: Lessons
  counts: SampleCounts
  warnings: { code: string; message: string }[]
  /** Lets go of the files. */
  close(): void
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
  const settings = {
    reader,
    vocabulary,
    sequenceLength,
    excess: job.excess,
    trainsOnInputs: job.trainsOnInputs,
  }
  const reading = { first: new Samples(settings), again: new Samples(settings) }
  const random = new Random(job.wishes.seed ?? 0)
  const opened: LessonIndex[] = []
  const read = async (path: string) => {
    const index = await readLessons(path, job.rowType, reading)
    opened.push(index)
    return index
  }
  const all = await read(job.rowsPath)
  const held = job.validationPath ? await read(job.validationPath) : undefined
  const split = held ? 0 : Math.round(all.length * job.validationShare)
  const places = split > 0 ? random.shuffled(placesOf(all)) : placesOf(all)
  const [apart, own] = [places.slice(0, split), places.slice(split)]
  const replay = await replayed(job, read, random)
  const lessons = joined(chosen(all, own), replay.lessons)
  if (lessons.length === 0)
    throw new BadRow('No row has anything to learn in it: all are empty or longer than the sequence length.')
  const hashesOf = (index: LessonIndex, some: readonly number[]) =>
    some.map((place) => index.hashes[place] ?? 0)
  return {
    lessons,
    lossTokens: all.lossTokensOf(own) + replay.lossTokens,
    validation: held ?? chosen(all, apart),
    counts: reading.first.counts,
    warnings: warningsOf(hashesOf(all, own), held ? [...held.hashes] : hashesOf(all, apart)),
    close: () => {
      for (const index of opened) index.close()
    },
  }
}

/** Samples of rows that are read for the first time, and of those that are read again. */
interface Reading {
  first: Samples
  again: Samples
}

/** A share of an earlier job's lessons; never none of them, however few there are: what it taught would be forgotten. */
async function replayed(
  { replayPath, replayShare = 0 }: TrainerJob,
  read: (path: string) => Promise<LessonIndex>,
  random: Random,
): Promise<Pick<Curriculum, 'lessons' | 'lossTokens'>> {
  if (replayPath === undefined || replayShare === 0) return { lessons: [], lossTokens: 0 }
  const earlier = await read(replayPath)
  const count = Math.max(1, Math.round(earlier.length * replayShare))
  const places = random.shuffled(placesOf(earlier)).slice(0, count)
  return { lessons: chosen(earlier, places), lossTokens: earlier.lossTokensOf(places) }
}

/** The lessons of a file. Rows are counted when they are read for the first time. */
function readLessons(path: string, type: TrainerJob['rowType'], both: Reading): Promise<LessonIndex> {
  return LessonIndex.read({
    path,
    lessonsOf: (line, number, isFirst) => lessonsOf(line, number, type, isFirst ? both.first : both.again),
  })
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

function warningsOf(lessons: readonly number[], validation: readonly number[]): Curriculum['warnings'] {
  const known = new Set(lessons)
  const warnings: Curriculum['warnings'] = []
  const repeated = lessons.length - known.size
  if (repeated > lessons.length * DUPLICATE_SHARE)
    warnings.push({ code: 'duplicates', message: `${repeated} of ${lessons.length} rows repeat another.` })
  const shared = validation.filter((hash) => known.has(hash)).length
  if (shared > 0) {
    warnings.push({
      code: 'validation_overlap',
      message: `${shared} of ${validation.length} validation rows are also trained on, so their loss says little.`,
    })
  }
  return warnings
}
