import type { ToolDefinition } from '../../../shared/generation.ts'
import { ask } from '../rephrasing.ts'
import { capitalised, type Source } from '../source.ts'
import type { Exchange, Talk } from '../talk.ts'
import { RECORD_KINDS } from '../world/records/records.ts'
import { TOPICS, WORDS } from '../world/things.ts'
import { APPLICATION_TOOLS } from '../world/tools/application-tools.ts'
import { madeUpTool } from '../world/tools/made-up-tools.ts'
import { PRODUCT_TOOLS } from '../world/tools/product-tools.ts'
import type { WorldTool } from '../world/tools/world-tool.ts'
import { itemOf } from './drills.ts'
import { capital, fact, guide, smallTalk, typed } from './knowledge.ts'
import { cityOf, nameOf, numberOf } from './people.ts'

export const NO_TOOL = 'I have no tool for that.'
export const MOST_TOOLS = 12

const WORLD_TOOLS = [...PRODUCT_TOOLS, ...APPLICATION_TOOLS]

function definitionOf(source: Source, { name, descriptions, parameters }: WorldTool): ToolDefinition {
  const properties = Object.fromEntries(parameters.map((each) => [each.name, { type: each.type }]))
  const required = parameters.map((each) => each.name)
  return {
    name,
    description: capitalised(source.pick(descriptions)),
    ...(required.length > 0 && { parameters: { type: 'object', properties, required } }),
    strict: false,
  }
}

/** So many tools, all of other names: the product's own, those of applications, and made-up ones. */
function toolset(source: Source, count: number): WorldTool[] {
  const tools = new Map<string, WorldTool>()
  while (tools.size < count) {
    const tool = source.chance(0.55) ? source.pick(WORLD_TOOLS) : madeUpTool(source)
    // Two tools that search would be a riddle, not a choice.
    const isClear = [...tools.values()].every((other) => lastWord(other.name) !== lastWord(tool.name))
    if (isClear && !tools.has(tool.name)) tools.set(tool.name, tool)
  }
  return [...tools.values()]
}

const lastWord = (name: string): string => name.slice(name.lastIndexOf('_') + 1)

/** A request that a tool fits, with its call. */
function requestOf(
  source: Source,
  tool: WorldTool,
): { asked: string; input: Record<string, string | number> } {
  const input = Object.fromEntries(tool.parameters.map(({ name, value }) => [name, value(source)]))
  const texts = Object.fromEntries(Object.entries(input).map(([name, value]) => [name, String(value)]))
  return { asked: typed(source, capitalised(ask(source, tool.asked, texts))), input }
}

const KEYS = [
  'price',
  'status',
  'temperature',
  'count',
  'name',
  'city',
  'colour',
  'weight',
  'total',
  'level',
  'owner',
  'size',
] as const
const STATES = ['open', 'closed', 'done', 'ready', 'new', 'paid', 'sent', 'lost']
const FAILURES = ['not found', 'timed out', 'no access', 'bad request', 'service down', 'quota used up']

function fieldValue(source: Source, key: (typeof KEYS)[number]): string | number {
  if (key === 'status') return source.pick(STATES)
  if (key === 'name' || key === 'owner') return nameOf(source)
  if (key === 'city') return cityOf(source)
  if (key === 'colour') return source.pick(['red', 'blue', 'green', 'black', 'white'])
  return numberOf(source)
}

/** Something that a text is about: when learned from, also what nobody can know by heart. */
function subjectOf(source: Source): string {
  if (source.isHeld || source.chance(0.4)) return source.pick(TOPICS)
  const words = source.some(1, 3, () => source.pick(WORDS)).join(' ')
  return source.chance(0.5) ? words : `${words} of ${nameOf(source)}`
}

