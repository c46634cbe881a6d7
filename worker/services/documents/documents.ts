import { and, count, desc, eq, gt, isNotNull, isNull, or, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import { AppError, toAppError } from '../../../shared/errors.ts'
import type { Db } from '../../db/client.ts'
import { files as filesTable, libraries } from '../../db/tables/files.ts'
import { createAudit } from '../audit.ts'
import type { Draft, Files, FileWords, StoredFile } from '../files/files.ts'
import type { LibraryStub, TextStretch } from '../library/library.ts'
import { isSettled, type LibraryDocument } from '../library/library-documents.ts'
import type { SearchRequest } from '../library/search-request.ts'
import type { WebhookEvents } from '../webhooks/events.ts'
import { docIdOf } from './doc-ids.ts'
import type { SendDocumentMessages } from './document-messages.ts'
import { isDocumentPurpose } from './purposes.ts'
import type { Reading } from './reading.ts'
import { NO_NODE } from './reasons.ts'
import type { NewDocumentFile, ReceiveFile } from './receiving.ts'

/** How long the answer to an upload waits for its index. */
export const UPLOAD_WAIT_MS = 20_000

/** Files that are looked at together for a list. */
const LISTED_AT_ONCE = 100

/** A file that is a document, with the document. */
export interface UploadedDocument {
  file: StoredFile
  /** Null where it was deleted while it was waited for. */
  document: LibraryDocument | null
}

export interface DocumentsOptions {
  db: Db
  files: Pick<Files, 'find' | 'remove' | 'discard'>
  receive: ReceiveFile
  reading: Pick<Reading, 'canRead' | 'stop'>
  library: (accountId: string) => LibraryStub
  send: SendDocumentMessages
  events: Pick<WebhookEvents, 'emit'>
  now?: () => number
}

export type Documents = ReturnType<typeof createDocuments>

const noSuchDocument = () => new AppError('not_found', 'There is no such document.', { param: 'document_id' })

/** The documents of accounts: files that are read, so that what is in them is found. */
export function createDocuments(options: DocumentsOptions) {
  const { db, files, receive, reading, library, send, events, now = Date.now } = options
  const isLive = () => or(isNull(filesTable.expiresAt), gt(filesTable.expiresAt, now()))

  /**
   * Takes a stored file into its account's library and has it read. May be done again, until the file says which document it
   * is: so a file whose request was cut off is taken in by the clock.
   */
  async function admit(file: StoredFile): Promise<LibraryDocument> {
    const { id, accountId, name, sizeBytes: bytes, contentType, purpose, createdAt } = file
    const { document, isNew } = await library(accountId).add({
      ...{ id, fileId: id, name, bytes, contentType, key: id },
      sha256: file.sha256 ?? '',
      source: purpose,
    })
    const isOpen = and(eq(filesTable.id, id), isNull(filesTable.documentId))
    const data = { file_id: file.shortId ?? '', doc_id: docIdOf(document.id), filename: name, size: bytes }
    const event = events.emit(
      { accountId, type: 'file.uploaded', data },
      sql`exists (select 1 from ${filesTable} where ${isOpen})`,
    )
    await db.batch([
      db.insert(libraries).values({ accountId, checkedAt: createdAt }).onConflictDoNothing(),
      ...event.statements,
      db.update(filesTable).set({ documentId: document.id }).where(isOpen),
    ])
    event.deliver()
    if (isNew || !isSettled(document.state))
      await send([{ type: 'read', accountId, documentId: document.id }])
    return document
  }

  /** Deletes a file: first from the library, so that no search finds it any more. What is cut off behind that, the sweep ends. */
  async function discard(file: StoredFile, record: readonly BatchItem<'sqlite'>[] = []): Promise<void> {
    const { id, accountId, name, shortId } = file
    const removal = await library(accountId).removeName(id)
    const documentId = file.documentId ?? removal?.documentId ?? id
    if (removal?.isDocumentGone) await reading.stop(documentId)
    const data = { file_id: shortId ?? '', doc_id: docIdOf(documentId), filename: name }
    const isThere = sql`exists (select 1 from ${filesTable} where ${eq(filesTable.id, id)})`
    const event = events.emit({ accountId, type: 'file.deleted', data }, isThere)
    if (await files.discard(accountId, id, [...record, ...event.statements])) event.deliver()
  }

  /** The same by its account, which is written down. */
  const discardRecorded = (file: StoredFile) => {
    const { id, accountId } = file
    const entry = { actorId: accountId, action: 'file.delete', target: id }
    return discard(file, [createAudit(db, now).rowWhere(entry, filesTable, eq(filesTable.id, id))])
  }

  /** Waits for the index. Throws `invalid_request` for a file that turns out not to be readable; nothing of it is left. */
  async function settled(
    file: StoredFile,
    document: LibraryDocument,
    waitMs: number,
  ): Promise<LibraryDocument | null> {
    const shelf = library(file.accountId)
    if (!isSettled(document.state) && !(await reading.canRead(file.contentType)))
      return { ...document, reason: NO_NODE }
    const end = await shelf.waitSettled(document.id, waitMs)
    if (end === undefined) return shelf.get(document.id)
    if (end?.state !== 'failed') return end
    await discard(file)
    throw new AppError('invalid_request', end.reason ?? 'It cannot be read.', { param: 'file' })
  }

  /** Has a stored file read where it is a document, and waits, as `upload` promises. */
  async function take(file: StoredFile, waitMs = UPLOAD_WAIT_MS): Promise<UploadedDocument> {
    if (!isDocumentPurpose(file.purpose)) return { file, document: null }
    const admitted = await admit(file).catch(async (thrown) => {
      // A library that takes no more: the file would be one that nobody finds.
      if (toAppError(thrown).code !== 'internal') await discard(file)
      throw thrown
    })
    return { file, document: await settled(file, admitted, waitMs) }
  }

  async function filesOf(accountId: string, documentId: string): Promise<StoredFile[]> {
    return db
      .select()
      .from(filesTable)
      .where(and(eq(filesTable.accountId, accountId), eq(filesTable.documentId, documentId)))
  }

  return {
    admit,
    discard,
    take,

    /** Deletes a file, whatever it is for. Throws `not_found`. */
    async remove(accountId: string, id: string): Promise<void> {
      const file = await files.find(accountId, id)
      if (!file || file.shortId === null) await files.remove(accountId, id)
      else await discardRecorded(file)
    },

    /** The document that a file is; null where it is none. */
    of: async ({ id, accountId, shortId }: StoredFile): Promise<LibraryDocument | null> =>
      shortId === null ? null : library(accountId).findByFile(id),

    /** Tells of files which of them are documents that are not ready, and where those stand. */
    async standing(accountId: string, listed: readonly StoredFile[]) {
      const isAny = listed.some(({ shortId }) => shortId !== null)
      const known = isAny ? await library(accountId).notReady() : []
      const byId = new Map(known.map((document) => [document.id, document]))
      return ({ shortId, documentId }: StoredFile): Pick<LibraryDocument, 'state' | 'reason'> | undefined => {
        if (shortId === null) return undefined
        return documentId === null ? { state: 'queued', reason: null } : byId.get(documentId)
      }
    },

    /**
     * Stores a file and, where its purpose makes a document of it, waits until that is found by searches, or as long as an answer may
     * wait. Throws `invalid_request`, `too_large` and `storage_full`; then nothing of it is left.
     */
    async upload(
      accountId: string,
      bytes: AsyncIterable<Uint8Array>,
      given: NewDocumentFile,
      decide: (draft: Draft) => FileWords | Promise<FileWords>,
      waitMs = UPLOAD_WAIT_MS,
    ): Promise<UploadedDocument> {
      return take(await receive(accountId, bytes, given, decide), waitMs)
    },

    /** Those of these documents that are the account's, and still there. */
    async known(accountId: string, documentIds: readonly string[]): Promise<Set<string | null>> {
      const isAsked = sql`${filesTable.documentId} in (select value from json_each(${JSON.stringify(documentIds)}))`
      const rows = await db
        .selectDistinct({ documentId: filesTable.documentId })
        .from(filesTable)
        .where(and(eq(filesTable.accountId, accountId), isAsked))
      return new Set(rows.map(({ documentId }) => documentId))
    },

    get: (accountId: string, documentId: string): Promise<LibraryDocument | null> =>
      library(accountId).get(documentId),

    /** A stretch of the text of a document that was read. Throws `not_found`. */
    text: (accountId: string, documentId: string, stretch: TextStretch): Promise<string> =>
      library(accountId).documentText(documentId, stretch),

    /** A page of documents by the age of their last files, the newest first. `after` is a document of the page before. */
    async list(accountId: string, { limit, after }: { limit: number; after?: string }) {
      const shelf = library(accountId)
      const last = after === undefined ? undefined : (await shelf.get(after))?.names.at(-1)?.fileId
      let from = last
      const found: LibraryDocument[] = []
      while (true) {
        const page = await shelf.list({ limit: LISTED_AT_ONCE, ...(from !== undefined && { after: from }) })
        // One with several names stands where the last of them does.
        const own = page.files.filter(({ document, fileId }) => document.names.at(-1)?.fileId === fileId)
        found.push(...own.map(({ document }) => document))
        from = page.files.at(-1)?.fileId
        const isAll = !page.hasMore || from === undefined
        if (isAll || found.length > limit)
          return { documents: found.slice(0, limit), hasMore: found.length > limit }
      }
    },

    /** A page of files, the newest first, and how many there are. */
    async listFiles(accountId: string, { limit, offset }: { limit: number; offset: number }) {
      const theirs = and(eq(filesTable.accountId, accountId), isNotNull(filesTable.documentId), isLive())
      const [found, [counted]] = await db.batch([
        db
          .select()
          .from(filesTable)
          .where(theirs)
          .orderBy(desc(filesTable.createdAt), desc(filesTable.id))
          .limit(limit)
          .offset(offset),
        db.select({ total: count() }).from(filesTable).where(theirs),
      ])
      return { files: found, total: counted?.total ?? 0 }
    },

    /** The file that Agentic's contract calls so, whoever it belongs to. */
    async findShort(shortId: string): Promise<StoredFile | undefined> {
      const [file] = await db
        .select()
        .from(filesTable)
        .where(and(eq(filesTable.shortId, shortId), isLive()))
      return file
    },

    /** Deletes a document with all files of its bytes. Throws `not_found`. */
    async removeDocument(accountId: string, documentId: string): Promise<void> {
      const known = await library(accountId).get(documentId)
      const named = await filesOf(accountId, documentId)
      if (!known && named.length === 0) throw noSuchDocument()
      // At once, and not name by name: no search is to see a part of it.
      if (known) await library(accountId).remove(documentId)
      await reading.stop(documentId)
      for (const file of named) await discardRecorded(file)
    },

    search: (accountId: string, request: SearchRequest) => library(accountId).search(request),
  }
}
