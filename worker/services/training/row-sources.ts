import { and, asc, eq, gt, isNull, or } from 'drizzle-orm'
import { AppError } from '../../../shared/errors.ts'
import { isId } from '../../../shared/ids.ts'
import type { Db } from '../../db/client.ts'
import { datasets } from '../../db/tables/datasets.ts'
import { fileParts, files } from '../../db/tables/files.ts'
import { type KeptFile, trainingJobs } from '../../db/tables/training.ts'
import { workspaceFiles } from '../../db/tables/workspace.ts'
import { datasetKey } from '../files/file-writer.ts'
import { partKey as filePartKey } from '../files/files.ts'
import { versionKey } from '../workspace/workspace.ts'
import { isListOfRows } from './rows/list-slice.ts'
import { isTable, type RowSource, readObjects, type SourceObject } from './rows/row-source.ts'
import { fieldsOfTable } from './rows/table-columns.ts'
import type { TrainingSource } from './training-job.ts'

/** Bytes by which a list is told from lines. */
const HEAD_BYTES = 256

/** A file that rows are read from, wherever it is kept. */
export interface SourceFile {
  /** As its owner calls it: one that ends in `.csv` is a table. */
  name: string
  version?: string
  objects: SourceObject[]
}

export interface RowSourcesOptions {
  db: Db
  bucket: R2Bucket
}

export type RowSources = ReturnType<typeof createRowSources>

const missing = ({ kind, name }: TrainingSource) =>
  new AppError('not_found', `There is no ${kind === 'workspace' ? 'file' : kind} '${name}'.`, {
    param: 'sources',
  })

/** The things that jobs read their rows from. */
export function createRowSources({ db, bucket }: RowSourcesOptions) {
  async function datasetOf(accountId: string, id: string) {
    if (!isId(id)) return undefined
    const [row] = await db
      .select()
      .from(datasets)
      .where(and(eq(datasets.id, id), eq(datasets.accountId, accountId)))
    return row
  }

  async function rowsOf(accountId: string, jobId: string): Promise<KeptFile | undefined> {
    const [row] = await db
      .select({ inputs: trainingJobs.inputs })
      .from(trainingJobs)
      .where(and(eq(trainingJobs.id, jobId), eq(trainingJobs.accountId, accountId)))
    return row?.inputs?.train
  }

  /** A file with an id. Undefined where the account has none. */
  async function findFile(accountId: string, id: string): Promise<SourceFile | undefined> {
    const [file] = await db
      .select({ name: files.name })
      .from(files)
      .where(
        and(
          eq(files.id, id),
          eq(files.accountId, accountId),
          or(isNull(files.expiresAt), gt(files.expiresAt, Date.now())),
        ),
      )
    if (!file) return undefined
    const parts = await db
      .select({ id: fileParts.id, sizeBytes: fileParts.sizeBytes })
      .from(fileParts)
      .where(eq(fileParts.fileId, id))
      .orderBy(asc(fileParts.position))
    return {
      name: file.name,
      objects: parts.map((part) => ({ key: filePartKey(part.id), sizeBytes: part.sizeBytes })),
    }
  }

  async function findInWorkspace(accountId: string, path: string): Promise<SourceFile | undefined> {
    const [file] = await db
      .select()
      .from(workspaceFiles)
      .where(and(eq(workspaceFiles.accountId, accountId), eq(workspaceFiles.path, path)))
    if (!file) return undefined
    const { versionId: version, sizeBytes } = file
    return { name: path, version, objects: [{ key: versionKey(version), sizeBytes }] }
  }

  const fileOf = (accountId: string, { kind, name }: TrainingSource) =>
    kind === 'file' ? findFile(accountId, name) : findInWorkspace(accountId, name)

  return {
    rowsOf,

    /** Throws `not_found` for a source that the account does not have, `invalid_request` for a table without the columns. */
    async check(accountId: string, source: TrainingSource): Promise<void> {
      if (source.kind === 'job') return // rows that are gone are passed over
      if (source.kind !== 'dataset') {
        if (!(await fileOf(accountId, source))) throw missing(source)
        return
      }
      const dataset = await datasetOf(accountId, source.name)
      if (!dataset) throw missing(source)
      const names = dataset.columns.map(({ name }) => name)
      const fields = fieldsOfTable(names, { type: source.type, mapping: source.columns })
      if (typeof fields === 'string')
        throw new AppError('invalid_request', `The dataset cannot be trained on: ${fields}.`, {
          param: 'sources',
        })
    },

    /** Throws `not_found` where it is gone. */
    async open(accountId: string, source: TrainingSource): Promise<RowSource> {
      if (source.kind === 'dataset') {
        const dataset = await datasetOf(accountId, source.name)
        if (!dataset) throw missing(source)
        const { id, sizeBytes, encoding, delimiter } = dataset
        const read = readObjects(bucket, [{ key: datasetKey(id), sizeBytes }])
        return { sizeBytes, format: 'table', encoding, delimiter: delimiter ?? undefined, read }
      }
      const file = await fileOf(accountId, source)
      if (!file) throw missing(source)
      const sizeBytes = file.objects.reduce((sum, object) => sum + object.sizeBytes, 0)
      const read = readObjects(bucket, file.objects)
      const { name, version } = file
      if (isTable(name)) return { sizeBytes, version, format: 'table', read }
      const isList = sizeBytes > 0 && isListOfRows(await read(0, HEAD_BYTES))
      return { sizeBytes, version, format: isList ? 'list' : 'lines', read }
    },
  }
}