const RESULT_TEXTS = {
  train: [
    '{t} rose by {n} percent in {c}.',
    '{t} was opened in {c} by {p}.',
    'The report on {t} names {p}.',
    'It is {n} degrees in {c}.',
    'Page {n} is about {t}.',
    '{p} wrote about {t}.',
    '{c} is known for {t}.',
    '{t} fell by {n} percent.',
    'The price of {t} is {n}.',
    '{p} from {c} sells {t}.',
    'There are {n} pages about {t}.',
    'In {c}, {p} found {t}.',
    '{t}: {n} results.',
    'Nobody in {c} has seen {t} before {p}.',
    'All about {t}, by {p} and {p}.',
    '{p} was in {c} for {n} days.',
    '{p} told us that {t} costs {n}.',
    'In {c} people talk of {t}.',
    '{t} comes from {c}.',
    '{p} likes {t}.',
    '{p} said: {t} in {c}.',
    'In {n} days {t} comes to {c}.',
    '{c} and {t}: {n}',
    'Where {c} is, {t} was {n}.',
    'One hears that {p} left {c}.',
  ],
  later: [
    '{t} costs {n} in {c}.',
    '{t} was sold to {p} for {n}.',
    '{p} bought {n} pieces in {c}.',
    '{t} has been closed since {p} left.',
    'The news from {c}: {t} is back.',
    '{p} moved to {c} {n} years ago.',
    '{t} was first seen in {c}.',
    '{n} people in {c} asked for {t}.',
    '{p} waits in {c}.',
    'It is {n} kilometres to {c}.',
    '{t} belongs to {p}.',
    '{t} is number {n} on the list.',
    '{p} will be in {c} in {n} days.',
    'The owner of the house in {c} is {p}.',
    '{t} grew from {n} to {n}.',
    'Read more on {t} at page {n}.',
    '{p} and {p} met in {c}.',
    '{t} is sold out in {c}.',
    '{c} has {n} shops with {t}.',
    'The next train to {c} leaves in {n} minutes.',
    '{p} paid {n} for it in {c}.',
    '{t} was made by {p} in {c}.',
    'A letter from {p} came from {c}.',
    '{t} is {n} years old.',
    '{p} has {n} new messages.',
    '{t} weighs {n} kilograms.',
    'No one but {p} knows {t}.',
    'The wind in {c} blows at {n}.',
    'Only {n} of {t} are left.',
    '{t} will be shown in {c} by {p}.',
  ],
  held: ['In {c} one hears of {t}.', '{p} says that {t} costs {n}.', '{t} came to {c}.'],
}

/** A tool's result, the sentence that tells it, and the words that have to be in that. */
interface ToolResult {
  content: string
  answer: string
  texts: string[]
}

/** The result of a tool, of all kinds that there are. */
function resultOf(source: Source): ToolResult {
  const kind = source.random.next()
  if (!source.isHeld && kind < 0.12) {
    const said = `${capitalised(source.some(3, 10, () => itemOf(source)).join(' '))}.`
    return { content: said, answer: said, texts: [said] }
  }
  if (kind < 0.4) {
    const said = source.say(RESULT_TEXTS, {
      t: capitalised(subjectOf(source)),
      n: String(numberOf(source)),
      c: cityOf(source),
      p: nameOf(source),
    })
    return { content: said, answer: said, texts: [said] }
  }
  if (kind < 0.75) {
    const keys = source.sample(KEYS, source.between(1, 3))
    const fields = keys.map((key) => [key, fieldValue(source, key)] as const)
    const parts = fields.map(([key, value]) => `the ${key} is ${value}`)
    const last = parts.pop()
    const all = parts.length === 0 ? last : `${parts.join(', ')} and ${last}`
    const texts = fields.map(([, value]) => String(value))
    return {
      content: JSON.stringify(Object.fromEntries(fields)),
      answer: `${capitalised(all ?? '')}.`,
      texts,
    }
  }
  if (kind < 0.88) {
    const value = source.chance(0.5)
      ? String(numberOf(source))
      : `${numberOf(source)}.${source.between(1, 99)}`
    return { content: value, answer: `The result is ${value}.`, texts: [value] }
  }
  if (kind < 0.94) return { content: '[]', answer: 'Nothing was found.', texts: ['Nothing was found'] }
  const failure = source.pick(FAILURES)
  return {
    content: JSON.stringify({ error: failure }),
    answer: `The tool failed: ${failure}.`,
    texts: [failure],
  }
}

