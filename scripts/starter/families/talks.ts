import { type Source, type Weighted, weighed } from '../source.ts'
import type { Exchange, SpokenTurn, Talk } from '../talk.ts'
import { TOPICS, WORDS } from '../world/things.ts'
import { splicedWord } from './drills.ts'
import { example } from './examples.ts'
import { capital, fact, guide, outside, smallTalk, sum } from './knowledge.ts'
import { manyKeysOf, recalled, repeated, type Told, telling, unheard } from './memory.ts'
import { groundedPassages, passage, type Range, systemPassage } from './passages.ts'
import { nameOf } from './people.ts'

const THINGS = [...TOPICS, ...WORDS]

/** Whatever stands in a talk without anything before it. */
const SINGLE: Weighted<(source: Source) => Exchange> = [
  [10, guide],
  [9, capital],
  [9, fact],
  [14, sum],
  [3, smallTalk],
  [3, (source) => outside(source, THINGS)],
  [4, (source) => repeated(source, WORDS)],
]

/** Talk between a thing that was told and the question for it. */
const BETWEEN: Weighted<(source: Source) => Exchange> = [...SINGLE, [5, (source) => passage(source)]]

const SYSTEMS = [
  'You are a helpful assistant.',
  'You are the Switchyard starter model.',
  'Answer briefly.',
  'You are a helpful assistant. Answer briefly.',
  'Be friendly and brief.',
  'You are a friendly assistant.',
  'You help people.',
]

const some = (source: Source, kinds: typeof SINGLE, least: number, most: number): Exchange =>
  source.some(least, most, () => weighed(source, kinds)(source)).flat()

function begun(source: Source, turns: Exchange): Talk {
  const system: SpokenTurn = { role: 'system', content: source.pick(SYSTEMS) }
  return { turns: turns[0]?.role !== 'system' && source.chance(0.2) ? [system, ...turns] : turns }
}

/** A few questions of any kind. */
export const simple = (source: Source, most = 5): Talk => begun(source, some(source, SINGLE, 1, most))

/** Sums alone: there are twenty thousand of them. */
export const sums = (source: Source, most = 8): Talk =>
  begun(source, source.some(2, most, () => sum(source)).flat())

/** Questions that nobody can answer here, about things that nobody has heard of as well, among others. */
const KNOWN_OR_NOT: typeof SINGLE = [
  [4, (source) => outside(source, [splicedWord(source), nameOf(source), source.pick(THINGS)])],
  [2, (source) => outside(source, THINGS)],
  [2, guide],
  [1, capital],
  [2, fact],
  [1, smallTalk],
]

/** Questions that it can answer, and those that it must not. */
export const knownOrNot = (source: Source, most: number): Talk =>
  begun(source, some(source, KNOWN_OR_NOT, 2, most))

function askedAgain(source: Source, told: Told): Exchange {
  const keys = source.sample([...told.values.keys()], source.between(1, 3))
  const turns = keys.flatMap((key) => recalled(source, told, key))
  return source.chance(source.absentShare(0.12)) ? [...turns, ...unheard(source, told)] : turns
}

/** Something is told, other things are said, and it is asked for: `least` to `most` of them in between. */
export function remembering(source: Source, least: number, most: number): Talk {
  const before = source.chance(0.2) ? some(source, SINGLE, 1, 2) : []
  const told = telling(source)
  const between = some(source, BETWEEN, least, most)
  return begun(source, [...before, ...told.turns, ...between, ...askedAgain(source, told)])
}

const UNHEARD_SHARE = 0.2

/** Much is told and all of it asked for: a talk teaches most that is read once and asked about often. */
export function rememberingMuch(source: Source, least: number, most: number): Talk {
  const told = telling(source, manyKeysOf(source))
  const between = some(source, BETWEEN, least, most)
  const asked = source.random
    .shuffled([...told.values.keys()])
    .flatMap((key) => [
      ...(source.chance(source.absentShare(UNHEARD_SHARE)) ? unheard(source, told) : []),
      ...recalled(source, told, key),
    ])
  return begun(source, [...told.turns, ...between, ...asked])
}

/** Passages in one of the forms in which they are given, after nothing or other talk, and so many `questions` to them. */
export function aboutPassages(source: Source, least: number, most: number, questions?: Range): Talk {
  const form = weighed(source, [
    [5, passage],
    [2, systemPassage],
    [3, groundedPassages],
  ])
  const turns = form(source, questions)
  if (turns[0]?.role === 'system') {
    const [system, ...rest] = turns
    return { turns: [...(system ? [system] : []), ...some(source, SINGLE, 0, Math.min(1, most)), ...rest] }
  }
  return begun(source, [...some(source, SINGLE, least, most), ...turns])
}

/** A long talk in its parts. */
export interface Evening {
  told: Exchange
  /** `isRecalled`: asks for what was told. */
  rounds: readonly { turns: Exchange; isRecalled: boolean }[]
}

/** Everything: told early, asked late, with passages and sums in between, as people chat for an evening. */
export function eveningOf(source: Source, least: number, most: number): Evening {
  const told = telling(source)
  const rounds = source.some(least, most, () => [
    { turns: weighed(source, BETWEEN)(source), isRecalled: false },
    ...(source.chance(0.12) ? [{ turns: recalled(source, told), isRecalled: true }] : []),
  ])
  return {
    told: told.turns,
    rounds: [...rounds.flat(), { turns: askedAgain(source, told), isRecalled: true }],
  }
}

export const turnsOf = ({ told, rounds }: Evening): Exchange => [
  ...told,
  ...rounds.flatMap(({ turns }) => turns),
]

export const evening = (source: Source, least: number, most: number): Talk =>
  begun(source, turnsOf(eveningOf(source, least, most)))

export const examples = (source: Source): Talk => example(source)
