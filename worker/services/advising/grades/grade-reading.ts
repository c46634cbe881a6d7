import { and, eq, isNull, or, sql } from 'drizzle-orm'
import type { DocumentPage } from '../../../../shared/document-page.ts'
import { AppError } from '../../../../shared/errors.ts'
import {
  isFileFault,
  MAX_OCR_PAGES,
  MAX_TASK_LIMIT_MS,
  TASK_LIMIT_MS,
} from '../../../../shared/tasks/tasks.ts'
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

/** Characters of the pages that are kept while others are read as pictures; a transcript with more of them is read as it is. */
export const MAX_KEPT_CHARACTERS = 256 * 1024

/** When to ask again: for a transcript that a node reads, and where no node reads any. */
export const READING_SECONDS = 2
export const NO_NODE_SECONDS = 60

const PAGES_PREFIX = 'transcript-pages/'
const OUTPUT = 'pages'

/** The end of reading, as it is kept: the same question is answered without a node from then on. */
type Outcome = { proposal: Proposal } | { unreadable: string }

/** The pages that have been read while those without text are read as pictures: no end as yet. */
interface Interim {
  pages: DocumentPage[]
}

/** As `gradesFound` is written here alone. */
type Found = Outcome | Interim | null
const isEnd = (found: Found): found is Outcome => found !== null && !('pages' in found)

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

async function* replaced(pages: readonly DocumentPage[], others: ReadonlyMap<number | null, DocumentPage>) {
  for (const page of pages) yield others.get(page.page) ?? page
}

/** Reads the grades of transcripts on nodes, for their students to look at; no profile is touched. */
export function createGradeReading({ db, bucket, tasks }: GradeReadingOptions) {
  const isUnended = or(
    isNull(transcripts.gradesFound),
    sql`${transcripts.gradesFound} -> '$.pages' is not null`,
  )

  const hand = (
    taskId: string,
    { id, accountId, sizeBytes }: Pick<Transcript, 'id' | 'accountId' | 'sizeBytes'>,
    work: { kind: 'extract'; options: { format: 'pdf' } } | { kind: 'ocr'; options: { pages: number[] } },
  ) =>
    tasks.create({
      id: taskId,
      ...work,
      accountId,
      owner: GRADE_TASKS,
      inputs: [{ name: 'file', key: transcriptKey(id), bytes: sizeBytes }],
      outputs: [{ name: OUTPUT, key: PAGES_PREFIX + taskId, maxBytes: MAX_TRANSCRIPT_PAGES_BYTES }],
      limitMs: work.kind === 'ocr' ? MAX_TASK_LIMIT_MS : TASK_LIMIT_MS,
    })

  /** Begins unless somebody else has, since `before`. */
  async function begin(transcript: Transcript): Promise<void> {
    const { id, gradesTaskId: before } = transcript
    const taskId = newId()
    const isAsRead = before === null ? isNull(transcripts.gradesTaskId) : eq(transcripts.gradesTaskId, before)
    const [mine] = await db
      .update(transcripts)
      .set({ gradesTaskId: taskId, gradesFound: null })
      .where(and(eq(transcripts.id, id), isAsRead, isUnended))
      .returning({ id: transcripts.id })
    if (mine) await hand(taskId, transcript, { kind: 'extract', options: { format: 'pdf' } })
  }

  async function pagesOf(task: EndedTask): Promise<DocumentPage[] | undefined> {
    const key = task.state === 'done' ? task.outputs.find(({ name }) => name === OUTPUT)?.key : undefined
    if (key === undefined) return undefined
    const pages: DocumentPage[] = []
    for await (const page of pageLines(objectBytes(bucket, [{ key }]))) pages.push(page)
    return pages
  }

  /** Has the pages without text read as pictures, where a node does that; false where they stay as they are. */
  async function beginPictures(
    transcript: typeof transcripts.$inferSelect,
    taskId: string,
    pages: DocumentPage[],
  ): Promise<boolean> {
    const unread = pages.flatMap(({ page, usable }) => (usable || page === null ? [] : [page]))
    if (unread.length === 0 || !(await tasks.canRun('ocr'))) return false
    if (JSON.stringify(pages).length > MAX_KEPT_CHARACTERS) return false
    const next = newId()
    const [mine] = await db
      .update(transcripts)
      .set({ gradesTaskId: next, gradesFound: { pages } satisfies Interim })
      .where(and(eq(transcripts.gradesTaskId, taskId), isNull(transcripts.gradesFound)))
      .returning({ id: transcripts.id })
    if (mine)
      await hand(next, transcript, { kind: 'ocr', options: { pages: unread.slice(0, MAX_OCR_PAGES) } })
    return true
  }

  /** The find of a task; undefined where another try may find more. */
  async function outcomeOf(task: EndedTask, found: Interim | null): Promise<Outcome | undefined> {
    const pages = await pagesOf(task)
    if (found) {
      // Where pictures could not be read, the other pages still are.
      const read = (pages ?? []).filter(({ usable }) => usable)
      const pictures = new Map(read.map((page) => [page.page, page]))
      return { proposal: await proposalOf(replaced(found.pages, pictures)) }
    }
    if (pages) return { proposal: await proposalOf(replaced(pages, new Map())) }
    const isFinal = task.state === 'failed' && isFileFault(task.error.code)
    return isFinal ? { unreadable: task.error.message } : undefined
  }

  return {
    /**
     * The grades that a transcript seems to state; undefined while a node reads it. Throws `invalid_request` for one that cannot
     * be read, and `no_capacity` where no node reads any.
     */
    async propose(transcript: Transcript): Promise<Proposal | undefined> {
      if (transcript.contentType !== 'application/pdf') throw unreadable('Grades are read from a PDF alone')
      const found = transcript.gradesFound as Found // written here alone
      if (isEnd(found)) {
        if ('unreadable' in found) throw unreadable(found.unreadable)
        return found.proposal
      }
      const task = transcript.gradesTaskId === null ? undefined : await tasks.get(transcript.gradesTaskId)
      const isUnderWay = task !== undefined && task.state !== 'failed' && task.state !== 'cancelled'
      const isTaken = task?.state === 'running' || task?.state === 'done'
      if (!isTaken && !(await tasks.canRun('extract'))) {
        throw new AppError('no_capacity', 'No node that reads PDF files is connected.', {
          retryAfterSeconds: NO_NODE_SECONDS,
        })
      }
      if (!isUnderWay) await begin(transcript)
      return undefined
    },

    /** Takes the end of a task, as often as it is told. */
    async onTaskEnded(task: EndedTask): Promise<void> {
      const [transcript] = await db.select().from(transcripts).where(eq(transcripts.gradesTaskId, task.id))
      const found = (transcript?.gradesFound ?? null) as Found // written here alone
      if (transcript && !isEnd(found)) {
        const pages = task.kind === 'extract' ? await pagesOf(task) : undefined
        if (!pages || !(await beginPictures(transcript, task.id, pages))) {
          const outcome = await outcomeOf(task, found)
          await db
            .update(transcripts)
            .set(outcome === undefined ? { gradesTaskId: null } : { gradesFound: outcome })
            .where(and(eq(transcripts.gradesTaskId, task.id), isUnended))
        }
      }
      if (task.state === 'done') await bucket.delete(task.outputs.map(({ key }) => key))
    },
  }
}