/** A sentence of a passage as a tool's result: there are thousands, and all of them are told word by word. */
function sentenceOf(source: Source): ToolResult {
  const kind = source.pick(RECORD_KINDS)
  const { value, said } = source.pick(kind.attributes)
  const v = value(source)
  const s = kind.subject(source)
  const content = capitalised(source.say(said, { s, S: capitalised(s), v }))
  return { content, answer: content, texts: [v] }
}

function called(
  source: Source,
  tool: WorldTool,
  withResult: boolean,
  makeResult: (source: Source) => ToolResult = resultOf,
): Exchange {
  const { asked, input } = requestOf(source, tool)
  const turns: Exchange = [
    { role: 'user', content: asked },
    { role: 'assistant', content: '', call: { name: tool.name, input } },
  ]
  if (!withResult) return turns
  const { content, answer, texts } = makeResult(source)
  turns.push({ role: 'tool', content })
  turns.push({ role: 'assistant', content: answer, expected: { kind: 'contains', texts } })
  return turns
}

const BESIDE_SHARE = 0.1
const UNFIT_SHARE = 0.2

/** Chooses among 1 to 12 tools, or none of them. */
export function choosing(source: Source, most = MOST_TOOLS): Talk {
  const count = source.between(1, most)
  const all = toolset(source, count + 1)
  const [other, ...given] = all
  const tools = given.map((tool) => definitionOf(source, tool))
  const turns: Exchange = []
  if (!source.isHeld && source.chance(0.1)) turns.push(...beside(source))
  const kind = source.random.next()
  const unfit = source.isHeld ? 0.14 : source.absentShare(UNFIT_SHARE)
  if (kind < unfit && other) {
    // Its request is read, and no tool is there for it.
    const { asked } = requestOf(source, other)
    turns.push(
      ...[
        { role: 'user' as const, content: asked },
        { role: 'assistant' as const, content: NO_TOOL },
      ],
    )
  } else if (kind < unfit + 0.08) turns.push(...beside(source))
  else {
    const asks = source.isHeld ? (source.chance(0.25) ? 2 : 1) : source.between(1, 3)
    for (let ask = 0; ask < asks; ask += 1)
      turns.push(...called(source, source.pick(given), asks > 1 || (!source.isHeld && source.chance(0.5))))
  }
  return { turns, tools }
}

/** One set of tools and many requests, some of them for one of `missing` tools that are not there. */
export function choosingOften(
  source: Source,
  most: number,
  requests: readonly [number, number],
  missing = 2,
): Talk {
  const all = toolset(source, source.between(1, most) + missing)
  const [unfit, given] = [all.slice(0, missing), all.slice(missing)]
  const turns = source.some(...requests, (): Exchange => {
    const kind = source.random.next()
    if (kind < BESIDE_SHARE) return beside(source)
    if (kind >= BESIDE_SHARE + source.absentShare(UNFIT_SHARE))
      return called(source, source.pick(given), true)
    const { asked } = requestOf(source, source.pick(unfit))
    return [
      { role: 'user', content: asked },
      { role: 'assistant', content: NO_TOOL },
    ]
  })
  return { turns: turns.flat(), tools: given.map((tool) => definitionOf(source, tool)) }
}

/** Reads what a tool gave back. */
export function reading(source: Source, most = 5): Talk {
  const given = toolset(source, source.between(1, most))
  return {
    turns: called(source, source.pick(given), true),
    tools: given.map((tool) => definitionOf(source, tool)),
  }
}

/** Reads what tools gave back, in any words, several times. */
export function readingOften(source: Source, most: number, requests: readonly [number, number]): Talk {
  const given = toolset(source, source.between(1, most))
  const turns = source.some(...requests, () =>
    called(source, source.pick(given), true, source.chance(0.6) ? sentenceOf : resultOf),
  )
  return { turns: turns.flat(), tools: given.map((tool) => definitionOf(source, tool)) }
}

/** Questions that need no tool, though there are some. */
const beside = (source: Source): Exchange => source.pick([smallTalk, capital, fact, guide])(source)
