/** A calculation as it is asked for. Expressions are still text. */
export type Question =
  | { kind: 'value'; expression: string }
  | {
      kind: 'derivative'
      expression: string
      variable?: string | undefined
      order: number
      at?: string | undefined
    }
  | {
      kind: 'integral'
      expression: string
      variable?: string | undefined
      bounds?: [string, string] | undefined
    }
  | { kind: 'solve'; equations: string[]; variable?: string | undefined }
  | { kind: 'rewrite'; how: 'expand' | 'factor' | 'simplify'; expression: string }

const POLITE =
  /^(?:please|can you|could you|calculate|compute|evaluate|find|determine|work out|what is|what's|what are|give|tell|me|the|value of|result of)\s+/i

/** Other spellings of signs that every calculation has. */
const SIGNS: readonly (readonly [RegExp, string])[] = [
  [/[×·⋅∙]/g, '*'],
  [/÷/g, '/'],
  [/[−–—]/g, '-'],
  [/\*\*/g, '^'],
  [/π/g, ' pi '],
  [/√\s*\(/g, 'sqrt('],
  [/√\s*(\w+)/g, 'sqrt($1)'],
  [/²/g, '^2'],
  [/³/g, '^3'],
  [/(\d(?:[\d.]*\d)?)\s*(?:%|percent)\s+of\s+/gi, '$1/100 * '],
  [/\bln\s*\(/g, 'log('],
  [/\barc(sin|cos|tan)\s*\(/g, 'a$1('],
]

const ORDERS: ReadonlyMap<string, number> = new Map([
  ['first', 1],
  ['second', 2],
  ['third', 3],
  ['fourth', 4],
])

const VARIABLE = '([a-zA-Z])'
const WITH_RESPECT = new RegExp(`\\s*,?\\s+(?:with respect to|w\\.?r\\.?t\\.?|for)\\s+${VARIABLE}\\s*$`, 'i')

function cleaned(text: string): string {
  let rest = text
    .trim()
    .replace(/[?!.]+$/, '')
    .trim()
  while (POLITE.test(rest)) rest = rest.replace(POLITE, '')
  for (const [sign, plain] of SIGNS) rest = rest.replaceAll(sign, plain)
  return rest.trim()
}

/** The parts between commas that stand in no parentheses. */
export function topLevelParts(text: string): string[] {
  const parts = ['']
  let depth = 0
  for (const character of text) {
    if ('([{'.includes(character)) depth += 1
    if (')]}'.includes(character)) depth -= 1
    if (character === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += character
  }
  return parts.map((part) => part.trim())
}

/** Takes "with respect to t" from the end of an expression. */
function takeVariable(text: string): { rest: string; variable: string | undefined } {
  const found = WITH_RESPECT.exec(text)
  return found
    ? { rest: text.slice(0, found.index).trim(), variable: found[1] }
    : { rest: text, variable: undefined }
}

function asDerivative(text: string): Question | undefined {
  const called = /^(?:diff|derivative)\s*\((.*)\)$/is.exec(text)
  if (called) {
    const [expression = '', variable] = topLevelParts(called[1] ?? '')
    return { kind: 'derivative', expression, variable, order: 1 }
  }
  const ratio = new RegExp(`^d(?:\\^(\\d))?\\s*/\\s*d${VARIABLE}(?:\\^\\d)?\\s+(.*)$`, 'is').exec(text)
  if (ratio)
    return {
      kind: 'derivative',
      expression: ratio[3] ?? '',
      variable: ratio[2],
      order: Number(ratio[1] ?? 1),
    }
  const told = /^(?:(first|second|third|fourth)\s+)?(?:derivative\s+of|differentiate)\s+(.*)$/is.exec(text)
  if (!told) return undefined
  const order = ORDERS.get(told[1]?.toLowerCase() ?? '') ?? 1
  const at = new RegExp(`\\s+at\\s+${VARIABLE}\\s*=\\s*(.+)$`, 'is').exec(told[2] ?? '')
  const { rest, variable } = takeVariable(at ? (told[2] ?? '').slice(0, at.index) : (told[2] ?? ''))
  return { kind: 'derivative', expression: rest, variable: variable ?? at?.[1], order, at: at?.[2] }
}

function asIntegral(text: string): Question | undefined {
  const called = /^(?:integrate|integral)\s*\((.*)\)$/is.exec(text)
  const parts = called ? topLevelParts(called[1] ?? '') : []
  if (parts.length > 1) {
    const [expression = '', variable, from, to] = parts
    const bounds: [string, string] | undefined =
      from !== undefined && to !== undefined ? [from, to] : undefined
    return { kind: 'integral', expression, variable, bounds }
  }
  const told =
    /^(?:(?:definite|indefinite)\s+)?(?:integral\s+of|integrate|antiderivative\s+of|∫)\s*(.*)$/is.exec(text)
  if (!told) return undefined
  const range = /\s+(?:from|between)\s+(.+?)\s+(?:to|and)\s+(.+)$/is.exec(told[1] ?? '')
  const before = range ? (told[1] ?? '').slice(0, range.index) : (told[1] ?? '')
  const small = new RegExp(`\\s*\\bd${VARIABLE}$`).exec(before)
  const { rest, variable } = takeVariable(small ? before.slice(0, small.index) : before)
  const bounds: [string, string] | undefined = range ? [range[1] ?? '', range[2] ?? ''] : undefined
  return { kind: 'integral', expression: rest, variable: small?.[1] ?? variable, bounds }
}

const isEquation = (text: string): boolean => /[^=<>!:]=[^=]/.test(text)

function asEquations(text: string): Question | undefined {
  const called = /^solve\s*\((.*)\)$/is.exec(text)
  if (called) {
    const parts = topLevelParts(called[1] ?? '')
    const variable = parts.length > 1 && /^[a-zA-Z]$/.test(parts.at(-1) ?? '') ? parts.pop() : undefined
    return { kind: 'solve', equations: parts, variable }
  }
  const told = /^(?:solve(?:\s+for\s+([a-zA-Z])\s*[:,]?)?|solutions? of|roots? of|zeros? of)\s+(.*)$/is.exec(
    text,
  )
  if (
    !told &&
    !(
      isEquation(text) &&
      !/[;\n]/.test(text) &&
      /[a-zA-Z]/.test(text) &&
      !/^\s*[a-zA-Z]\s*\([^)]*\)\s*=/.test(text)
    )
  )
    return undefined
  const { rest, variable } = takeVariable((told?.[2] ?? text).replace(/^(?:the\s+)?equations?\s+/i, ''))
  const equations = topLevelParts(rest.replaceAll(/\s+and\s+/gi, ', '))
  return { kind: 'solve', equations, variable: told?.[1] ?? variable }
}

function asRewrite(text: string): Question | undefined {
  const told = /^(expand|factor(?:i[sz]e)?|simplify)\b\s*(.*)$/is.exec(text)
  if (!told) return undefined
  const word = told[1]?.toLowerCase() ?? ''
  const how = word === 'expand' || word === 'simplify' ? word : 'factor'
  return { kind: 'rewrite', how, expression: told[2] ?? '' }
}

/** The question that these words ask, as pages and people spell it. */
export function readQuestion(words: string): Question {
  const text = cleaned(words)
  return (
    asDerivative(text) ??
    asIntegral(text) ??
    asRewrite(text) ??
    asEquations(text) ?? { kind: 'value', expression: text }
  )
}
