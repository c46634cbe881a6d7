import type { Leaf } from '../../library/term-query.ts'
import { QueryMistake } from './query-mistake.ts'

/** A piece of a query, and where it begins, counted from 1. */
export type QueryToken = { position: number } & (
  | { kind: 'and' | 'or' | 'not' | 'open' | 'close' | 'end' }
  | { kind: 'leaf'; leaf: Leaf }
)

const OPERATORS = new Map([
  ['AND', 'and'],
  ['OR', 'or'],
  ['NOT', 'not'],
] as const)

const FIELD = /^(title|filename):/
const BLANK = /\s/
const SAYS_SOMETHING = /[\p{L}\p{N}]/u

const WORD = 'a word with a letter or a digit'

/** The end of a word that begins somewhere: the next blank, parenthesis or quotation mark. */
function endOfWord(text: string, from: number): number {
  const rest = /[\s()"]/.exec(text.slice(from))
  return rest ? from + rest.index : text.length
}

/** A phrase in quotation marks, and where it ends. */
function readPhrase(text: string, from: number): { phrase: string; end: number } {
  const end = text.indexOf('"', from + 1)
  if (end === -1) throw new QueryMistake(from + 1, 'a quotation mark that ends the phrase')
  const phrase = text.slice(from + 1, end)
  if (!SAYS_SOMETHING.test(phrase)) throw new QueryMistake(from + 1, 'a phrase with a letter or a digit')
  return { phrase, end: end + 1 }
}

/** A word, or the beginning of one in front of a `*`. */
function readWord(text: string, from: number, end: number): Pick<Leaf, 'kind' | 'text'> {
  const word = text.slice(from, end)
  const star = word.indexOf('*')
  if (star !== -1 && star !== word.length - 1)
    throw new QueryMistake(from + star + 1, "'*' only at the end of a word")
  const kind = star === -1 ? 'term' : 'prefix'
  const said = star === -1 ? word : word.slice(0, -1)
  if (!SAYS_SOMETHING.test(said)) throw new QueryMistake(from + 1, WORD)
  return { kind, text: said }
}

/** A leaf of the query and where it ends; its field first, where it names one. */
function readLeaf(text: string, from: number): { leaf: Leaf; end: number } {
  const [prefix = '', name] = FIELD.exec(text.slice(from, endOfWord(text, from))) ?? []
  const field = name === 'title' || name === 'filename' ? name : 'any'
  const begin = from + prefix.length
  if (text.charAt(begin) === '"') {
    const { phrase, end } = readPhrase(text, begin)
    return { leaf: { kind: 'phrase', text: phrase, field }, end }
  }
  const end = endOfWord(text, begin)
  if (end === begin) throw new QueryMistake(begin + 1, `a word or a phrase behind '${prefix}'`)
  return { leaf: { ...readWord(text, begin, end), field }, end }
}

/** A query in its pieces, the end last. Throws `QueryMistake`. */
export function tokensOf(text: string): QueryToken[] {
  const tokens: QueryToken[] = []
  for (let at = 0; at < text.length; ) {
    const character = text.charAt(at)
    const position = at + 1
    if (BLANK.test(character)) at += 1
    else if (character === '(' || character === ')') {
      tokens.push({ kind: character === '(' ? 'open' : 'close', position })
      at += 1
    } else {
      const end = endOfWord(text, at)
      const operator = OPERATORS.get(text.slice(at, end) as 'AND' | 'OR' | 'NOT')
      if (operator) {
        tokens.push({ kind: operator, position })
        at = end
      } else {
        const read = readLeaf(text, at)
        tokens.push({ kind: 'leaf', leaf: read.leaf, position })
        at = read.end
      }
    }
  }
  tokens.push({ kind: 'end', position: text.length + 1 })
  return tokens
}
