import { MAX_REGEX_DEPTH } from '../limits.ts'
import {
  ALL_CODE_POINTS,
  type CodePointRange,
  codePointOf,
  intersectRanges,
  invertRanges,
  normalizeRanges,
  rangesOf,
} from './code-points.ts'

/** A regular expression that says nothing but which strings match: no captures, no greed. */
export type Regex =
  | { kind: 'set'; ranges: readonly CodePointRange[] }
  | { kind: 'sequence'; items: readonly Regex[] }
  | { kind: 'choice'; options: readonly Regex[] }
  | { kind: 'repeat'; item: Regex; min: number; max: number | undefined }
  | { kind: 'start' }
  | { kind: 'end' }

/** Says why an expression is refused; never returns. */
export type Refuse = (sentence: string) => never

const DIGIT = rangesOf('09')
const WORD = rangesOf('az', 'AZ', '09', '_')
/** ECMA-262 §22.2.2.9: WhiteSpace and LineTerminator. */
const SPACE = rangesOf(
  '\t\r',
  ' ',
  '\u00a0',
  '\u1680',
  '\u2000\u200a',
  '\u2028\u2029',
  '\u202f',
  '\u205f',
  '\u3000',
  '\ufeff',
)
const LINE_TERMINATOR = rangesOf('\n', '\r', '\u2028\u2029')

const CLASS_ESCAPES: ReadonlyMap<string, readonly CodePointRange[]> = new Map([
  ['d', DIGIT],
  ['D', invertRanges(DIGIT)],
  ['w', WORD],
  ['W', invertRanges(WORD)],
  ['s', SPACE],
  ['S', invertRanges(SPACE)],
])
const CONTROL_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['t', '\t'],
  ['n', '\n'],
  ['v', '\v'],
  ['f', '\f'],
  ['r', '\r'],
])
const REFUSED_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['b', 'a word boundary'],
  ['B', 'a word boundary'],
  ['k', 'a back reference'],
  ['p', 'a Unicode property'],
  ['P', 'a Unicode property'],
])

/**
 * Parses the part of ECMA-262 regular expressions (§22.2.1, read with the `u` flag) that describes regular languages.
 * What does not (look-around, back references, word boundaries) is refused by name. Escaped punctuation is taken as
 * itself although the `u` flag forbids some of it: schemas in the wild are full of `\-` and `\@`.
 */
export function parseRegex(source: string, refuse: Refuse): Regex {
  if (!source.isWellFormed()) return refuse('holds half of a surrogate pair')
  return new RegexParser([...source], refuse).parse()
}

class RegexParser {
  #characters: readonly string[]
  #refuse: Refuse
  #position = 0
  #depth = 0

  constructor(characters: readonly string[], refuse: Refuse) {
    this.#characters = characters
    this.#refuse = refuse
  }

  parse(): Regex {
    const regex = this.#choice()
    if (this.#peek() !== undefined) this.#refuse('has a ")" too many')
    return regex
  }

  #peek(ahead = 0): string | undefined {
    return this.#characters[this.#position + ahead]
  }

  #take(expected: string): boolean {
    if (this.#peek() !== expected) return false
    this.#position += 1
    return true
  }

