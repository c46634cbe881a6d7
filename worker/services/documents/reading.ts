import { and, eq, lt, ne } from 'drizzle-orm'
import type { DocumentPage } from '../../../shared/document-page.ts'
import { AppError, toAppError } from '../../../shared/errors.ts'
import type { Logger } from '../../../shared/log.ts'
import { MAX_OCR_PAGES, MAX_TASK_OUTPUT_BYTES } from '../../../shared/tasks/tasks.ts'
import { MIB } from '../../../shared/units.ts'
import { type Db, newId } from '../../db/client.ts'
import { documentTasks } from '../../db/tables/files.ts'
import { partKey } from '../files/files.ts'
import { objectBytes } from '../files/object-bytes.ts'
import type { LibraryStub } from '../library/library.ts'
import { isSettled, type LibraryDocument } from '../library/library-documents.ts'
import type { EndedTask, Tasks } from '../tasks/tasks.ts'
import type { SendDocumentMessages } from './document-messages.ts'
import { INDEX_SLICE_MS, indexPages } from './indexing.ts'
import { pageLines } from './page-lines.ts'
import { formatOf, isReadByNodes } from './reading/formats.ts'
import { READERS, type TextFormat } from './reading/read-text.ts'
import { NO_NODE, WAITS_FOR_SLOT } from './reasons.ts'

/** The owner of the tasks that read documents. */
export const DOCUMENT_TASKS = 'documents'

/** How long a document may be read here without a word of it; each batch of passages is one. */
export const READ_LEASE_MS = 60_000

/** How long a node may take for a file: large ones ten times as long. */
export const READ_LIMIT_MS = 60_000
export const LARGE_READ_LIMIT_MS = 10 * 60_000
export const LARGE_FILE_BYTES = 4 * MIB

/** A lease outlasts the longest task. */
const NODE_LEASE_MS = 13 * 60_000

/** Where nodes put the pages of a document, in R2. */
export const PAGES_PREFIX = 'document-pages/'
const OUTPUT = 'pages'

/** Failures of the document and not of the moment: another attempt would fail as well. */
const FINAL = new Set(['invalid_request', 'limit_exceeded', 'too_large', 'storage_full', 'not_found'])

export interface ReadingOptions {
  db: Db
  bucket: R2Bucket
  library: (accountId: string) => LibraryStub
  tasks: Pick<Tasks, 'create' | 'cancel' | 'get' | 'canRun'>
  send: SendDocumentMessages
  log: Logger
  sliceMs?: number
  now?: () => number
}

type TaskRow = typeof documentTasks.$inferSelect

