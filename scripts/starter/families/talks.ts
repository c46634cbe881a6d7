import { type Source, type Weighted, weighed } from '../source.ts'
import type { Exchange, SpokenTurn, Talk } from '../talk.ts'
import { TOPICS, WORDS } from '../world/things.ts'
import { example } from './examples.ts'
import { capital, fact, guide, outside, smallTalk, sum } from './knowledge.ts'
import { recalled, repeated, type Told, telling, unheard } from './memory.ts'
import { groundedPassages, passage, systemPassage } from './passages.ts'

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
const BETWEEN: Weighted<(source: Source) => Exchange> = [...SINGLE, [5, passage]]

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
export const sums = (source: Source): Talk => begun(source, source.some(2, 8, () => sum(source)).flat())

function askedAgain(source: Source, told: Told): Exchange {
  const keys = source.sample([...told.values.keys()], source.between(1, 3))
  const turns = keys.flatMap((key) => recalled(source, told, key))
  return source.chance(0.12) ? [...turns, ...unheard(source, told)] : turns
}

/** Something is told, other things are said, and it is asked for: `least` to `most` of them in between. */
export function remembering(source: Source, least: number, most: number): Talk {
  const before = source.chance(0.2) ? some(source, SINGLE, 1, 2) : []
  const told = telling(source)
  const between = some(source, BETWEEN, least, most)
  return begun(source, [...before, ...told.turns, ...between, ...askedAgain(source, told)])
}

/** Passages in one of the forms in which they are given, after nothing or other talk. */
export function aboutPassages(source: Source, least: number, most: number): Talk {
  const form = weighed(source, [
    [5, passage],
    [2, systemPassage],
    [3, groundedPassages],
  ])
  const turns = form(source)
  if (turns[0]?.role === 'system') {
    const [system, ...rest] = turns
    return { turns: [...(system ? [system] : []), ...some(source, SINGLE, 0, Math.min(1, most)), ...rest] }
  }
  return begun(source, [...some(source, SINGLE, least, most), ...turns])
}

/** A long talk of everything: told early, asked late, with passages and sums in between, as people chat for an evening. */
export function evening(source: Source, least: number, most: number): Talk {
  const told = telling(source)
  const turns: Exchange = [...told.turns]
  for (let round = source.between(least, most); round > 0; round -= 1) {
    turns.push(...weighed(source, BETWEEN)(source))
    if (source.chance(0.12)) turns.push(...recalled(source, told))
  }
  return begun(source, [...turns, ...askedAgain(source, told)])
}

export const examples = (source: Source): Talk => example(source)
