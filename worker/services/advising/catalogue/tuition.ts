import { converted } from './money.ts'
import type { Program, Tuition } from './program.ts'

const WEEKS_PER_YEAR = 52
const MONTHS_PER_YEAR = 12

/** The years of a program as its source states them; undefined where it states none. */
export function yearsOf({ duration }: Pick<Program, 'duration'>): number | undefined {
  if (!duration) return undefined
  if (duration.unit === 'weeks') return duration.amount / WEEKS_PER_YEAR
  return duration.unit === 'months' ? duration.amount / MONTHS_PER_YEAR : duration.amount
}

/**
 * The sum that a year takes. A total becomes one only by the duration that the source states; the total of a program that is
 * shorter than a year is all that its year takes.
 */
export function yearlySum(tuition: Tuition, years: number | undefined): number | undefined {
  switch (tuition.period) {
    case 'year':
      return tuition.amount
    case 'semester':
      return tuition.amount * 2
    case 'total':
      return years === undefined ? undefined : tuition.amount / Math.max(1, years)
    default:
      return tuition.period satisfies never
  }
}

/** A sum of a program for a year. */
export interface YearlySum {
  tuition: Tuition
  /** In the currency of its source. */
  amount: number
  /** In the deployment's currency; undefined where there is no rate. */
  converted: number | undefined
}

/** The sums of a program whose year is known, in the order of the source. */
export function yearlySums(program: Pick<Program, 'duration' | 'tuition'>, currency: string): YearlySum[] {
  const years = yearsOf(program)
  return program.tuition.flatMap((tuition) => {
    const amount = yearlySum(tuition, years)
    return amount === undefined
      ? []
      : [{ tuition, amount, converted: converted(amount, tuition.currency, currency) }]
  })
}
