import { sql } from 'drizzle-orm'
import { toDatedId } from '../../../../shared/dated-ids.ts'
import { toAppError } from '../../../../shared/errors.ts'
import { causeOf } from '../../../../shared/failure-cause.ts'
import type { Logger } from '../../../../shared/log.ts'
import { MIB } from '../../../../shared/units.ts'
import type { Db } from '../../../db/client.ts'
import { type ExportFormat, searchDatasets } from '../../../db/tables/search-datasets.ts'
import type { LibraryStub } from '../../library/library.ts'
import type { WebhookEvents } from '../../webhooks/events.ts'
import type { Workspace } from '../../workspace/workspace.ts'
import { createDatasetLeases, type DatasetRecord, LeaseLost } from './dataset-lease.ts'
import type { DatasetPieces } from './dataset-pieces.ts'
import { type CountTokens, nextLine, openDocument } from './document-rows.ts'
import { findDocuments, stillRead } from './find-documents.ts'
import { DATASET_PREFIX, exportPiece, writeExport } from './write-export.ts'

/** How long one invocation works on, and how long it waits for documents that are being read. */
export const SLICE_MS = 15_000
const READING_LIMIT_MS = 10_000

/** Bytes of a piece of rows, beside the last row's. */
const PIECE_BYTES = 4 * MIB

/** Tries at a step that fails on our side, and the waits between them. */
export const MAX_TRIES = 3
const RETRY_MS = 15_000

/** How long a dataset waits between looks at what it waits for, and how long for a node that counts its tokens. */
const WAIT_MS = 5_000
export const TOKENS_WAIT_LIMIT_MS = 60 * 60_000

const STOOD_STILL = `It was begun with ${MAX_TRIES} times and stood still each time.`

const DELETED_MEANWHILE = 'A document was deleted while its rows were written: make the dataset again.'

/** The end of a slice, and when the next one is due; undefined: at once. */
interface SliceEnd {
  row: DatasetRecord
  nextAt?: number | null
  waitingFor?: string
}

export interface DatasetMakerOptions {
  db: Db
  bucket: R2Bucket
  pieces: DatasetPieces
  workspace: Pick<Workspace, 'write'>
  library: (
    accountId: string,
  ) => Pick<
    LibraryStub,
    'unsettled' | 'waitSettled' | 'documentsWith' | 'list' | 'inOrder' | 'get' | 'documentText'
  >
  countTokens: CountTokens
  webhookEvents: Pick<WebhookEvents, 'emit'>
  ring: (datasetId: string, delaySeconds?: number) => Promise<void>
  log: Logger
  sliceMs?: number
  pieceBytes?: number
  now?: () => number
}

export type DatasetMaker = ReturnType<typeof createDatasetMaker>

/** The failure of a dataset, for its owner. */
class DatasetFailure extends Error {}

