import { repeat, sequence, text } from '../gbnf/gbnf.ts'

/** One space at most, and only here: white space without end is what a small model likes best. */
const SPACE = repeat(text(' '), 0, 1)

export const COLON = sequence(text(':'), SPACE)
export const COMMA = sequence(text(','), SPACE)
