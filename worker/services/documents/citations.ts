import type { ShownPassage } from './shown-passages.ts'

/** Longest quote of a citation, in characters. */
export const MAX_QUOTE_CHARACTERS = 300

/** A place in an answer that names a passage. */
export interface Citation {
  /** As it stands in the answer, and where. */
  marker: string
  at: number
  documentId: string
  fileId: string
  name: string
  page: number | null
  /** Where the quote is in the document's text, in UTF-16 code units. */
  from: number
  to: number
  quote: string
}

/** As much of an answer before a marker as is looked at for the sentence that it stands behind. */
const MAX_CITING_CHARACTERS = 2_000

const MARKER = /\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]/g
const SENTENCE = /[^.!?。！？\n]+[.!?。！？]*/g

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]{2,}/gu) ?? []

/** The sentence of a passage that has most words in common with what cites it; the first of several. */
function quoteOf(text: string, citing: string): { at: number; quote: string } {
  const cited = new Set(wordsOf(citing))
  let best = { at: 0, quote: text, score: -1 }
  for (const { 0: sentence, index } of text.matchAll(SENTENCE)) {
    const quote = sentence.trim()
    const words = new Set(wordsOf(quote))
    const score = [...words].filter((word) => cited.has(word)).length
    if (quote !== '' && score > best.score) best = { at: index + sentence.indexOf(quote), quote, score }
  }
  return { at: best.at, quote: best.quote.slice(0, MAX_QUOTE_CHARACTERS).toWellFormed() }
}

/** The sentence that a marker stands behind. */
function citingSentence(answer: string, at: number): string {
  const before = answer.slice(Math.max(0, at - MAX_CITING_CHARACTERS), at)
  // Backwards, a character at a time: a pattern for the end of a text is tried from each of its characters.
  let end = before.length
  while (end > 0 && /[\s.!?]/.test(before.charAt(end - 1))) end -= 1
  let from = end
  while (from > 0 && !/[\n.!?]/.test(before.charAt(from - 1))) from -= 1
  return before.slice(from, end)
}

/** The citations of an answer: each marker whose number is that of a passage which was shown. Others are only text. */
export function citationsOf(answer: string, passages: readonly ShownPassage[]): Citation[] {
  return [...answer.matchAll(MARKER)].flatMap(({ 0: marker, 1: numbers = '', index }) =>
    [...new Set(numbers.split(/[,;]/).map(Number))].flatMap((number) => {
      const passage = passages[number - 1]
      if (!passage) return []
      const { documentId, fileId, name, page, from } = passage
      const { at, quote } = quoteOf(passage.text, citingSentence(answer, index))
      const start = from + at
      return [
        { marker, at: index, documentId, fileId, name, page, from: start, to: start + quote.length, quote },
      ]
    }),
  )
}
