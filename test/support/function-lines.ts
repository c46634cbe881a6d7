import { parseAst } from 'vitest/node'

export interface FunctionLines {
  /** Where it begins, counted from 1. */
  line: number
  /** From its first line to its last, without the further lines of the functions inside it. */
  lines: number
}

interface Span {
  first: number
  last: number
  inner: Span[]
}

const IS_FUNCTION = /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/

const isNode = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !(value instanceof RegExp)

/**
 * Every function of a TypeScript file with its own lines. Those of a function inside it are counted there: what only holds
 * others, such as a factory or the registration of routes, is as long as what it does besides.
 */
export function functionLines(code: string, lang: 'ts' | 'tsx' = 'ts'): FunctionLines[] {
  const starts = [...code.matchAll(/^/gm)].map(({ index }) => index)
  const lineOf = (offset: number) => starts.findLastIndex((start) => start <= offset) + 1
  const spans: Span[] = []

  const visit = (value: unknown, outer: Span | undefined): void => {
    if (Array.isArray(value)) for (const one of value) visit(one, outer)
    else if (isNode(value)) {
      const { type, start, end, body } = value
      const isFunction = typeof type === 'string' && IS_FUNCTION.test(type) && body !== null
      let span = outer
      if (isFunction && typeof start === 'number' && typeof end === 'number') {
        span = { first: lineOf(start), last: lineOf(end - 1), inner: [] }
        outer?.inner.push(span)
        spans.push(span)
      }
      for (const part of Object.values(value)) visit(part, span)
    }
  }

  visit(parseAst(code, { lang }), undefined)
  return spans.map(({ first, last, inner }) => {
    const innerLines = new Set(
      inner.flatMap((span) =>
        Array.from({ length: span.last - span.first }, (_, index) => span.first + 1 + index),
      ),
    )
    return { line: first, lines: last - first + 1 - innerLines.size }
  })
}
