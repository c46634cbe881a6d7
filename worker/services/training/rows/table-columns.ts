import { z } from 'zod'
import { ROW_TYPES, type RowType } from '../../../../shared/training-rows.ts'
import type { ColumnMapping } from '../../../db/tables/training.ts'

/** The fields of rows that a table can hold, each with the names by which its column is known; `?` may be missing. */
const FIELDS: { readonly [Type in RowType]?: readonly (readonly [field: string, ...names: string[]])[] } = {
  prompt_completion: [
    ['prompt', 'prompt', 'question'],
    ['completion', 'completion', 'answer'],
  ],
  alpaca: [
    ['instruction', 'instruction'],
    ['input?', 'input'],
    ['output', 'output'],
    ['system?', 'system'],
  ],
  completion: [['text', 'text']],
}

/** Longest name of a column that somebody names. */
const MAX_COLUMN_LENGTH = 256
const Column = z.string().min(1).max(MAX_COLUMN_LENGTH).optional()

/** The columns of a table as a caller names them, by the fields of the rows that they are. */
export const TableColumns = z
  .strictObject({
    prompt: Column,
    completion: Column,
    instruction: Column,
    input: Column,
    output: Column,
    system: Column,
    text: Column,
  })
  .refine((columns) => Object.keys(columns).length > 0, { error: 'expected a column at least' })

/** Those that are named. */
export const mappingOf = (columns: z.infer<typeof TableColumns>): ColumnMapping =>
  Object.fromEntries(
    Object.entries(columns).flatMap(([field, name]) => (name === undefined ? [] : [[field, name]])),
  )

/** Tables are looked at for these, in this order. */
const GUESSED = ['prompt_completion', 'alpaca', 'completion'] as const satisfies RowType[]

/** Where the fields of a row stand in a table. */
export interface TableFields {
  type: RowType
  fields: readonly { field: string; column: number }[]
}

const indexOf = (columns: readonly string[], name: string): number =>
  columns.findIndex((column) => column.trim().toLowerCase() === name.toLowerCase())

function mapped(type: RowType, columns: readonly string[], mapping: ColumnMapping): TableFields | string {
  const known = FIELDS[type] ?? []
  const names = known.map(([field]) => field.replace('?', ''))
  const fields: { field: string; column: number }[] = []
  for (const [field, name] of Object.entries(mapping)) {
    if (!names.includes(field))
      return `rows of ${type} have no field '${field}': expected ${names.join(', ')}`
    const column = columns.indexOf(name)
    if (column < 0) return `there is no column '${name}'`
    fields.push({ field, column })
  }
  const missing = known.find(([field]) => !field.endsWith('?') && !Object.hasOwn(mapping, field))
  return missing ? `no column is named for '${missing[0]}'` : { type, fields }
}

function named(type: RowType, columns: readonly string[]): TableFields | string {
  const fields: { field: string; column: number }[] = []
  for (const [field, ...names] of FIELDS[type] ?? []) {
    const column = names.map((name) => indexOf(columns, name)).find((index) => index >= 0) ?? -1
    if (column >= 0) fields.push({ field: field.replace('?', ''), column })
    else if (!field.endsWith('?'))
      return `there is no column ${names.map((name) => `'${name}'`).join(' or ')}`
  }
  return { type, fields }
}

/** Which columns of a table are which fields; a sentence where that cannot be said. */
export function fieldsOfTable(
  columns: readonly string[],
  { type, mapping }: { type: RowType | 'guess'; mapping: ColumnMapping | undefined },
): TableFields | string {
  const tabular = ROW_TYPES.filter((one) => FIELDS[one])
  if (type !== 'guess' && !FIELDS[type])
    return `a table holds rows of ${tabular.join(', ')}, and none of ${type}`
  if (mapping) {
    const kinds = type === 'guess' ? GUESSED : [type]
    const tried = kinds.map((one) => mapped(one, columns, mapping))
    return tried.find((one) => typeof one !== 'string') ?? tried[0] ?? 'no columns are named'
  }
  if (type !== 'guess') return named(type, columns)
  const found = GUESSED.map((one) => named(one, columns)).find((one) => typeof one !== 'string')
  return (
    found ??
    'it has none of the columns prompt and completion, question and answer, instruction and output, text: name them'
  )
}

/** The row that a table's cells make. Empty cells that may be missing are. */
export function rowOfCells(cells: readonly string[], { fields }: TableFields): Record<string, string> {
  return Object.fromEntries(fields.map(({ field, column }) => [field, cells[column] ?? '']))
}
