import type { z } from 'zod'
import type { DatasetList, Dataset as MadeSchema } from '../../../surfaces/clara/dataset-schemas.ts'
import type {
  DatasetDetail,
  Message as MessageSchema,
  Dataset as UploadedSchema,
} from '../../../surfaces/dualquery/chat-schemas.ts'

/** A table that was uploaded. */
export type Uploaded = z.infer<typeof UploadedSchema>
export type UploadedDetail = z.infer<typeof DatasetDetail>
export type Message = z.infer<typeof MessageSchema>

/** A dataset that was made of documents. */
export type Made = z.infer<typeof MadeSchema>
export type MadeList = z.infer<typeof DatasetList>

export const UPLOADED = '/dualquery/api/datasets'
export const MADE = '/clara/api/datasets'
export const CHATS = '/dualquery/api/chats'

export type Cell = string | number | null

/** The figures of an answer: a table, or numbers with a label each. */
export interface Figures {
  headings: readonly string[]
  rows: readonly (readonly Cell[])[]
  /** The numbers may be drawn as bars. */
  isDrawn: boolean
}

const isCell = (value: unknown): value is Cell =>
  value === null || typeof value === 'string' || typeof value === 'number'

/** The figures in a message's `charts`, which may be any JSON; undefined where it holds none that are known here. */
export function figuresIn(charts: unknown): Figures | undefined {
  if (typeof charts !== 'object' || charts === null) return undefined
  const { labels, data, unit } = charts as Record<string, unknown> // an object; each field is looked at
  if (!Array.isArray(labels) || !Array.isArray(data)) return undefined
  if (data.every((row) => Array.isArray(row) && row.every(isCell)))
    return { headings: labels.map(String), rows: data, isDrawn: false }
  if (!data.every(isCell)) return undefined
  return {
    headings: ['', typeof unit === 'string' ? unit : 'Value'],
    rows: data.map((value, at) => [String(labels[at] ?? ''), value]),
    isDrawn: data.every((value) => typeof value === 'number' && value >= 0),
  }
}
