import { C4_RULES } from './c4-rules.ts'
import { GOPHER_RULES, type QualityRule } from './gopher-rules.ts'
import { factsOf } from './text-facts.ts'

/** The rules that a document's quality is counted by. */
export const QUALITY_RULES: readonly QualityRule[] = [...GOPHER_RULES, ...C4_RULES]

/** The rules that a text does not pass. */
export function failedRules(text: string): string[] {
  const facts = factsOf(text)
  return QUALITY_RULES.filter(({ passes }) => !passes(facts)).map(({ name }) => name)
}

/** The share of the rules that a text passes, from 0 to 1. */
export const qualityOf = (text: string): number => 1 - failedRules(text).length / QUALITY_RULES.length
