import { type RowType, readRow, type TrainingRow } from '../../../../shared/training-rows.ts'
import { MIB } from '../../../../shared/units.ts'

/** Bytes of a source that are read at a time. */
export const SLICE_BYTES = 4 * MIB

/** Bytes of checked rows behind which a slice ends: they are one part of the job's file, and small rows grow as they are read. */
export const SLICE_OUTPUT_BYTES = 16 * MIB

/** Where the next slice begins of a source that is not read any further: behind the end of any. */
export const NO_FURTHER = Number.MAX_SAFE_INTEGER

/** Longest line, in bytes. */
export const MAX_LINE_BYTES = MIB

/** Mistakes of a job's rows that are told. */
export const MAX_TOLD_FAULTS = 10

/** A mistake in a source. */
export interface LineFault {
  line: number
  field: string
  message: string
}

/** Where a slice of a source begins. */
export interface SliceStart {
  offset: number
  /** Lines before it. */
  lines: number
  type: RowType | null
  /** Of a table: the names of its columns and how it is written, once they were read. */
  header: { columns: string[]; delimiter: string; encoding: string } | null
}

/** The rows of a slice, and where the next one begins. */
export interface Slice {
  next: SliceStart
  rows: TrainingRow[]
  faults: LineFault[]
}

/** Which lessons a method learns from. */
const KINDS = {
  lora: ['text', 'chat'],
  full: ['text', 'chat'],
  dpo: ['preference'],
} as const satisfies Record<string, TrainingRow['kind'][]>
export type RowMethod = keyof typeof KINDS

/** Reads a value as a row of a type, for a method; its mistakes where it is none. */
export function takeRow(
  type: RowType,
  value: unknown,
  method: RowMethod,
): { row: TrainingRow } | { faults: Omit<LineFault, 'line'>[] } {
  const read = readRow(type, value)
  if ('faults' in read) return read
  const kinds: readonly TrainingRow['kind'][] = KINDS[method]
  if (kinds.includes(read.row.kind)) return read
  const wanted = method === 'dpo' ? 'preferences' : 'texts or chats'
  return { faults: [{ field: '', message: `it is a row of ${type}, and ${method} learns from ${wanted}` }] }
}

/** A guess at how long a row is when it is written. Cheap, and not too low by much. */
export const roughBytes = (row: TrainingRow, sourceBytes: number): number =>
  sourceBytes + (row.kind === 'text' ? 32 : 128 * (row.kind === 'chat' ? row.turns.length : 4))
