import type { UnusableReason } from '../../../shared/document-page.ts'
import { unreadableIn } from './spans.ts'

/** The part of a page's characters that may stand for nothing. */
export const MAX_UNREADABLE = 0.1

/** Latin text of so many letters has vowels: in the poorest language, Czech, more than a quarter of them. */
const MIN_LETTERS = 200
export const MIN_VOWELS = 0.15
const VOWELS = /[aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýœěůőűı]/gi

/** Why the text of a page is of no use; undefined where it is, or where there is none. */
export function faultOfText(text: string): Extract<UnusableReason, 'glyph_codes'> | undefined {
  const characters = text.replace(/[\t\n\r ]/g, '')
  if (characters.length === 0) return undefined
  if (unreadableIn(characters) > characters.length * MAX_UNREADABLE) return 'glyph_codes'
  const letters = characters.match(/\p{Script=Latin}/gu)?.length ?? 0
  const isLatin = letters >= MIN_LETTERS && letters > characters.length / 2
  const vowels = characters.match(VOWELS)?.length ?? 0
  return isLatin && vowels < letters * MIN_VOWELS ? 'glyph_codes' : undefined
}
