import type { Leaf } from '../../library/term-query.ts'
import { QueryMistake } from './query-mistake.ts'
import { type QueryToken, tokensOf } from './tokens.ts'

/** Characters of a query, words and phrases in it, and how deep parentheses and NOTs stand in each other. */
export const MAX_QUERY_CHARACTERS = 1_000
export const MAX_QUERY_LEAVES = 64
export const MAX_QUERY_DEPTH = 16

/** A query as it was meant. It holds over a whole document. */
export type Query =
  | { kind: 'leaf'; leaf: Leaf }
  | { kind: 'not'; of: Query }
  | { kind: 'and' | 'or'; of: Query[] }

const OPERAND = "a word, a phrase, NOT or '('"

/** Whether a query asks for something to be there, and not only for things to be missing. */
function hasPositive(query: Query, isNegated = false): boolean {
  if (query.kind === 'leaf') return !isNegated
  if (query.kind === 'not') return hasPositive(query.of, !isNegated)
  return query.of.some((part) => hasPositive(part, isNegated))
}

/** Reads a query's pieces from left to right. */
class Reading {
  readonly #tokens: readonly QueryToken[]
  #next = 0
  #leaves = 0

  constructor(tokens: readonly QueryToken[]) {
    this.#tokens = tokens
  }

  whole(): Query {
    const query = this.#either(0)
    const { kind, position } = this.#peek()
    if (kind === 'end') return query
    throw new QueryMistake(position, kind === 'close' ? "a '(' before this ')'" : 'the end of the query')
  }

  #peek(): QueryToken {
    const token = this.#tokens[this.#next]
    if (!token) throw new Error('A query was read beyond its end.')
    return token
  }

  /** Alternatives: parts between ORs. */
  #either(depth: number): Query {
    const of = [this.#all(depth)]
    while (this.#peek().kind === 'or') {
      this.#next += 1
      of.push(this.#all(depth))
    }
    const [only] = of
    return of.length === 1 && only ? only : { kind: 'or', of }
  }

  /** Parts that hold together: between ANDs, or behind each other. */
  #all(depth: number): Query {
    const of = [this.#one(depth)]
    for (
      let { kind } = this.#peek();
      kind !== 'or' && kind !== 'close' && kind !== 'end';
      { kind } = this.#peek()
    ) {
      if (kind === 'and') this.#next += 1
      of.push(this.#one(depth))
    }
    const [only] = of
    return of.length === 1 && only ? only : { kind: 'and', of }
  }

  #one(depth: number): Query {
    const token = this.#peek()
    const { position } = token
    this.#next += 1
    if (token.kind === 'leaf') {
      this.#leaves += 1
      if (this.#leaves > MAX_QUERY_LEAVES)
        throw new QueryMistake(position, `at most ${MAX_QUERY_LEAVES} words and phrases`)
      return { kind: 'leaf', leaf: token.leaf }
    }
    if (token.kind !== 'not' && token.kind !== 'open') throw new QueryMistake(position, OPERAND)
    if (depth >= MAX_QUERY_DEPTH)
      throw new QueryMistake(position, `parentheses and NOTs at most ${MAX_QUERY_DEPTH} deep`)
    if (token.kind === 'not') return { kind: 'not', of: this.#one(depth + 1) }
    const inner = this.#either(depth + 1)
    const end = this.#peek()
    if (end.kind !== 'close')
      throw new QueryMistake(end.position, `a ')' for the '(' at position ${position}`)
    this.#next += 1
    return inner
  }
}

/**
 * A query in words: `"phrases"`, `prefix*`, `title:` and `filename:` before any of them, AND, OR and NOT in capitals,
 * parentheses. Words behind each other all have to be there, and AND binds before OR. Throws `QueryMistake`.
 */
export function parseQuery(text: string): Query {
  if (text.length > MAX_QUERY_CHARACTERS)
    throw new QueryMistake(MAX_QUERY_CHARACTERS + 1, `at most ${MAX_QUERY_CHARACTERS} characters`)
  const query = new Reading(tokensOf(text)).whole()
  if (!hasPositive(query))
    throw new QueryMistake(1, 'something that is to be there, and not only what is not')
  return query
}
