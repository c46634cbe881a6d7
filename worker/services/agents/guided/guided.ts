import type { Message } from '../../../../shared/generation.ts'
import { isObject } from '../../merge-patch.ts'
import type { Hands, SeenStep } from '../hands.ts'
import { subjectsOf } from '../routing.ts'
import type { DecidedCall, Decider } from '../run-events.ts'
import { inWords } from './quoting.ts'
import { NO_TOOL, spanSchema } from './spans.ts'
import { MAX_RULED_CHARACTERS, splitRequest } from './splitting.ts'
import { asksAboutAsker, toldFact } from './told-facts.ts'
import { type Wish, wishIn } from './wishes.ts'

const PYTHON = 'python_executor'

/** Characters of a program that a model writes. */
export const MAX_PROGRAM_CHARACTERS = 2_400

/** A wish that is to be fulfilled: by a call, or by the word that it cannot be. */
type Deed = { call: DecidedCall; count?: number | undefined } | { words: string }

/** The wishes of a request, as far as rules understand all of it. */
function wishesIn(question: string): { wish: Wish; count?: number | undefined }[] {
  if (question.length > MAX_RULED_CHARACTERS) return []
  const found: { wish: Wish; count?: number | undefined }[] = []
  for (const part of splitRequest(question)) {
    const wish = wishIn(part)
    const before = found.at(-1)
    if (wish?.kind === 'shorten' && before) before.count = wish.count ?? before.count
    else if (wish && wish.kind !== 'same' && wish.kind !== 'shorten') found.push({ wish })
  }
  if (found.length > 0) return found
  const whole = wishIn(question.replaceAll(/\s+/g, ' '))
  return whole && whole.kind !== 'same' && whole.kind !== 'shorten' ? [{ wish: whole }] : []
}

/** Whether a request that rules do not understand has words that route to tools: then a model may choose one. */
const mayNeedTool = (question: string): boolean =>
  question.length <= MAX_RULED_CHARACTERS && subjectsOf(question).length > 0

/** Whether the guided way may have something to do with a request; others are a plain chat. */
export const isForGuided = (question: string): boolean =>
  wishesIn(question).length > 0 || mayNeedTool(question) || asksAboutAsker(question)

const isOffered = ({ tools }: Hands, tool: string) => tools.some(({ name }) => name === tool)
const whyMissing = ({ missing }: Hands, tool: string): string =>
  missing.find(({ name }) => name === tool)?.reason ?? `There is no tool ${tool} here.`

/** A program of the model's own: rules write none. */
async function programDeed(hands: Hands): Promise<Deed> {
  const tool = PYTHON
  if (!isOffered(hands, tool)) return { words: whyMissing(hands, tool) }
  const ask = 'Write the Python program that does this, as JSON: {"code": "…"}. It must print its result.'
  const code = { type: 'string', minLength: 1, maxLength: MAX_PROGRAM_CHARACTERS }
  const schema = { type: 'object', properties: { code }, required: ['code'], additionalProperties: false }
  const { value: thought } = await hands.think([...hands.messages, { role: 'user', content: ask }], schema)
  if (!isObject(thought) || typeof thought.code !== 'string' || thought.code.trim() === '')
    return { words: 'The model did not write a program.' }
  return { call: { tool, arguments: { code: thought.code }, decidedBy: 'model' } }
}

/** Undefined where a model may as well answer by itself. */
async function deedOf(hands: Hands, wish: Wish, count: number | undefined): Promise<Deed | undefined> {
  if (wish.kind === 'program') return programDeed(hands)
  if (wish.kind !== 'call') return undefined
  const { tool, arguments: args, instead, isOptional } = wish
  if (isOffered(hands, tool)) {
    const most = tool === 'web_search' && count !== undefined ? { ...args, count } : args
    return { call: { tool, arguments: most, decidedBy: 'rule' }, count }
  }
  if (instead?.kind === 'call' && isOffered(hands, instead.tool)) return deedOf(hands, instead, count)
  return isOptional ? undefined : { words: whyMissing(hands, tool) }
}

const CHOOSING =
  'Choose the one tool that does what the user asks for, with words of the user as its arguments, as JSON. If none does, {"tool": "none"}.'

/** Where rules understand nothing, the model chooses: a tool, and pieces of the user's words for it. */
async function chosenByModel(hands: Hands): Promise<Deed[]> {
  const { question, tools, messages } = hands
  if (tools.length === 0 || hands.ended || !mayNeedTool(question)) return []
  const list = tools.map(({ name, description }) => `- ${name}: ${description}`).join('\n')
  const told: Message[] = [
    { role: 'system', content: `${CHOOSING}\n${list}` },
    ...messages.filter(({ role }) => role === 'user').slice(-1),
  ]
  const { value: thought } = await hands.think(told, spanSchema(tools, question))
  if (!isObject(thought) || typeof thought.tool !== 'string' || thought.tool === NO_TOOL) return []
  return [{ call: { tool: thought.tool, arguments: thought.arguments ?? {}, decidedBy: 'model' } }]
}

/** A program that ended with an error has a result all the same: the error. */
const hasFailed = ({ ok, tool, data }: SeenStep): boolean =>
  !ok || (tool === PYTHON && isObject(data) && data.failed === true)

const failureOf = ({ tool, shown }: SeenStep, decidedBy: Decider): string =>
  tool === PYTHON && decidedBy === 'model' ? `The program that the model wrote did not run: ${shown}` : shown

/**
 * Decides by rules: they split the request, choose tools, and cut arguments out of the user's words; the answer quotes the results. A
 * model writes programs, and chooses where rules understand nothing; each step says who has decided it. For models that are
 * too small to be asked.
 */
export async function guided(hands: Hands): Promise<void> {
  const { messages, question } = hands
  const fact = toldFact(messages)
  if (fact !== undefined) return hands.say(fact)
  const wishes = wishesIn(question)
  const deeds: Deed[] = []
  for (const { wish, count } of wishes) {
    const deed = await deedOf(hands, wish, count)
    if (deed) deeds.push(deed)
  }
  if (wishes.length === 0) deeds.push(...(await chosenByModel(hands)))
  if (deeds.length === 0) return hands.answer(messages)
  const steps = await hands.use(deeds.flatMap((deed) => ('call' in deed ? [deed.call] : [])))
  const parts: string[] = []
  let next = 0
  for (const deed of deeds) {
    if ('words' in deed) {
      parts.push(deed.words)
      continue
    }
    const step = steps[next]
    next += 1
    if (!step) parts.push(`${deed.call.tool} was not done: the run has come to its limit.`)
    else if (hasFailed(step)) parts.push(failureOf(step, deed.call.decidedBy))
    else parts.push(await inWords(step, question, deed.count))
  }
  return hands.say(parts.join('\n\n'))
}
