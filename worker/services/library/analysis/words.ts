/** A word of a text, and where it stands in it. */
export interface WordAt {
  text: string
  from: number
  to: number
}

/** Runs of letters, marks and digits; an apostrophe between letters belongs to its word. */
const RUN = /[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}]+)*/gu

/** Scripts that write words without blanks between them. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\u30FC]+/gu

/** Characters that are segmented at once: 1 KB of UTF-8 in these scripts. The time is quadratic in it on old engines. */
export const SEGMENT_CHARACTERS = 340

let segmenter: Intl.Segmenter | undefined

function* segmented(text: string, offset: number): Generator<WordAt> {
  segmenter ??= new Intl.Segmenter('und', { granularity: 'word' })
  for (let start = 0; start < text.length; ) {
    const limit = Math.min(text.length, start + SEGMENT_CHARACTERS)
    // Not between the halves of a surrogate pair.
    const end = limit < text.length && /[\uDC00-\uDFFF]/.test(text.charAt(limit)) ? limit - 1 : limit
    for (const { segment, index, isWordLike } of segmenter.segment(text.slice(start, end))) {
      if (isWordLike === false) continue
      yield { text: segment, from: offset + start + index, to: offset + start + index + segment.length }
    }
    start = end
  }
}

/** The same runs of a text that has characters of ASCII alone, told several times as fast. */
const ASCII_RUN = /[A-Za-z0-9]+(?:'[A-Za-z]+)*/g
const IS_ASCII = /^[\0-\x7F]*$/
export const isAscii = (text: string): boolean => IS_ASCII.test(text)

/** The words of a text: by blanks and marks, and by a dictionary in the scripts that have none between words. */
export function* wordsOf(text: string): Generator<WordAt> {
  if (isAscii(text)) {
    for (const { 0: word, index } of text.matchAll(ASCII_RUN))
      yield { text: word, from: index, to: index + word.length }
    return
  }
  for (const { 0: run, index } of text.matchAll(RUN)) {
    let done = 0
    for (const { 0: unspaced, index: at } of run.matchAll(UNSPACED)) {
      if (at > done) yield { text: run.slice(done, at), from: index + done, to: index + at }
      yield* segmented(unspaced, index + at)
      done = at + unspaced.length
    }
    if (done < run.length) yield { text: run.slice(done), from: index + done, to: index + run.length }
  }
}
