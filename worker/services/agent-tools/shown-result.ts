/** Of a model's context, the share that one result may take. */
export const RESULT_SHARE = 1 / 4

/** Characters of one token, as few as common texts have. */
const CHARACTERS_OF_A_TOKEN = 3

/** Characters of a result that are shown in any case. */
export const LEAST_SHOWN_CHARACTERS = 200

/** Of what is shown of a result that is cut, the share that is its beginning; the rest is its end. */
const HEAD_SHARE = 3 / 4

/** Characters that one result may take of a context. */
export const shownCharacters = (contextTokens: number): number =>
  Math.max(LEAST_SHOWN_CHARACTERS, Math.floor(contextTokens * RESULT_SHARE * CHARACTERS_OF_A_TOKEN))

/** A cut through the middle of a pair of surrogates takes both away. */
function cutEnds(text: string, head: number, tail: number): [string, string] {
  const lastOfHead = text.charCodeAt(head - 1)
  const firstOfTail = text.charCodeAt(text.length - tail)
  const isHigh = lastOfHead >= 0xd800 && lastOfHead <= 0xdbff
  const isLow = firstOfTail >= 0xdc00 && firstOfTail <= 0xdfff
  return [text.slice(0, isHigh ? head - 1 : head), text.slice(text.length - tail + (isLow ? 1 : 0))]
}

/** All of a text that has room, or its beginning and its end, with a note about what lies between. */
export function headAndTail(
  text: string,
  most: number,
  noteOf: (left: number, from: number) => string,
): string {
  if (text.length <= most) return text
  const room = Math.max(0, most - noteOf(text.length, text.length).length)
  const headRoom = Math.ceil(room * HEAD_SHARE)
  const [head, tail] = cutEnds(text, headRoom, room - headRoom)
  return `${head}${noteOf(text.length - head.length - tail.length, head.length)}${tail}`
}

/** The part of a step's result that a model is shown; the rest it can read on. */
export const shownResult = (
  text: string,
  { contextTokens, step }: { contextTokens: number; step: number },
): string =>
  headAndTail(
    text,
    shownCharacters(contextTokens),
    (left, from) =>
      `\n[${left} of ${text.length} characters are left out here: read_document with step ${step} reads on from ${from}]\n`,
  )
