/** Stands in an answer for something that a passage does not say. */
export const UNSAID = '(the passage does not say)'

/** Stands for something that nobody told. */
export const UNTOLD = '(you have not told me)'

/**
 * An answer that names a value, with words for there being none in its place. So it says first what was asked for, and only
 * then has to know whether it was said: two steps are learned from far fewer examples than both in one.
 */
export const withoutValue = (answer: string, unknown: string): string =>
  answer.replace(/(?:\ba )?\{v\}s?/, unknown)