  #choice(): Regex {
    const options = [this.#sequence()]
    while (this.#take('|')) options.push(this.#sequence())
    const [only] = options
    return options.length === 1 && only ? only : { kind: 'choice', options }
  }

  #sequence(): Regex {
    const items: Regex[] = []
    for (let next = this.#peek(); next !== undefined && next !== '|' && next !== ')'; next = this.#peek()) {
      items.push(this.#term())
    }
    const [only] = items
    return items.length === 1 && only ? only : { kind: 'sequence', items }
  }

  #term(): Regex {
    if (this.#take('^')) return { kind: 'start' }
    if (this.#take('$')) return { kind: 'end' }
    const item = this.#atom()
    const count = this.#quantifier()
    if (!count) return item
    // Greed changes what a group captures, never whether the whole matches.
    this.#take('?')
    if (count.max !== undefined && count.min > count.max) this.#refuse('has a quantifier out of order')
    return { kind: 'repeat', item, ...count }
  }

  #quantifier(): { min: number; max: number | undefined } | undefined {
    if (this.#take('*')) return { min: 0, max: undefined }
    if (this.#take('+')) return { min: 1, max: undefined }
    if (this.#take('?')) return { min: 0, max: 1 }
    if (!this.#take('{')) return undefined
    const min = this.#integer()
    const max = this.#take(',') ? (this.#peek() === '}' ? undefined : this.#integer()) : min
    if (!this.#take('}')) this.#refuse('has an unfinished quantifier')
    return { min, max }
  }

  #integer(): number {
    let digits = ''
    for (let next = this.#peek(); next !== undefined && /^[0-9]$/.test(next); next = this.#peek()) {
      digits += next
      this.#position += 1
    }
    return digits ? Number(digits) : this.#refuse('has a "{" that is neither escaped nor a quantifier')
  }

  #atom(): Regex {
    const character = this.#peek() ?? ''
    if ('*+?{}]'.includes(character)) this.#refuse(`has a "${character}" that must be escaped here`)
    this.#position += 1
    if (character === '(') return this.#group()
    if (character === '[') return { kind: 'set', ranges: this.#class() }
    if (character === '.') return { kind: 'set', ranges: invertRanges(LINE_TERMINATOR) }
    if (character === '\\') return { kind: 'set', ranges: this.#escape(false) }
    return { kind: 'set', ranges: rangesOf(character) }
  }

  #group(): Regex {
    if (this.#take('?') && !this.#take(':')) {
      const isLookbehind = this.#peek(1) === '=' || this.#peek(1) === '!'
      if (this.#peek() !== '<') this.#refuse('uses look-ahead or an inline flag, which a grammar cannot say')
      if (isLookbehind) this.#refuse('uses look-behind, which a grammar cannot say')
      while (!this.#take('>')) {
        if (this.#peek() === undefined) this.#refuse('has an unfinished group name')
        this.#position += 1
      }
    }
    this.#depth += 1
    if (this.#depth > MAX_REGEX_DEPTH) this.#refuse(`nests groups more than ${MAX_REGEX_DEPTH} deep`)
    const inner = this.#choice()
    this.#depth -= 1
    if (!this.#take(')')) this.#refuse('has an unfinished group')
    return inner
  }

  #class(): CodePointRange[] {
    const isNegated = this.#take('^')
    const ranges: CodePointRange[] = []
    while (!this.#take(']')) {
      const from = this.#classMember()
      const isRange = this.#peek() === '-' && this.#peek(1) !== ']' && this.#peek(1) !== undefined
      if (!isRange || from.length !== 1 || from[0]?.[0] !== from[0]?.[1]) {
        ranges.push(...from)
        continue
      }
      this.#position += 1
      const to = this.#classMember()
      const [first, last] = [from[0]?.[0] ?? 0, to[0]?.[1] ?? 0]
      if (to.length !== 1 || to[0]?.[0] !== last) ranges.push(...from, ...rangesOf('-'), ...to)
      else if (first > last) this.#refuse('has a character range out of order')
      else ranges.push([first, last])
    }
    return isNegated ? invertRanges(ranges) : intersectRanges(normalizeRanges(ranges), ALL_CODE_POINTS)
  }

  #classMember(): readonly CodePointRange[] {
    const character = this.#peek()
    if (character === undefined) return this.#refuse('has an unfinished character class')
    this.#position += 1
    return character === '\\' ? this.#escape(true) : rangesOf(character)
  }

  #escape(inClass: boolean): readonly CodePointRange[] {
    const character = this.#peek()
    if (character === undefined) return this.#refuse('ends in a backslash')
    this.#position += 1
    const set = CLASS_ESCAPES.get(character)
    if (set) return set
    const control = CONTROL_ESCAPES.get(character)
    if (control) return rangesOf(control)
    if (character === 'b' && inClass) return rangesOf('\b')
    const refused = REFUSED_ESCAPES.get(character)
    if (refused) this.#refuse(`uses ${refused} (\\${character}), which a grammar cannot say`)
    if (character === '0') return rangesOf('\0')
    if (/^[1-9]$/.test(character)) this.#refuse('uses a back reference, which a grammar cannot say')
    if (character === 'x') return this.#hexEscape(2)
    if (character === 'u') return this.#unicodeEscape()
    if (character === 'c') return this.#controlLetter()
    if (/^[A-Za-z]$/.test(character)) this.#refuse(`uses the unknown escape \\${character}`)
    return rangesOf(character)
  }

  #controlLetter(): CodePointRange[] {
    const letter = this.#peek() ?? ''
    if (!/^[A-Za-z]$/.test(letter)) this.#refuse('has a \\c without a letter')
    this.#position += 1
    const codePoint = codePointOf(letter) % 32
    return [[codePoint, codePoint]]
  }

  #hexEscape(length: number): CodePointRange[] {
    const digits = this.#characters.slice(this.#position, this.#position + length).join('')
    if (digits.length !== length || !/^[0-9A-Fa-f]+$/.test(digits))
      this.#refuse('has an escape without its hex digits')
    this.#position += length
    const codePoint = Number.parseInt(digits, 16)
    return [[codePoint, codePoint]]
  }

  #unicodeEscape(): readonly CodePointRange[] {
    if (this.#take('{')) {
      const end = this.#characters.indexOf('}', this.#position)
      const digits = this.#characters.slice(this.#position, end).join('')
      const codePoint = Number.parseInt(digits, 16)
      if (end < 0 || !/^[0-9A-Fa-f]+$/.test(digits) || codePoint > 0x10ffff) {
        this.#refuse('has an escape without its hex digits')
      }
      this.#position = end + 1
      return [[codePoint, codePoint]]
    }
    const ranges = this.#hexEscape(4)
    const high = ranges[0]?.[0] ?? 0
    const isPair = high >= 0xd800 && high <= 0xdbff && this.#peek() === '\\' && this.#peek(1) === 'u'
    if (!isPair) return ranges
    this.#position += 2
    const low = this.#hexEscape(4)[0]?.[0] ?? 0
    if (low < 0xdc00 || low > 0xdfff) this.#refuse('holds half of a surrogate pair')
    const codePoint = 0x10000 + (high - 0xd800) * 0x400 + (low - 0xdc00)
    return [[codePoint, codePoint]]
  }
}

const ANYTHING: Regex = {
  kind: 'repeat',
  item: { kind: 'set', ranges: ALL_CODE_POINTS },
  min: 0,
  max: undefined,
}

/**
 * The expression that matches the whole of exactly the strings in which `regex` finds a match: JSON Schema patterns
 * are not anchored (validation §6.3.3). Anchors are understood where a branch of the whole begins or ends.
 */
export function wholeString(regex: Regex, refuse: Refuse): Regex {
  const options = branchesOf(regex).map((branch) => {
    const items = branch.kind === 'sequence' ? [...branch.items] : [branch]
    const before = items[0]?.kind === 'start' ? [] : [ANYTHING]
    const after = items.at(-1)?.kind === 'end' ? [] : [ANYTHING]
    while (items[0]?.kind === 'start') items.shift()
    while (items.at(-1)?.kind === 'end') items.pop()
    if (items.some(holdsAnchor))
      refuse('has a "^" or "$" that is not at an end of the expression, which a grammar cannot say')
    return { kind: 'sequence', items: [...before, ...items, ...after] } satisfies Regex
  })
  return { kind: 'choice', options }
}

function branchesOf(regex: Regex): readonly Regex[] {
  if (regex.kind === 'choice') return regex.options.flatMap(branchesOf)
  return [regex]
}

function holdsAnchor(regex: Regex): boolean {
  switch (regex.kind) {
    case 'start':
    case 'end':
      return true
    case 'set':
      return false
    case 'repeat':
      return holdsAnchor(regex.item)
    case 'sequence':
      return regex.items.some(holdsAnchor)
    case 'choice':
      return regex.options.some(holdsAnchor)
  }
}
