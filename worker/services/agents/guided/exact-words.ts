/** Longest expression that is cut out of words. */
export const MAX_EXPRESSION_CHARACTERS = 500

/** A program that the user wrote. */
export function codeIn(words: string): string | undefined {
  const [, fenced, inline] = /```(?:python|py)?\s*\n?([\s\S]+?)```|`([^`\n]+)`/.exec(words) ?? []
  const code = (fenced ?? inline)?.trim()
  return code === undefined || code === '' ? undefined : code
}

const ASKING =
  /^(?:calculate|compute|evaluate|work\s+out|find|determine|what(?:'s| is)|give\s+me|how\s+much\s+is)\s+(?:the\s+(?:value|result)\s+of\s+)?/i
const OF_ITSELF = /^(?:solve|differentiate|derive|integrate|simplify|factor(?:i[sz]e)?|expand|convert)\b/i
const NOTION =
  /^(?:the\s+)?(?:(?:first|second|third|definite|indefinite|partial)\s+)?(?:derivative|integral|antiderivative|determinant|inverse|factorial|square\s+root|cube\s+root|logarithm|sum|product|roots?|sine|cosine|tangent)\s+(?:of|for)\s+\S/i

/** Something to calculate with: "the derivative of a function" has none. */
const QUANTITY = /\d|\b[a-z]\s*[-+*/^]|\b[xyzt]\b|\w\(/i

/** Numbers with something between them, or a function of something. */
const FORMULA =
  /[\d)\]x-z]\s*[-+*/^%×÷]\s*[\d([a-z√]|\b(?:sqrt|sin|cos|tan|log|ln|exp|abs|det|inv)\s*\(|\d\s*!|√\s*\d|\d+\s*%\s+of\s+\d|\d\s*[a-zµ°]+\s+(?:in|to)\s+[a-zµ°]+/i
const ONLY_FORMULA = /^[\d\s.,+\-*/^%×÷()=!√a-z[\];:]+$/i

/** The expression that somebody wants to have calculated, in their own words; undefined where there is none. */
export function mathIn(words: string): string | undefined {
  const asked = words
    .replace(ASKING, '')
    .replace(/^(?:the|convert)\s+/i, '')
    .trim()
  const isAsked = ASKING.test(words)
  if (asked.length > MAX_EXPRESSION_CHARACTERS) return undefined
  const isMath =
    (NOTION.test(asked) && QUANTITY.test(asked)) ||
    (OF_ITSELF.test(words) && /[\dx-z]/i.test(asked) && FORMULA.test(asked)) ||
    ((isAsked || /^[\d(√-]/.test(words)) && FORMULA.test(asked) && ONLY_FORMULA.test(asked))
  return isMath ? asked.replace(/[\s.!?=]+$/, '') : undefined
}