/** Makes datasets, a slice of work at a time: what is done is written down, and whoever comes next goes on from there. */
export function createDatasetMaker(options: DatasetMakerOptions) {
  const { db, bucket, pieces, workspace, countTokens, webhookEvents, ring, log } = options
  const { sliceMs = SLICE_MS, pieceBytes = PIECE_BYTES, now = Date.now } = options
  const leases = createDatasetLeases(db, now)

  /** Looks for the documents, once all that were there before are read. */
  async function find(found: DatasetRecord): Promise<SliceEnd> {
    const library = options.library(found.accountId)
    const row =
      found.status === 'pending'
        ? await leases.change(found, { status: 'processing', startedAt: now() })
        : found
    const left = await stillRead(library, row.waitsFor, Math.min(READING_LIMIT_MS, sliceMs))
    if (left.length > 0) {
      const waiting = await leases.change(row, { waitsFor: left, attempts: 0 })
      const waitingFor = `Documents that are still being read: ${left.length}.`
      return { row: waiting, nextAt: now() + WAIT_MS, waitingFor }
    }
    const documents = await findDocuments(library, row.query)
    return { row: await leases.change(row, { waitsFor: [], documents, attempts: 0 }) }
  }

  /** Writes a piece of the rows of some documents. A document that is too long for a piece goes on in the next. */
  async function writePiece(
    row: DatasetRecord,
    documents: readonly string[],
    until: number,
  ): Promise<SliceEnd> {
    const library = options.library(row.accountId)
    const lines: Uint8Array[] = []
    const sums = { ...row }
    let isUncounted = false
    for (let bytes = 0; sums.taken < documents.length; ) {
      // A row at least, however late it is.
      if (bytes > 0 && (bytes >= pieceBytes || now() >= until)) break
      const open = sums.openDocument ?? (await openDocument(library, documents[sums.taken] ?? ''))
      const next = open && (await nextLine(library, row.accountId, open, countTokens))
      if (!open || next === null) {
        if (open && open.written > 0) throw new DatasetFailure(DELETED_MEANWHILE)
        sums.openDocument = null
        sums.taken += 1
        continue
      }
      sums.openDocument = open
      isUncounted = next === undefined
      if (next === undefined) break
      lines.push(next.line)
      bytes += next.line.length
      sums.rowCount += 1
      sums.totalTokens += next.tokens
      sums.openDocument = { ...open, written: open.written + 1, at: open.at + next.characters }
      if (open.written + 1 < open.parts) continue
      sums.openDocument = null
      sums.taken += 1
      sums.documentCount += 1
      sums.characters += open.characters
      sums.qualitySum += open.quality
    }
    const { taken, openDocument: open, documentCount, rowCount, totalTokens, characters, qualitySum } = sums
    const counts = { documentCount, rowCount, totalTokens, characters, qualitySum }
    const set = { taken, openDocument: open, ...counts, attempts: 0 }
    let changed = row
    if (lines.length === 0) changed = await leases.change(row, set)
    else {
      await pieces.add(row, row.rowCount, lines, async (statements) => {
        changed = await leases.change(row, set, statements)
      })
    }
    return isUncounted ? withoutTokens(changed) : { row: changed }
  }

  /** Nobody can count now. */
  function withoutTokens(row: DatasetRecord): SliceEnd {
    const reason = 'No node serves the default model, whose tokenizer counts the tokens.'
    if (now() - (row.startedAt ?? row.createdAt) >= TOKENS_WAIT_LIMIT_MS) throw new DatasetFailure(reason)
    return { row, nextAt: now() + WAIT_MS, waitingFor: reason }
  }

  /** Writes one of the formats that are asked for, a piece of it. */
  async function exportNext(row: DatasetRecord): Promise<SliceEnd> {
    const [format] = row.exporting
    if (format === undefined) return complete(row)
    const keys = await pieces.keysOf(row.id)
    if (format === 'jsonl') return endExport(row, format, keys)
    const made = await pieces.exported(row.id, format)
    // A file without rows is one too.
    const missing = Math.max(1, keys.length) - made.length
    if (missing === 0)
      return endExport(
        row,
        format,
        made.map(({ key }) => key),
      )
    const position = made.length
    const isLast = missing === 1
    const place = {
      isLast,
      at: made.reduce((sum, { bytes }) => sum + bytes, 0),
      memos: isLast ? made.flatMap(({ memo }) => memo ?? []) : [],
    }
    const piece = await exportPiece(bucket, keys[position], format, place)
    let changed = row
    await pieces.addExported(row, { format, position }, piece, async (statements) => {
      changed = await leases.change(row, { attempts: 0 }, statements)
    })
    return { row: changed }
  }

  async function endExport(
    row: DatasetRecord,
    format: ExportFormat,
    keys: readonly string[],
  ): Promise<SliceEnd> {
    const path = await writeExport(workspace, row, format, keys)
    const others = row.exports.filter((one) => one.format !== format)
    // Others may have been asked for meanwhile.
    const exporting = sql`(select json_group_array(value) from json_each(${searchDatasets.exporting}) where value <> ${format})`
    const exports = [...others, { format, path }]
    const ended = await leases.change(row, { exporting, exports, attempts: 0 })
    await pieces.clearExported(row.id, format)
    return { row: ended }
  }

  /** All is done; the first time, its account is told. */
  async function complete(row: DatasetRecord): Promise<SliceEnd> {
    if (row.status === 'completed') return { row, nextAt: null }
    const event = webhookEvents.emit({
      accountId: row.accountId,
      type: 'dataset.completed',
      data: {
        id: toDatedId(DATASET_PREFIX, row.id),
        name: row.name,
        document_count: row.documentCount,
        export_paths: Object.fromEntries(row.exports.map(({ format, path }) => [format, path])),
      },
    })
    const done = { status: 'completed' as const, completedAt: now(), documents: [] }
    const completed = await leases.change(row, done, event.statements)
    event.deliver()
    return { row: completed, nextAt: null }
  }

  async function step(row: DatasetRecord, until: number): Promise<SliceEnd> {
    if (row.status === 'completed') return await exportNext(row)
    if (!row.documents) return await find(row)
    if (row.taken < row.documents.length) return await writePiece(row, row.documents, until)
    return await exportNext(row)
  }

  /** Ends the dataset, or its exports where it was completed, for a reason that stays; after any other the step is tried again. */
  async function fail(row: DatasetRecord, thrown: unknown): Promise<SliceEnd> {
    const { code, message } = toAppError(thrown)
    const isOurs = code === 'internal' && !(thrown instanceof DatasetFailure)
    if (isOurs) log.error('dataset.failed', { datasetId: row.id, cause: causeOf(thrown) })
    if (isOurs && row.attempts + 1 < MAX_TRIES) {
      const attempts = row.attempts + 1
      return { row: await leases.change(row, { attempts }), nextAt: now() + RETRY_MS * attempts }
    }
    const error = thrown instanceof DatasetFailure ? thrown.message : message
    if (row.status === 'completed') {
      const ended = await leases.change(row, { exporting: [], error })
      await pieces.clearExported(row.id)
      return { row: ended, nextAt: null }
    }
    const set = {
      status: 'failed' as const,
      completedAt: now(),
      documents: [],
      openDocument: null,
      exporting: [],
      error,
    }
    const failed = await leases.change(row, set)
    await pieces.clear(row)
    return { row: failed, nextAt: null }
  }

  async function work(first: DatasetRecord): Promise<SliceEnd> {
    const until = now() + sliceMs
    let end: SliceEnd = { row: first }
    while (end.nextAt === undefined && now() < until) {
      try {
        // Whoever worked on it before was cut off, time and again: by this very step, as it seems.
        if (end.row.attempts >= MAX_TRIES) throw new DatasetFailure(STOOD_STILL)
        end = await step(end.row, until)
      } catch (thrown) {
        if (thrown instanceof LeaseLost) throw thrown
        end = await fail(end.row, thrown)
      }
    }
    return end
  }

  return {
    /** Works on a dataset for a while, unless somebody else does or nothing is due. */
    async advance(id: string): Promise<void> {
      const row = await leases.take(id)
      if (!row) return
      try {
        const { row: last, nextAt = now(), waitingFor = null } = await work(row)
        // More formats may have been asked for since it was done.
        const next = nextAt ?? sql`iif(${searchDatasets.exporting} = '[]', null, ${now()})`
        const left = await leases.change(last, {
          ...{ nextAt: next, waitingFor, leaseId: null, leaseUntil: null },
        })
        if (left.nextAt !== null) await ring(id, Math.max(0, Math.ceil((left.nextAt - now()) / 1_000)))
      } catch (thrown) {
        if (!(thrown instanceof LeaseLost)) throw thrown
      }
    },
  }
}
