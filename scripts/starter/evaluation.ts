import type { Answer, Answerer } from './answering.ts'
import { EXAMPLES } from './families/examples.ts'
import { capital, fact, guide, outside, smallTalk, sum } from './families/knowledge.ts'
import { tableQuestion } from './families/queries.ts'
import { aboutPassages, type Evening, eveningOf, remembering, turnsOf } from './families/talks.ts'
import { choosing, reading } from './families/tools.ts'
import { isRight, saidTurn } from './judging.ts'
import { Source, weighed } from './source.ts'
import type { Exchange, SpokenTurn, Talk } from './talk.ts'
import { TOPICS, WORDS } from './world/things.ts'

/** Something that the model is to do, and how often it must. */
export interface Family {
  name: string
  /** The share of right answers that is wanted, 0 to 1. */
  goal: number
  make: (source: Source) => Talk
}

const single =
  (make: (source: Source) => Exchange) =>
  (source: Source): Talk => ({ turns: make(source) })
const THINGS = [...TOPICS, ...WORDS]

/** All that is measured, on prompts of which no template was learned. */
export const FAMILIES: readonly Family[] = [
  {
    name: 'greetings and Switchyard',
    goal: 0.98,
    make: single((source) =>
      weighed(source, [
        [1, smallTalk],
        [4, guide],
      ])(source),
    ),
  },
  {
    name: 'capitals and facts',
    goal: 0.95,
    make: single((source) =>
      weighed(source, [
        [1, capital],
        [1, fact],
      ])(source),
    ),
  },
  { name: 'sums', goal: 0.95, make: single(sum) },
  { name: 'memory, near', goal: 0.95, make: (source) => remembering(source, 0, 3) },
  { name: 'memory, to 1,500 tokens', goal: 0.95, make: (source) => remembering(source, 15, 40) },
  { name: 'passages', goal: 0.95, make: (source) => aboutPassages(source, 0, 0) },
  { name: 'choosing tools', goal: 0.95, make: (source) => choosing(source) },
  { name: 'reading results', goal: 0.95, make: (source) => reading(source) },
  { name: 'queries', goal: 0.9, make: (source) => tableQuestion(source) },
  { name: 'outside', goal: 0.95, make: single((source) => outside(source, THINGS)) },
]

/** The name under which the contracts' own examples are measured. */
export const EXAMPLES_FAMILY = 'the contracts’ examples'

/** An answer that was asked for, and what it should have been. */
export interface Judged {
  family: string
  asked: string
  answered: string
  wanted: string
  isRight: boolean
}

export interface EvaluateOptions {
  answerer: Answerer
  perFamily: number
  seed: number
  /** Asked side by side. */
  atOnce: number
  families?: readonly Family[]
  isHeldTo?: boolean
}

const shown = ({ text, calls }: Answer): string =>
  calls.length > 0 ? calls.map((call) => `${call.name}(${call.arguments})`).join(' ') : text
const wantedOf = ({ content, call }: SpokenTurn): string =>
  call ? `${call.name}(${JSON.stringify(call.input)})` : content

/** Asks for the last answer of each talk, the turns before it as they should have been. */
export async function evaluate(options: EvaluateOptions): Promise<Judged[]> {
  const { answerer, perFamily, seed, atOnce, families = FAMILIES, isHeldTo = true } = options
  const questions = families.flatMap(({ name, make }, place) => {
    const source = new Source(seed + place, 'held')
    return Array.from({ length: perFamily }, () => ({ name, talk: make(source) }))
  })
  const judged: Judged[] = []
  const next = questions.values()
  const ask = async () => {
    for (const { name, talk } of next) judged.push(await judge(answerer, name, talk, isHeldTo))
  }
  await Promise.all(Array.from({ length: atOnce }, ask))
  return judged
}

async function judge(answerer: Answerer, family: string, talk: Talk, isHeldTo: boolean): Promise<Judged> {
  const last = talk.turns.findLastIndex(({ role }) => role === 'assistant')
  const turn = talk.turns[last]
  if (turn === undefined) throw new RangeError('Nothing is asked.')
  const answer = await answerer.answer({ ...talk, turns: talk.turns.slice(0, last) }, isHeldTo)
  const asked = talk.turns[last - 1]?.content ?? ''
  return { family, asked, answered: shown(answer), wanted: wantedOf(turn), isRight: isRight(answer, turn) }
}

/** Plays a talk as a person would, each answer the model's own, and judges every one of them. */
export async function play(answerer: Answerer, talk: Talk): Promise<Judged[]> {
  const turns: SpokenTurn[] = []
  const judged: Judged[] = []
  for (const turn of talk.turns) {
    if (turn.role !== 'assistant') {
      turns.push(turn)
      continue
    }
    const answer = await answerer.answer({ ...talk, turns })
    const asked = turns.at(-1)?.content ?? ''
    judged.push({
      family: 'long talks',
      asked,
      answered: shown(answer),
      wanted: wantedOf(turn),
      isRight: isRight(answer, turn),
    })
    turns.push(saidTurn(answer))
  }
  return judged
}

/** Talks of twenty turns and more. */
export function longTalks(count: number, seed: number): Evening[] {
  const source = new Source(seed, 'held')
  return Array.from({ length: count }, () => eveningOf(source, 14, 18))
}

const answersIn = (turns: Exchange): number => turns.filter(({ role }) => role === 'assistant').length

/** All that is asked in a long talk: in it, and each thing alone, behind nothing but what was told of it. */
export async function playEvening(
  answerer: Answerer,
  evening: Evening,
): Promise<Record<'inTalk' | 'alone', Judged[]>> {
  const { told, rounds } = evening
  const inTalk = await play(answerer, { turns: turnsOf(evening) })
  const alone: Judged[] = []
  for (const { turns, isRecalled } of rounds) {
    const before = isRecalled ? told : []
    alone.push(...(await play(answerer, { turns: [...before, ...turns] })).slice(answersIn(before)))
  }
  return { inTalk: inTalk.slice(answersIn(told)), alone }
}

/** The contracts' own examples, each played through. */
export const exampleTalks = (): Talk[] =>
  EXAMPLES.map(({ turns, tools }) => ({ turns: [...turns], ...(tools && { tools }) }))
