import type { DatasetColumn } from '../../db/tables/datasets.ts'
import { isEmpty, isEmptyAmongNumbers, isShare, NOT_AVAILABLE } from './cells.ts'
import {
  DECIMAL_MARKS,
  type DecimalMark,
  isNameOfDigits,
  readNumber,
  type WrittenNumber,
} from './written-number.ts'

/** A column of numbers may hold a tenth of other cells, or two where it is short. */
export const MOST_OTHERS = { share: 0.1, cells: 2 }

/** Other cells after which a column that holds more of them than numbers is text, whatever comes. */
export const SETTLING_OTHERS = 1_000

const DIGITS = /^(?:0|[1-9]\d{0,14})$/
const COUNTRY_CODE = /^[A-Z]{2}$/

const areFew = (others: number, numbers: number): boolean =>
  others <= Math.max(numbers * MOST_OTHERS.share, Math.min(numbers / 2, MOST_OTHERS.cells))

interface Tally {
  /** Numbers that can only be read so. */
  only: number
  isReal: boolean
  units: Map<string, { numbers: number; before: number }>
}

/** A column's cells as numbers of one notation. */
interface Numbers {
  numbers: number
  unit: DatasetColumn['unit']
}

export type ColumnProfile = ReturnType<typeof columnProfile>

/** Finds what a column holds by its cells, one at a time, without keeping them. */
export function columnProfile() {
  const tallyOf = (): Tally => ({ only: 0, isReal: false, units: new Map() })
  const tallies: Record<DecimalMark, Tally> = { '.': tallyOf(), ',': tallyOf() }
  /** Of cells that are not empty among numbers. */
  let filled = 0
  let digits = 0
  let others = 0
  let inParentheses = 0
  let isText = false
  let [holdsCodes, holdsNa] = [true, false]

  function count({ units, isReal }: Tally, { unit, isUnitBefore, isInteger }: WrittenNumber): boolean {
    const seen = units.get(unit) ?? { numbers: 0, before: 0 }
    units.set(unit, { numbers: seen.numbers + 1, before: seen.before + (isUnitBefore ? 1 : 0) })
    return isReal || !isInteger
  }

  function addNumber(found: Partial<Record<DecimalMark, WrittenNumber | undefined>>): void {
    for (const mark of DECIMAL_MARKS) {
      const number = found[mark]
      const tally = tallies[mark]
      if (!number) continue
      tally.isReal = count(tally, number)
      if (!found[mark === '.' ? ',' : '.']) tally.only += 1
    }
    if ((found['.'] ?? found[','])?.isInParentheses) inParentheses += 1
  }

  /** Undefined where the column is no column of numbers. */
  function numbersIn(mark: DecimalMark): Numbers | undefined {
    const { units } = tallies[mark]
    const plain = (units.get('')?.numbers ?? 0) + digits
    const [most] = [...units].filter(([unit]) => unit !== '').toSorted((a, b) => b[1].numbers - a[1].numbers)
    const isOfShares = most !== undefined && isShare(most[0])
    const hasUnit = most !== undefined && (!isOfShares || most[1].numbers >= plain)
    const numbers = (hasUnit ? most[1].numbers : 0) + (hasUnit && isOfShares ? 0 : plain)
    if (isText || numbers === 0 || inParentheses >= numbers || !areFew(filled - numbers, numbers))
      return undefined
    const unit = hasUnit ? { symbol: most[0], isBefore: 2 * most[1].before > most[1].numbers } : undefined
    return { numbers, unit }
  }

  return {
    add(cell: string): void {
      const text = cell.trim()
      if (isEmpty(text)) {
        holdsNa ||= text === NOT_AVAILABLE
        return
      }
      holdsCodes &&= COUNTRY_CODE.test(text)
      if (isText || isEmptyAmongNumbers(text)) return
      filled += 1
      if (DIGITS.test(text)) {
        digits += 1
        return
      }
      const found = { '.': readNumber(text, '.'), ',': readNumber(text, ',') }
      if (found['.'] || found[',']) {
        addNumber(found)
        return
      }
      others += 1
      isText = isNameOfDigits(text) || (others >= SETTLING_OTHERS && 2 * others > filled)
    },

    /** How many cells say that numbers are written with this mark, in a column of numbers. */
    evidence: (mark: DecimalMark): number => (numbersIn(mark) ? tallies[mark].only : 0),

    /** The column; `usual` is how numbers are written where its own cells do not say. */
    column(name: string, usual: DecimalMark): DatasetColumn {
      const difference = tallies['.'].only - tallies[','].only
      const decimal = difference === 0 ? usual : difference > 0 ? '.' : ','
      const found = numbersIn(decimal)
      if (!found) return { name, type: 'text', ...(holdsNa && holdsCodes && filled > 0 && { keepsNa: true }) }
      const { numbers, unit } = found
      const leftOut = filled - numbers
      const type = tallies[decimal].isReal ? 'real' : 'integer'
      return { name, type, decimal, ...(unit && { unit }), ...(leftOut > 0 && { leftOut }) }
    },
  }
}

/** How a file writes numbers: as most cells that tell it do; else as those do who separate cells so. */
export function usualMark(profiles: readonly ColumnProfile[], delimiter: string): DecimalMark {
  const total = (mark: DecimalMark) => profiles.reduce((sum, profile) => sum + profile.evidence(mark), 0)
  const [points, commas] = [total('.'), total(',')]
  if (points !== commas) return points > commas ? '.' : ','
  return delimiter === ';' ? ',' : '.'
}
