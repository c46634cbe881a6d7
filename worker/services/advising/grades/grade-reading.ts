import { and, eq, isNull } from 'drizzle-orm'
import { AppError } from '../../../../shared/errors.ts'
import { isFileFault, TASK_LIMIT_MS } from '../../../../shared/tasks/tasks.ts'
import { MIB } from '../../../../shared/units.ts'
import { type Db, newId } from '../../../db/client.ts'
import { transcripts } from '../../../db/tables/advising.ts'
import { pageLines } from '../../documents/page-lines.ts'
import { objectBytes } from '../../files/object-bytes.ts'
import type { EndedTask, Tasks } from '../../tasks/tasks.ts'
import { type Transcript, transcriptKey } from '../transcripts.ts'
import { type Proposal, proposalOf } from './proposal.ts'

/** The owner of the tasks that read transcripts. */
export const GRADE_TASKS = 'transcripts'

/** Bytes of the pages of one transcript, as a node writes them. */
export const MAX_TRANSCRIPT_PAGES_BYTES = 4 * MIB

/** When to ask again: for a transcript that a node reads, and where no node reads any. */
export const READING_SECONDS = 2
export const NO_NODE_SECONDS = 60

const PAGES_PREFIX = 'transcript-pages/'
const OUTPUT = 'pages'

/** The end of reading, as it is kept: the same question is answered without a node from then on. */
type Outcome = { proposal: Proposal } | { unreadable: string }

const unreadable = (message: string) =>
  new AppError('invalid_request', message, {
    param: 'filename',
    issues: [{ path: ['path', 'filename'], message, type: 'value_error' }],
  })

export interface GradeReadingOptions {
  db: Db
  bucket: R2Bucket
  tasks: Pick<Tasks, 'create' | 'cancel' | 'get' | 'canRun'>
}

export type GradeReading = ReturnType<typeof createGradeReading>

/** Reads the grades of transcripts on nodes, for their students to look at; no profile is touched. */
export function createGradeReading({ db, bucket, tasks }: GradeReadingOptions) {
  /** Begins unless somebody else has, since `before`. */
  async function begin({ id, accountId, sizeBytes, gradesTaskId: before }: Transcript): Promise<void> {
    const taskId = newId()
    const isAsRead = before === null ? isNull(transcripts.gradesTaskId) : eq(transcripts.gradesTaskId, before)
    const [mine] = await db
      .update(transcripts)
      .set({ gradesTaskId: taskId })
      .where(and(eq(transcripts.id, id), isAsRead))
      .returning({ id: transcripts.id })
    if (!mine) return
    await tasks.create({
      id: taskId,
      kind: 'extract',
      options: { format: 'pdf' },
      accountId,
      owner: GRADE_TASKS,
      inputs: [{ name: 'file', key: transcriptKey(id), bytes: sizeBytes }],
      outputs: [{ name: OUTPUT, key: PAGES_PREFIX + taskId, maxBytes: MAX_TRANSCRIPT_PAGES_BYTES }],
      limitMs: TASK_LIMIT_MS,
    })
  }

  /** The find of a task; undefined where another try may find more. */
  async function outcomeOf(task: EndedTask): Promise<Outcome | undefined> {
    if (task.state === 'failed') {
      return isFileFault(task.error.code) ? { unreadable: task.error.message } : undefined
    }
    const key = task.outputs.find(({ name }) => name === OUTPUT)?.key
    return key === undefined
      ? undefined
      : { proposal: await proposalOf(pageLines(objectBytes(bucket, [{ key }]))) }
  }

  return {
    /**
     * The grades that a transcript seems to state; undefined while a node reads it. Throws `invalid_request` for one that cannot
     * be read, and `no_capacity` where no node reads any.
     */
    async propose(transcript: Transcript): Promise<Proposal | undefined> {
      if (transcript.contentType !== 'application/pdf') throw unreadable('Grades are read from a PDF alone')
      // Written by `onTaskEnded` alone.
      const outcome = transcript.gradesFound as Outcome | null
      if (outcome && 'unreadable' in outcome) throw unreadable(outcome.unreadable)
      if (outcome) return outcome.proposal
      const task = transcript.gradesTaskId === null ? undefined : await tasks.get(transcript.gradesTaskId)
      const isUnderWay = task !== undefined && task.state !== 'failed' && task.state !== 'cancelled'
      if (task?.state !== 'running' && task?.state !== 'done' && !(await tasks.canRun('extract'))) {
        throw new AppError('no_capacity', 'No node that reads PDF files is connected.', {
          retryAfterSeconds: NO_NODE_SECONDS,
        })
      }
      if (!isUnderWay) await begin(transcript)
      return undefined
    },

    /** Takes the end of a task, as often as it is told. */
    async onTaskEnded(task: EndedTask): Promise<void> {
      const outcome = await outcomeOf(task)
      await db
        .update(transcripts)
        .set(outcome === undefined ? { gradesTaskId: null } : { gradesFound: outcome })
        .where(and(eq(transcripts.gradesTaskId, task.id), isNull(transcripts.gradesFound)))
      if (task.state === 'done') await bucket.delete(task.outputs.map(({ key }) => key))
    },
  }
}
