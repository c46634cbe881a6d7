import { MAX_WEB_RESULTS } from '../../agent-tools/web-search.ts'
import { codeIn, mathIn } from './exact-words.ts'
import { named, plainWish } from './splitting.ts'

/** Something that the user wants, as rules understand it. Arguments are pieces of the user's words. */
export type Wish =
  | {
      kind: 'call'
      tool: string
      arguments: Readonly<Record<string, unknown>>
      /** The wish in its place, where the tool cannot be had. */
      instead?: Wish
      /** Where the tool cannot be had, a model may answer by itself. */
      isOptional?: true
    }
  /** A program that a model is to write. */
  | { kind: 'program' }
  /** The findings are to be told shortly: so many of them. */
  | { kind: 'shorten'; count: number | undefined }
  /** Nothing besides what the wish before asks for: "execute it". */
  | { kind: 'same' }

const call = (tool: string, args: Readonly<Record<string, unknown>> = {}, instead?: Wish): Wish => ({
  kind: 'call',
  tool,
  arguments: args,
  ...(instead && { instead }),
})

type Rule = (words: string) => Wish | undefined

const ADDRESS = /https?:\/\/[^\s<>"'`]+/i

/** Of a sentence that ends in an address, the mark at its end is none of it. */
const address: Rule = (words) => {
  const [url] = ADDRESS.exec(words) ?? []
  return url === undefined ? undefined : call('fetch_url', { url: url.replace(/[.,;:!?)\]}]+$/, '') })
}

const DOCUMENTS =
  '(?:documents?|files?|contracts?|agreements?|uploads?|attachments?|pdfs?|reports?|papers?|manuals?|invoices?|leases?|policy|policies|handbooks?)'

/** "Based on the uploaded contract document, …" */
const SOURCE = new RegExp(
  String.raw`(?:\b(?:based on|according to|using|from|in|within|of|by|through|inside)\s+)?\b(?:the|my|our|this|that|these|those|all|uploaded|attached)\s+(?:\w+\s+){0,3}?${DOCUMENTS}(?:\s+${DOCUMENTS})*\b[,:]?`,
  'i',
)
const OWN = new RegExp(
  String.raw`\b(?:uploaded|attached|my|our)\s+(?:\w+\s+){0,3}?${DOCUMENTS}\b|\bthe\s+(?:documents?|files?|attachments?|uploads?)\b|\b(?:based on|according to|in|from|search|look (?:in|through))\s+(?:the|my|these|this|those|all)\s+(?:\w+\s+){0,3}?${DOCUMENTS}\b`,
  'i',
)

const ABOUT_ALL = /^(?:analy[sz]e|summari[sz]e|describe|explain|read|open|show|tell me)\b\s*/i

const DATA = /\b(?:data|datasets?|tables?|csv|spreadsheets?|statistics)\b/i
const ANALYSIS =
  /^(?:analy[sz]e|summari[sz]e|describe|examine|evaluate|look at)\b|\b(?:statistics|summary|analysis) of\b/i

/** The words of a question about documents, as they are searched for. */
const documents: Rule = (words) => {
  if (!OWN.test(words)) return undefined
  const rest = words
    .replace(/^(?:search|look|find)\s+(?:in|through|within)?\s*/i, '')
    .replace(SOURCE, ' ')
    .replace(/^\s*(?:for|about|and|,)\s+/i, '')
    .trim()
  const query = named(rest.replaceAll(/\s+/g, ' ').replace(ABOUT_ALL, ''))
  const search = { query: /[\p{L}\p{N}]{2}/u.test(query) ? query : named(words) }
  return call('search_documents', search, ANALYSIS.test(words) ? call('analyze_data') : undefined)
}

/** The table is chosen by all words of the user. One that is no table may be a document. */
const data: Rule = (words) => {
  if (!DATA.test(words) || !ANALYSIS.test(words)) return undefined
  const rest = words.replace(ANALYSIS, ' ').replaceAll(/\b(?:the|my|our|uploaded|attached)\b/gi, ' ')
  const query = named(rest.replaceAll(/\s+/g, ' '))
  return call('analyze_data', {}, call('search_documents', { query: query || named(words) }))
}

