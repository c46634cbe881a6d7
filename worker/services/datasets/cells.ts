import type { DatasetColumn } from '../../db/tables/datasets.ts'
import { readNumber, type WrittenNumber } from './written-number.ts'

const WORDS_FOR_NOTHING =
  '- -- \u2013 \u2014 NA N/A n/a #N/A NaN nan NAN null NULL \\N #DIV/0! #VALUE! #REF! #NAME? #NUM! #NULL!'
/** The words of Excel, R, pandas, SQL and people for nothing. */
const EMPTY = new Set(['', ...WORDS_FOR_NOTHING.split(' ')])
/** Words that are nothing among numbers, and may be words among words. */
const EMPTY_AMONG_NUMBERS = new Set('. .. ... : ? na n.a. N.A. nil none None Null'.split(' '))

/** R's word for nothing, and Namibia's code. */
export const NOT_AVAILABLE = 'NA'

/** Whether a cell without blanks around it holds nothing. */
export const isEmpty = (text: string): boolean => EMPTY.has(text)
/** The same of what `isEmpty` does not know, in a column of numbers. */
export const isEmptyAmongNumbers = (text: string): boolean => EMPTY_AMONG_NUMBERS.has(text)

/** Whether a unit makes another number of what it stands at: `5%` and `5` are not two of one kind, `$5` and `5` are. */
export const isShare = (unit: string): boolean => unit === '%' || unit === '\u2030'

/** Whether a number is one of a column of this unit. */
export const isOfUnit = (number: WrittenNumber, unit: string): boolean =>
  number.unit === unit || (number.unit === '' && !isShare(unit))

/** A cell as its column holds it: null where it is empty, its text where a column of numbers holds something else. */
export function cellValue(cell: string, column: DatasetColumn): string | number | null {
  const text = cell.trim()
  if (isEmpty(text) && !(column.keepsNa && text === NOT_AVAILABLE)) return null
  if (column.type === 'text') return cell
  if (column.decimal === undefined) return Number(text)
  if (isEmptyAmongNumbers(text)) return null
  const number = readNumber(text, column.decimal)
  return number && isOfUnit(number, column.unit?.symbol ?? '') ? number.value : cell
}
