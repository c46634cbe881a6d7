import { createHash } from 'node:crypto'
import { AppError } from '../../../shared/errors.ts'
import { fileHashOf, MAX_FILE_PARTS, MAX_PART_BYTES, type StoredFile } from '../../../shared/training.ts'
import type { JobInputs, KeptFile, RowRole, SourceFault, TrainingPlan } from '../../db/tables/training.ts'
import { versionKey } from '../workspace/workspace.ts'
import { partKey, rowsPrefix } from './bytes/job-keys.ts'
import { readLines } from './rows/line-slice.ts'
import { readList } from './rows/list-slice.ts'
import { MAX_TOLD_FAULTS, SLICE_BYTES, type Slice, type SliceStart } from './rows/row-slice.ts'
import type { RowSource } from './rows/row-source.ts'
import { readTable } from './rows/table-slice.ts'
import type { TrainingSource } from './training-job.ts'

/** How far the check of a job's rows is. Kept between slices. */
export interface PreparationState {
  /** The source that is read, by its place in the plan. */
  source: number
  start: SliceStart
  /** Of the source that is read, where it has one. */
  version?: string | undefined
  files: { [Role in RowRole]?: { parts: StoredFile['parts']; rows: number } }
  faults: SourceFault[]
  bytes: number
  /** The adapter to begin with, as far as it is copied. */
  adapter?: StoredFile['parts']
}

/** The outcome, once all is read. */
export type Prepared =
  | { inputs: JobInputs; rowCounts: Partial<Record<RowRole, number>>; bytes: number }
  | { faults: SourceFault[]; message: string; role: RowRole }

/** The job whose rows are checked. */
export interface PreparedJob {
  id: string
  accountId: string
  plan: TrainingPlan
}

export interface PreparationOptions {
  bucket: R2Bucket
  /** Throws `not_found` where it is gone. */
  open: (accountId: string, source: TrainingSource) => Promise<RowSource>
  /** The rows of an earlier job. */
  rowsOf: (accountId: string, jobId: string) => Promise<KeptFile | undefined>
  /** Makes sure that the account has room for so many bytes of this job. Throws `storage_full`. */
  cover: (job: PreparedJob, bytes: number) => Promise<void>
}

export type Preparation = ReturnType<typeof createPreparation>

const BEGIN: SliceStart = { offset: 0, lines: 0, type: null, header: null }

const hex = (digest: ArrayBuffer): string =>
  Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')

export const sha256Hex = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex')

/** A file that was written in parts. */
export async function fileOf(parts: StoredFile['parts']): Promise<StoredFile> {
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0)
  return { bytes, sha256: await fileHashOf(parts, sha256Hex), parts }
}

const toldOf = ({ source, line, field, message }: SourceFault): string =>
  `${source}, line ${line}${field === '' ? '' : `, ${field}`}: ${message}`

/**
 * Checks a job's rows, a slice at a time, and keeps them as the node reads them: what becomes of the sources later changes
 * nothing. A slice is one part of the job's file; done again, it is the same part.
 */
