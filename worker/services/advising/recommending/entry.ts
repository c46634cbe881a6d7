import { fieldWords } from '../catalogue/fields.ts'
import type { Band, Level, Program } from '../catalogue/program.ts'
import { yearlySums } from '../catalogue/tuition.ts'
import { termsOf } from './terms.ts'
import { GRADE_SCALE } from './wish.ts'

/** As much of a program as constraints and scores look at. */
export interface Entry {
  id: string
  level: Level | null
  country: string
  languages: readonly string[] | null
  /** The words of its title and its field, as they are compared. */
  terms: readonly string[]
  /** The sums of a year that are known, in the deployment's currency. */
  yearly: readonly number[]
  /** Out of 20. */
  minimumGrade: number | null
  /** Of those admitted, on the scale of 0 to 20. */
  gradeBands: readonly Band[] | null
  accessRate: number | null
}

/** The facts of a program from which its entry is made. */
export interface ScoredFacts
  extends Pick<Program, 'level' | 'country' | 'languages' | 'title' | 'field' | 'duration' | 'tuition'> {
  requirements: Pick<NonNullable<Program['requirements']>, 'minimumGrade'> | null
  admitted: Pick<NonNullable<Program['admitted']>, 'accessRate' | 'gradeBands'> | null
}

/** Words of which there is one copy each, however many programs have them. */
export type Interned = Map<string, string>

/** A program as it is scored. */
export function entryOf(
  id: string,
  program: ScoredFacts,
  currency: string,
  interned: Interned = new Map(),
): Entry {
  const { level, country, languages, title, field, requirements, admitted } = program
  const minimum = requirements?.minimumGrade
  const words = `${title} ${field.words ?? ''} ${field.isced === null ? '' : fieldWords(field.isced)}`
  return {
    id,
    level,
    country,
    languages,
    terms: termsOf(words).map((term) => {
      const known = interned.get(term)
      if (known !== undefined) return known
      interned.set(term, term)
      return term
    }),
    yearly: yearlySums(program, currency).flatMap(({ converted }) => converted ?? []),
    minimumGrade: minimum ? (minimum.value / minimum.outOf) * GRADE_SCALE : null,
    gradeBands: admitted?.gradeBands ?? null,
    accessRate: admitted?.accessRate ?? null,
  }
}