/** Reads documents and gives them to their library: texts here, other formats by tasks of nodes. */
export function createReading(options: ReadingOptions) {
  const { db, bucket, library, tasks, send, log, sliceMs = INDEX_SLICE_MS, now = Date.now } = options

  const nameOf = ({ names }: LibraryDocument): string => names.at(-1)?.name ?? ''

  /** Every name has bytes of its own, so any that is left will do. */
  const keyOf = ({ names }: LibraryDocument): string => partKey(names.at(-1)?.fileId ?? '')

  /** Does a part of an attempt; what fails for good ends the document, with its reason. */
  async function attempting(shelf: LibraryStub, document: LibraryDocument, work: () => Promise<unknown>) {
    const { id, attempt } = document
    try {
      await work()
    } catch (thrown) {
      const { code, message } = toAppError(thrown)
      if (FINAL.has(code)) {
        log.info('document.refused', { documentId: id, attempt, code })
        await shelf.move(id, attempt, { state: 'failed', reason: message })
      } else if (code === 'node_failed') {
        log.error('document.misread', { documentId: id, attempt })
        // The task is done, and would be taken up again for ever: the attempt is over, and the next one has a task of its own.
        await shelf.move(id, attempt, { state: 'reading', leaseMs: 0 })
      } else {
        log.error('document.interrupted', { documentId: id, attempt, code })
        // The next message finds it waiting, and not as somebody else's.
        const after = await shelf.interrupt(id, attempt)
        if (after?.state !== 'failed') throw thrown
      }
    }
  }

  const readHere = (accountId: string, shelf: LibraryStub, document: LibraryDocument, format: TextFormat) =>
    attempting(shelf, document, async () => {
      const { id, attempt } = document
      const state = document.state === 'indexing' ? 'indexing' : 'reading'
      const begun = await shelf.move(id, attempt, { state, leaseMs: READ_LEASE_MS })
      if (!begun) return
      const name = nameOf(document)
      const bytes = objectBytes(bucket, [{ key: keyOf(document) }])
      const pages = READERS[format]({ name, bytes })
      const indexed = await indexPages(shelf, { documentId: id, attempt, name }, pages, { sliceMs, now })
      if (indexed === 'part') await send([{ type: 'read', accountId, documentId: id, attempt }])
    })

  /** Tasks of attempts that are over are not waited for. */
  async function cancelOthers({ id, attempt }: LibraryDocument): Promise<void> {
    const others = and(eq(documentTasks.documentId, id), ne(documentTasks.attempt, attempt))
    for (const task of await db.select().from(documentTasks).where(others)) await forget(task)
  }

  async function forget(task: TaskRow): Promise<void> {
    await tasks.cancel(task.id)
    if (task.pagesKey) await bucket.delete(task.pagesKey)
    await db.delete(documentTasks).where(eq(documentTasks.id, task.id))
  }

  async function hand(
    accountId: string,
    document: LibraryDocument,
    work:
      | { kind: 'extract'; options: { format: 'pdf' | 'docx' } }
      | { kind: 'ocr'; options: { pages: number[] } },
    pagesKey: string | null,
  ): Promise<void> {
    const id = newId()
    const { attempt, bytes } = document
    await db
      .insert(documentTasks)
      .values({ id, accountId, documentId: document.id, attempt, pagesKey, createdAt: now() })
    await tasks.create({
      id,
      ...work,
      accountId,
      owner: DOCUMENT_TASKS,
      inputs: [{ name: 'file', key: keyOf(document), bytes }],
      outputs: [{ name: OUTPUT, key: PAGES_PREFIX + id, maxBytes: MAX_TASK_OUTPUT_BYTES }],
      limitMs: work.kind === 'ocr' || bytes > LARGE_FILE_BYTES ? LARGE_READ_LIMIT_MS : READ_LIMIT_MS,
    })
  }

  async function readOnNode(
    accountId: string,
    shelf: LibraryStub,
    document: LibraryDocument,
    format: 'pdf' | 'docx',
  ): Promise<void> {
    const { id, attempt } = document
    await cancelOthers(document)
    const mine = and(eq(documentTasks.documentId, id), eq(documentTasks.attempt, attempt))
    const [task] = await db.select().from(documentTasks).where(mine)
    const view = task && (await tasks.get(task.id))
    if (view?.state === 'running') {
      await shelf.move(id, attempt, { state: 'reading', leaseMs: NODE_LEASE_MS })
      return
    }
    if (task && !view) await forget(task)
    const canRun = await tasks.canRun('extract')
    if (view?.kind === 'ocr' && canRun && !(await tasks.canRun('ocr'))) {
      await tasks.cancel(view.id)
      // Who reads pictures is gone: the pages that have text do not wait for it.
      return onTaskEnded({ ...view, state: 'failed', error: { code: 'no_slot', message: '' } })
    }
    // Before the task: its end may come at once, and must not be overtaken by this.
    await shelf.move(id, attempt, { state: 'queued', reason: canRun ? WAITS_FOR_SLOT : NO_NODE })
    if (!view) await hand(accountId, document, { kind: 'extract', options: { format } }, null)
  }

  /** The pages that a task has written, with those of the pictures in place of those without text. */
  async function* merged(key: string, pictures: ReadonlyMap<number, DocumentPage>) {
    for await (const page of pageLines(objectBytes(bucket, [{ key }])))
      yield (page.page === null ? undefined : pictures.get(page.page)) ?? page
  }

  async function picturesOf(key: string): Promise<Map<number, DocumentPage>> {
    const pictures = new Map<number, DocumentPage>()
    for await (const page of pageLines(objectBytes(bucket, [{ key }])))
      if (page.page !== null && page.usable) pictures.set(page.page, page)
    return pictures
  }

  async function unusablePages(key: string): Promise<number[]> {
    const unusable: number[] = []
    for await (const { page, usable } of pageLines(objectBytes(bucket, [{ key }])))
      if (!usable && page !== null && unusable.length < MAX_OCR_PAGES) unusable.push(page)
    return unusable
  }

  async function takeEnd(shelf: LibraryStub, document: LibraryDocument, row: TaskRow, task: EndedTask) {
    const { id, attempt } = document
    const key = task.state === 'done' ? task.outputs.find(({ name }) => name === OUTPUT)?.key : undefined
    if (task.kind === 'extract') {
      if (task.state === 'failed')
        throw new AppError('invalid_request', `'${nameOf(document)}': ${task.error.message}`)
      if (key === undefined) throw new AppError('node_failed', 'The node has written no pages.')
      const unusable = document.contentType === 'application/pdf' ? await unusablePages(key) : []
      if (unusable.length > 0 && (await tasks.canRun('ocr'))) {
        // It waits for its turn again, for as long as others take: no attempt ends by that.
        await shelf.move(id, attempt, { state: 'queued', reason: WAITS_FOR_SLOT })
        await hand(row.accountId, document, { kind: 'ocr', options: { pages: unusable } }, key)
        return
      }
    }
    const pagesKey = task.kind === 'extract' ? key : row.pagesKey
    if (!pagesKey) throw new AppError('node_failed', 'The pages of the file are gone.')
    // Where pictures could not be read, the other pages still are.
    const pictures = task.kind === 'ocr' && key !== undefined ? await picturesOf(key) : new Map()
    await indexPages(shelf, { documentId: id, attempt, name: nameOf(document) }, merged(pagesKey, pictures))
    await bucket.delete([pagesKey, ...(key === undefined ? [] : [key])])
  }

  /** Takes the end of a task, as often as it is told. */
  async function onTaskEnded(task: EndedTask): Promise<void> {
    const [row] = await db.select().from(documentTasks).where(eq(documentTasks.id, task.id))
    if (!row) return
    const shelf = library(row.accountId)
    const document = await shelf.get(row.documentId)
    if (document && !isSettled(document.state) && document.attempt === row.attempt)
      await attempting(shelf, document, () => takeEnd(shelf, document, row, task))
    await db.delete(documentTasks).where(eq(documentTasks.id, task.id))
  }

  return {
    onTaskEnded,

    /** A node has taken a task: its document waits for nobody any more, and is being read. */
    async onTaskGiven(taskId: string): Promise<void> {
      const [row] = await db.select().from(documentTasks).where(eq(documentTasks.id, taskId))
      if (!row) return
      const shelf = library(row.accountId)
      const state = (await shelf.get(row.documentId))?.state
      // What a node has read may be on its way into the index already.
      if (state === 'queued' || state === 'reading')
        await shelf.move(row.documentId, row.attempt, { state: 'reading', leaseMs: NODE_LEASE_MS })
    },

    /**
     * Reads a document whose turn it is, or goes on with an attempt; does nothing for one that is read already, or by somebody else.
     */
    async read(accountId: string, documentId: string, goesOnWith?: number): Promise<void> {
      const shelf = library(accountId)
      const document = await shelf.get(documentId)
      if (!document || isSettled(document.state)) return
      const isTaken = document.state !== 'queued' && (document.leaseUntil ?? 0) > now()
      if (isTaken && document.attempt !== goesOnWith) return
      const format = formatOf(document.contentType)
      if (format === undefined)
        await shelf.move(documentId, document.attempt, {
          state: 'failed',
          reason: 'It is of no known format.',
        })
      else if (format === 'pdf' || format === 'docx') await readOnNode(accountId, shelf, document, format)
      else await readHere(accountId, shelf, document, format)
    },

    /** Whether a document of this type can be read now; others wait for a node. */
    canRead: async (contentType: string): Promise<boolean> => {
      const format = formatOf(contentType)
      return !format || !isReadByNodes(format) || tasks.canRun('extract')
    },

    /** Stops the tasks of a document that is no more. */
    async stop(documentId: string): Promise<void> {
      const theirs = eq(documentTasks.documentId, documentId)
      for (const task of await db.select().from(documentTasks).where(theirs)) await forget(task)
    },

    /** Forgets tasks that nobody will tell of any more. */
    async sweep(before: number): Promise<number> {
      const old = await db
        .select()
        .from(documentTasks)
        .where(lt(documentTasks.createdAt, before))
        .limit(1_000)
      for (const task of old) await forget(task)
      return old.length
    },
  }
}
export type Reading = ReturnType<typeof createReading>