export function createPreparation({ bucket, open, rowsOf, cover }: PreparationOptions) {
  async function put(key: string, bytes: Uint8Array): Promise<StoredFile['parts'][number]> {
    const sha256 = hex(await crypto.subtle.digest('SHA-256', bytes))
    await bucket.put(key, bytes, { sha256 })
    return { bytes: bytes.byteLength, sha256 }
  }

  async function keep(job: PreparedJob, state: PreparationState, role: RowRole, slice: Slice): Promise<void> {
    if (slice.rows.length === 0) return
    const file = state.files[role] ?? { parts: [], rows: 0 }
    if (file.parts.length >= MAX_FILE_PARTS) throw new AppError('too_large', 'There are too many rows.')
    const text = slice.rows.map((row) => `${JSON.stringify(row)}\n`).join('')
    const bytes = new TextEncoder().encode(text)
    await cover(job, state.bytes + bytes.byteLength)
    const part = await put(partKey(rowsPrefix(job.id, role), file.parts.length), bytes)
    state.files[role] = { parts: [...file.parts, part], rows: file.rows + slice.rows.length }
    state.bytes += part.bytes
  }

  async function read(job: PreparedJob, source: TrainingSource, state: PreparationState) {
    const { start } = state
    const opened = await open(job.accountId, source)
    if (start.offset > 0 && opened.version !== state.version) {
      const message = `The file '${source.name}' was changed while its rows were checked.`
      throw new AppError('invalid_request', message, { param: 'sources' })
    }
    state.version = opened.version
    const bytes = await opened.read(start.offset, SLICE_BYTES)
    const isLast = start.offset + bytes.byteLength >= opened.sizeBytes
    const { method } = job.plan.wishes
    const { type, columns: mapping } = source
    const text = { start: { ...start, type: type === 'guess' ? start.type : type }, isLast, method }
    const read = { lines: readLines, list: readList }
    const slice =
      opened.format === 'table'
        ? await readTable(bytes, { start, isLast, method, type, mapping, ...opened })
        : read[opened.format](bytes, text)
    return { slice, isDone: slice.next.offset >= opened.sizeBytes }
  }

  /** The rows of an earlier job, one part a slice. `start.offset` counts parts. */
  async function copy(
    job: PreparedJob,
    state: PreparationState,
    { role, name }: TrainingSource,
  ): Promise<boolean> {
    const earlier = await rowsOf(job.accountId, name)
    const index = state.start.offset
    const part = earlier?.file.parts[index]
    // Rows that are gone are no reason to refuse what is new.
    if (!earlier || !part) return true
    const object = await bucket.get(partKey(earlier.prefix, index))
    if (!object) return true
    const bytes = new Uint8Array(await object.arrayBuffer())
    await cover(job, state.bytes + bytes.byteLength)
    const file = state.files[role] ?? { parts: [], rows: 0 }
    const kept = await put(partKey(rowsPrefix(job.id, role), file.parts.length), bytes)
    const rows = bytes.reduce((count, byte) => (byte === 0x0a ? count + 1 : count), 0)
    state.files[role] = { parts: [...file.parts, kept], rows: file.rows + rows }
    state.bytes += kept.bytes
    state.start = { ...state.start, offset: index + 1 }
    return index + 1 >= earlier.file.parts.length
  }

  /** The next part of the adapter that the job begins with. False where there is none. */
  async function copyAdapter(job: PreparedJob, state: PreparationState): Promise<boolean> {
    const { startFrom } = job.plan
    const parts = state.adapter ?? []
    const offset = parts.length * MAX_PART_BYTES
    if (!startFrom || offset >= startFrom.sizeBytes) return false
    const { path, versionId, sizeBytes } = startFrom
    const length = Math.min(MAX_PART_BYTES, sizeBytes - offset)
    await cover(job, state.bytes + length)
    const object = await bucket.get(versionKey(versionId), { range: { offset, length } })
    if (!object) {
      const message = `The adapter '${path}' was changed or deleted before the job had it.`
      throw new AppError('not_found', message, { param: 'startFrom' })
    }
    const bytes = new Uint8Array(await object.arrayBuffer())
    state.adapter = [...parts, await put(partKey(rowsPrefix(job.id, 'adapter'), parts.length), bytes)]
    state.bytes += length
    return true
  }

  async function end({ id, plan }: PreparedJob, state: PreparationState): Promise<Prepared> {
    const { faults, files, bytes } = state
    const [first] = faults
    if (first) {
      const message = `The rows cannot be trained on: ${faults.map(toldOf).join('; ')}.`
      return { faults, message: message.slice(0, 4_000), role: first.role }
    }
    // Those of an earlier job may be gone.
    const empty = plan.sources.find(({ kind, role }) => kind !== 'job' && !files[role])
    if (empty) {
      const end = empty.role === 'validation' ? 'measure on' : 'train on'
      return { faults, message: `There are no rows to ${end}.`, role: empty.role }
    }
    return { ...(await keptFiles(id, state)), bytes }
  }

  return {
    begin: (): PreparationState => ({ source: 0, start: BEGIN, files: {}, faults: [], bytes: 0 }),

    /** Reads the next slice, and changes the state. Answers with the outcome once all is read. Throws what R2 throws. */
    async step(job: PreparedJob, state: PreparationState): Promise<Prepared | undefined> {
      const source = job.plan.sources[state.source]
      if (!source || state.faults.length >= MAX_TOLD_FAULTS) {
        if (state.faults.length === 0 && (await copyAdapter(job, state))) return undefined
        return await end(job, state)
      }
      let isDone: boolean
      if (source.kind === 'job') isDone = await copy(job, state, source)
      else {
        const { slice, isDone: isRead } = await read(job, source, state)
        const room = MAX_TOLD_FAULTS - state.faults.length
        const found = slice.faults.slice(0, room)
        state.faults.push(...found.map((fault) => ({ role: source.role, source: source.name, ...fault })))
        if (state.faults.length === 0) await keep(job, state, source.role, slice)
        state.start = slice.next
        isDone = isRead
      }
      if (isDone) {
        state.source += 1
        state.start = BEGIN
      }
      return undefined
    },
  }
}

async function keptFiles(jobId: string, { files, adapter }: PreparationState) {
  const inputs: JobInputs = {}
  if (adapter) inputs.adapter = { file: await fileOf(adapter), prefix: rowsPrefix(jobId, 'adapter') }
  const rowCounts: Partial<Record<RowRole, number>> = {}
  for (const role of ['train', 'validation', 'replay'] as const) {
    const file = files[role]
    if (!file) continue
    inputs[role] = { file: await fileOf(file.parts), prefix: rowsPrefix(jobId, role) }
    rowCounts[role] = file.rows
  }
  return { inputs, rowCounts }
}