const SEARCHES: readonly RegExp[] = [
  /^(?:search|browse|look)\s+(?:(?:on\s+)?(?:the\s+)?(?:web|internet|net)|online|google)\s+(?:for\s+|about\s+)?(.+)$/i,
  /^(?:do|run|make)\s+(?:a|an)\s+(?:web|internet|online|google)\s+search\s+(?:for|about|on)\s+(.+)$/i,
  /^(?:search|look)\s+(?:for|about)\s+(.+?)(?:\s+(?:on\s+the\s+(?:web|internet)|online))?$/i,
  /^(?:search|google|look\s+up|browse(?:\s+for)?)\s+(.+?)(?:\s+(?:on\s+the\s+(?:web|internet)|online))?$/i,
  /^find\s+(?:out\s+)?(?:me\s+)?(?:some\s+|more\s+)?(?:information|info|details|articles?|something)\s+(?:about|on|regarding)\s+(.+)$/i,
  /^find\s+(?:me\s+)?(.+?)\s+(?:on\s+the\s+(?:web|internet)|online)$/i,
  /^(?:find|get|show|tell|give)\s+(?:me\s+)?((?:the\s+)?(?:top\s+\d{1,2}\s+)?(?:(?:latest|newest|recent|current|today's)\s+)?(?:news|headlines|weather)\b.*)$/i,
  /^what(?:'s| is| are)\s+((?:the\s+)?(?:latest|newest|recent|current|today's)\s+(?:news|headlines|weather)\b.*|(?:the\s+)?weather\s+(?:in|at|like in)\b.*|new\s+(?:in|with|about)\b.*)$/i,
]

const COUNT = /\b(?:top|first|best)\s+(\d{1,2})\b/i

/** How many results the words ask for; undefined where they do not say. */
export function countIn(words: string): number | undefined {
  const count = Number(COUNT.exec(words)?.[1])
  return count >= 1 && count <= MAX_WEB_RESULTS ? count : undefined
}

const web: Rule = (words) => {
  for (const pattern of SEARCHES) {
    const query = named(pattern.exec(words)?.[1] ?? '')
    if (query !== '') return call('web_search', { query })
  }
  return undefined
}

const TIME =
  /\bwhat\s+time\s+is\s+it\b|\bwhat\s+day\s+is\s+(?:it|today)\b|\bwhat(?:'s|\s+is)\s+(?:the\s+)?(?:current\s+|local\s+)?(?:time|date|day)\b(?!\s+of)|\bcurrent\s+(?:time|date)\b|\btoday's\s+date\b/i

/** Of a place that has no time zone the tool says so: none is guessed. */
const time: Rule = (words) => {
  if (!TIME.test(words)) return undefined
  const place = named(/\b(?:in|at|for)\s+([\p{L}][\p{L}\s/_-]{1,60})$/u.exec(words)?.[1] ?? '')
  return call(
    'current_time',
    place === '' || /^(?:now|moment|today)$/i.test(place) ? {} : { time_zone: place },
  )
}

const memory: Rule = (words) => {
  const kept = /^(?:remember|note|keep in mind)(?:\s+that|\s+down)?[:,]?\s+(.+)$/i.exec(words)?.[1]
  if (kept !== undefined && !/^(?:what|when|where|who|how|me)\b/i.test(kept))
    return call('remember', { text: kept })
  const asked =
    /^(?:what (?:did|do|have) (?:i|you)\b.*\bremember(?:ed)?\b|recall\b|what (?:are|were) (?:my|your) notes\b)(.*)$/i.exec(
      words,
    )
  if (!asked) return undefined
  const about = named(/\b(?:about|on|of)\s+(.+)$/i.exec(asked[1] ?? '')?.[1] ?? '')
  return call('recall', about === '' ? {} : { query: about })
}

const mathematics: Rule = (words) => {
  const expression = mathIn(words)
  if (expression === undefined) return undefined
  const wish = { kind: 'call' as const, tool: 'math_calculator', arguments: { expression } }
  return /^(?:what|how much)\b/i.test(words) ? { ...wish, isOptional: true } : wish
}

const PROGRAM = /\bpython\b|\b(?:write|create|make)\s+(?:me\s+)?(?:a\s+|some\s+)?(?:program|script|code)\b/i
const RUNNING = /\b(?:execute|run|runs|write|create|make|use|using|with)\b/i

const program: Rule = (words) => {
  const code = codeIn(words)
  if (code !== undefined && /\b(?:execute|run|python)\b/i.test(words))
    return call('python_executor', { code })
  return PROGRAM.test(words) && RUNNING.test(words) ? { kind: 'program' } : undefined
}

const SHORTEN =
  /^(?:summari[sz]e|sum up|list|show|give|tell)\b(?=.*\b(?:it|them|this|that|findings?|results?|hits?|articles?|pages?|points?|top|everything)\b|\s*$)|^(?:give|write|make)\s+(?:me\s+)?(?:a|the)\s+summary\b/i

const shorten: Rule = (words) =>
  SHORTEN.test(words) ? { kind: 'shorten', count: countIn(words) } : undefined

const SAME =
  /^(?:execute|run|do|try|test|print|show|give)\s+(?:it|this|that|the\s+(?:code|program|script|result|output|answer))\b/i

/** A program that stands in the words is meant itself. */
const same: Rule = (words) => (SAME.test(words) && codeIn(words) === undefined ? { kind: 'same' } : undefined)

/** The first that fits is taken: what says exactly what it wants before what only sounds like it. */
const RULES: readonly Rule[] = [
  ...[same, memory, program, address, documents, data, mathematics, time, web, shorten],
]

/** The wish in some words; undefined where no rule understands them. */
export function wishIn(words: string): Wish | undefined {
  const plain = plainWish(words)
  for (const rule of RULES) {
    const wish = rule(plain)
    if (wish) return wish
  }
  return undefined
}
