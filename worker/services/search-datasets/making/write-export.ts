import { toDatedId } from '../../../../shared/dated-ids.ts'
import type { ExportFormat } from '../../../db/tables/search-datasets.ts'
import type { Source, Workspace } from '../../workspace/workspace.ts'
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

/** The bytes of an export. Parquet's writer is loaded where it is asked for: it is large. */
async function sourceOf(format: ExportFormat, bucket: R2Bucket, keys: readonly string[]): Promise<Source> {
  if (format === 'jsonl') return { keys }
  const rows = readRows(bucket, keys)
  if (format === 'json') return jsonBytes(rows)
  if (format === 'csv') return csvBytes(rows)
  const { parquetBytes } = await import('../exports/parquet-bytes.ts')
  return parquetBytes(rows)
}

/** Writes a dataset's rows into its account's workspace, in place of what was there. The path of the file. */
export async function writeExport(
  { bucket, workspace }: { bucket: R2Bucket; workspace: Pick<Workspace, 'write'> },
  { id, accountId }: { id: string; accountId: string },
  format: ExportFormat,
  keys: readonly string[],
): Promise<string> {
  const path = `${FOLDER}/${toDatedId(DATASET_PREFIX, id)}.${format}`
  const source = await sourceOf(format, bucket, keys)
  await workspace.write(accountId, path, source, { contentType: CONTENT_TYPES[format] })
  return `/${path}`
}
