import { MAX_TOOL_CALLS } from '../../../shared/generation.ts'
import type { CallFinder } from './call-finder.ts'
import type { ToolFormat } from './tool-formats.ts'

export interface ToolGrammarOptions {
  format: ToolFormat
  finder: CallFinder
  /** For each tool the name of the grammar that its arguments match. */
  tools: readonly { name: string; grammar: string }[]
  /** Grammars by name, each with its own root. */
  grammars: ReadonlyMap<string, string>
  /** The alternative to calls: text of whatever kind, what the grammar of this name matches, or nothing. */
  otherwise: 'text' | { grammar: string } | undefined
  mayCall: boolean
  isParallel: boolean
}

/** A string of ours as a GBNF literal. Only ASCII: names of tools, keys and marks. */
const quote = (text: string): string => `"${text.replace(/[\\"]/gu, '\\$&').replaceAll('\n', '\\x0a')}"`

const hex = (character: string): string => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`

/** One blank at most: models learned one of the two spellings, and more would let them go on for ever. */
const SPACE = '" "?'
const LINE = '[ \\x0a]?'

/**
 * A grammar with other names for its rules, to stand beside others. Rule names are all words outside of strings and
 * sets (GBNF: llama.cpp's grammars/README.md).
 */
export function withPrefix(grammar: string, prefix: string): string {
  return grammar.replace(/"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]|[A-Za-z][\w-]*/gu, (part) =>
    /^[A-Za-z]/u.test(part) ? `${prefix}-${part}` : part,
  )
}

/** GBNF of an answer that may be text, or calls, or text and then calls. */
export function toolGrammar(options: ToolGrammarOptions): string {
  const { grammars, otherwise, mayCall, finder } = options
  const rules = [...grammars].map(([name, grammar]) => withPrefix(grammar, name).trimEnd())
  if (mayCall) rules.push(...callRules(options))
  if (otherwise === 'text') {
    rules.push(...textRules(options))
    return [`root ::= text-${finder.start}`, ...rules].join('\n')
  }
  const roots = [...(otherwise ? [`${otherwise.grammar}-root`] : []), ...(mayCall ? ['calls'] : [])]
  return [`root ::= ${roots.join(' | ')}`, ...rules].join('\n')
}

/** Text as the finder reads it: where it finds a call, the rest of a call follows. */
function textRules({ finder, tools, mayCall }: ToolGrammarOptions): string[] {
  // Rules have numbers: their names may not hold all that names of tools may.
  const numberOf = (name: string): number => tools.findIndex((tool) => tool.name === name)
  return Array.from({ length: finder.size }, (_, state) => {
    const { edges, other } = finder.edgesOf(state)
    const ways = [...edges].flatMap(([character, target]) => {
      if (typeof target === 'number') return [`[${hex(character)}] text-${target}`]
      if (!mayCall) return []
      const behind = target.name === undefined ? 'mark' : numberOf(target.name)
      // A tool that is shown and may not be called is not called in what would be read as text either.
      return behind === -1 ? [] : [`[${hex(character)}] behind-${behind}`]
    })
    const others = edges.size === 0 ? '.' : `[^${[...edges.keys()].map(hex).join('')}]`
    return `text-${state} ::= ${[...ways, `${others} text-${other}`, '""'].join(' | ')}`
  })
}

function callRules({ format, tools, isParallel }: ToolGrammarOptions): string[] {
  const { nameKey, argumentsKey, mark, closing, separator, isList } = format
  const key = (name: string): string => `${quote(`"${name}"`)} ${SPACE} ":" ${SPACE}`
  const rules = tools.map(
    ({ grammar }, number) =>
      `rest-${number} ::= ${SPACE} "," ${SPACE} ${key(argumentsKey)} ${grammar}-root ${SPACE} "}"`,
  )
  const named = namesRule(tools.map(({ name }, number) => ({ left: `${name}"`, number })))
  rules.push(`object ::= "{" ${SPACE} ${key(nameKey)} "\\"" (${named})`)
  const isMore = isParallel && !format.isSingle
  const more = isMore ? `another{0,${MAX_TOOL_CALLS - 1}}` : '""'
  if (mark === undefined) {
    // The finder has read the beginning of the object, name and all.
    rules.push(...tools.map((_tool, number) => `behind-${number} ::= rest-${number} ${more}`))
    rules.push(`calls ::= object ${more}`, `another ::= ${quote(separator)} object`)
  } else if (isList) {
    rules.push(`behind-mark ::= ${SPACE} "[" ${SPACE} object ${more} ${SPACE} "]"`)
    rules.push(`calls ::= ${quote(mark)} behind-mark`, `another ::= "," ${SPACE} object`)
  } else {
    rules.push(`closed ::= ${LINE} object ${LINE} ${quote(closing ?? '')}`)
    rules.push(`behind-mark ::= closed ${more}`, `calls ::= ${quote(mark)} behind-mark`)
    rules.push(`another ::= ${LINE} ${quote(mark)} closed`)
  }
  return rules
}

/** The rest of a tool's name, with the quote behind it, and the tool's number. */
interface NameLeft {
  left: string
  number: number
}

/** Names, each with what follows it, told apart letter by letter: llama.cpp tries every way that is open on every token. */
function namesRule(names: readonly NameLeft[]): string {
  const [first] = names
  if (first === undefined) return '""'
  if (names.length === 1) return `${quote(first.left)} rest-${first.number}`
  let shared = 0
  // None is the beginning of another, since each ends with its quote.
  while (shared < first.left.length && names.every(({ left }) => left[shared] === first.left[shared]))
    shared += 1
  const groups = Map.groupBy(names, ({ left }) => left[shared])
  const options = [...groups.values()].map((group) =>
    namesRule(group.map(({ left, number }) => ({ left: left.slice(shared), number }))),
  )
  return `${quote(first.left.slice(0, shared))} (${options.join(' | ')})`
}
