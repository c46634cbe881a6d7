import type { DatasetColumn } from '../../db/tables/datasets.ts'

/** Digits of a whole number without a sign to lose: `007` is a name, and so is a number that a double would change. */
const INTEGER = /^[+-]?(?:0|[1-9]\d{0,15})$/
const REAL = /^[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?$/i

type ColumnType = DatasetColumn['type']

/** What a cell holds; undefined where it holds nothing. */
export function typeOf(cell: string): ColumnType | undefined {
  const text = cell.trim()
  if (text === '') return undefined
  if (INTEGER.test(text)) return Number.isSafeInteger(Number(text)) ? 'integer' : 'text'
  const isReal = REAL.test(text) && Number.isFinite(Number(text)) && !/^[+-]?\d{16,}$/.test(text)
  return isReal ? 'real' : 'text'
}

/** The type that holds both. */
export function widened(a: ColumnType | undefined, b: ColumnType | undefined): ColumnType | undefined {
  if (a === undefined || b === undefined || a === b) return a ?? b
  return a === 'text' || b === 'text' ? 'text' : 'real'
}

/** A cell as its column holds it; an empty one is null. */
export function cellValue(cell: string, type: ColumnType): string | number | null {
  if (cell.trim() === '') return null
  return type === 'text' ? cell : Number(cell)
}
