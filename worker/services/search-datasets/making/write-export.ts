import { toDatedId } from '../../../../shared/dated-ids.ts'
import type { ExportFormat } from '../../../db/tables/search-datasets.ts'
import { lazily } from '../../lazily.ts'
import type { Workspace } from '../../workspace/workspace.ts'
import type { FilePlace } from '../exports/file-place.ts'
import { readRows } from '../exports/read-rows.ts'
import { csvBytes, jsonBytes } from '../exports/text-bytes.ts'

/** The spelling of a dataset's id. */
export const DATASET_PREFIX = 'ds'

/** The folder of a workspace where exports lie. */
const FOLDER = 'data/exports'

const CONTENT_TYPES: Readonly<Record<ExportFormat, string>> = {
  jsonl: 'application/jsonl',
  json: 'application/json',
  csv: 'text/csv; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
}

/** A piece of rows in a format, and what the end of the file has to say of it. */
export interface ExportedPiece {
  bytes: Uint8Array<ArrayBuffer>
  memo: string | null
}

/** Parquet's writer is loaded where it is asked for: it is large. */
const parquet = lazily(() => import('../exports/parquet-bytes.ts'))

async function whole(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  for await (const chunk of bytes) chunks.push(new Uint8Array(chunk))
  return new Uint8Array(await new Blob(chunks).arrayBuffer())
}

/** A piece of rows, or none, as it stands in a file. */
export async function exportPiece(
  bucket: R2Bucket,
  key: string | undefined,
  format: Exclude<ExportFormat, 'jsonl'>,
  place: FilePlace & { memos: readonly string[] },
): Promise<ExportedPiece> {
  const rows = readRows(bucket, key === undefined ? [] : [key])
  if (format === 'json') return { bytes: await whole(jsonBytes(rows, place)), memo: null }
  if (format === 'csv') return { bytes: await whole(csvBytes(rows, place)), memo: null }
  const { parquetPiece } = await parquet()
  const piece = parquetPiece(rows, place, place.memos)
  const bytes = await whole(piece.bytes)
  return { bytes, memo: piece.memo() }
}

/** Writes the pieces of an export into its account's workspace, in place of what was there. The path of the file. */
export async function writeExport(
  workspace: Pick<Workspace, 'write'>,
  { id, accountId }: { id: string; accountId: string },
  format: ExportFormat,
  keys: readonly string[],
): Promise<string> {
  const path = `${FOLDER}/${toDatedId(DATASET_PREFIX, id)}.${format}`
  await workspace.write(accountId, path, { keys }, { contentType: CONTENT_TYPES[format] })
  return `/${path}`
}
