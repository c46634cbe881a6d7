/** Characters of a request that rules look at; a longer one is no request of one sentence or two, and has none. */
export const MAX_RULED_CHARACTERS = 4_000

/** Wishes of one request; those behind the last one belong to it. */
export const MAX_WISHES = 8

/** Words that begin a wish of their own behind an "and". */
const VERBS =
  'search|look up|google|browse|find|fetch|read|open|visit|summari[sz]e|analy[sz]e|calculate|compute|evaluate|solve|differentiate|integrate|simplify|execute|run|write|remember|recall|tell|list|show|give|explain|what|when|where|who|how'

/** Quotes, code and addresses are one piece, whatever stands in them. */
const WHOLE = /```[\s\S]*?(?:```|$)|`[^`\n]*`|"[^"\n]*"|“[^”\n]*”|https?:\/\/\S+/g

const BETWEEN = new RegExp(
  [
    String.raw`\s+AND\s+`,
    String.raw`\s*;\s*(?=\S)`,
    String.raw`\s*\n+\s*(?:[-*•]\s+|\d+[.)]\s+)?(?=\S)`,
    String.raw`[,.]?\s+(?:and\s+)?(?:then|after that|afterwards)[,\s]\s*`,
    String.raw`[.!?]\s+(?=\p{Lu})`,
    String.raw`,?\s+(?:and\s+also|and|also)\s+(?:please\s+)?(?=(?:${VERBS})\b)`,
  ].join('|'),
  'gu',
)

/** The wishes of a request, one after the other, in the user's own words. */
export function splitRequest(request: string): string[] {
  const masked = request.replaceAll(WHOLE, (whole) => '\u0001'.repeat(whole.length))
  const parts: string[] = []
  let from = 0
  for (const { 0: between, index } of masked.matchAll(BETWEEN)) {
    if (parts.length === MAX_WISHES - 1) break
    // The mark at the end of a sentence belongs to it.
    const end = index + (/^[.!?]/.exec(between) ? 1 : 0)
    parts.push(request.slice(from, end))
    from = index + between.length
  }
  parts.push(request.slice(from))
  return parts.map((part) => part.trim()).filter((part) => /[\p{L}\p{N}]/u.test(part))
}

const POLITE =
  /^(?:(?:please|hey|hi|hello|ok|okay|now|so|well|also|first|next|finally)[,!]?\s+|(?:can|could|would|will)\s+you\s+(?:please\s+)?|i(?:'d| would)\s+like\s+you\s+to\s+|i\s+(?:want|need)\s+you\s+to\s+|help\s+me\s+(?:to\s+)?)+/i

/** A wish without what politeness puts around it, nor the mark at its end. */
export const plainWish = (words: string): string =>
  words
    .trim()
    .replace(POLITE, '')
    .replace(/[\s,]*(?:\bplease\b)?[\s.!?]*$/i, '')

/** A piece of the user's words that names something: without articles before it, and without marks around it. */
export const named = (words: string): string =>
  words
    .trim()
    .replace(/^(?:the|a|an|some|any)\s+/i, '')
    .replace(/^["“'`]+|["”'`]+$/g, '')
    .replace(/[\s.!?,;:]+$/, '')
