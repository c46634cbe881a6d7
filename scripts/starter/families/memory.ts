import { ask } from '../rephrasing.ts'
import { filled, type Source, uncapitalised } from '../source.ts'
import { type Exchange, exchange } from '../talk.ts'
import type { Trait } from '../world/traits/trait.ts'
import { TRAITS } from '../world/traits/traits.ts'
import { COPIED } from './drills.ts'
import { typed } from './knowledge.ts'
import { MADE_UP_TRAITS } from './made-up.ts'
import { cityOf, nameOf, numberOf } from './people.ts'
import { UNTOLD, withoutValue } from './unknown.ts'

/** Asked for most, and measured. */
const MAIN = ['name', 'city', 'number', 'colour']

/** Ways to ask for anything that was told, by its noun. Learned from alone. */
const ASKED_BY_NOUN = [
  'Remind me: what is my {noun}?',
  'What did I tell you about my {noun}?',
  'Can you recall my {noun}?',
  'I told you my {noun}. What is it?',
  'And my {noun}?',
  'My {noun}?',
  'Which {noun} did I mention?',
  'What {noun} have I told you?',
  'Have you kept my {noun}?',
  "What's my {noun} again?",
  'Did you note my {noun}?',
  'Now tell me my {noun}.',
  'I forgot my {noun}. Can you help?',
  'What {noun} did I say?',
  'Please tell me my {noun} once more.',
  'Is my {noun} known to you?',
] as const
const BY_NOUN_SHARE = 0.3

/** Words that people say before they tell something of themselves. Learned from alone. */
const BEFORE_TELLING = [
  'By the way, ',
  'Just so you know, ',
  'Something about me: ',
  'Well, ',
  'First of all, ',
  'Let me tell you: ',
  'You should know that ',
  'To begin with, ',
] as const
const BEFORE_TELLING_SHARE = 0.15

function askedFor(source: Source, { asked, noun }: Trait): string {
  if (source.isHeld || !source.chance(BY_NOUN_SHARE)) return ask(source, asked)
  return filled(source.pick(ASKED_BY_NOUN), { noun })
}

const NOTED = 'I will remember that.'

const GREETED = ['Hi! ', 'Hello. ', 'Hello! ', 'Hi, ', 'Hey! ']

/** All that somebody has told, and the turns in which they did. */
export interface Told {
  turns: Exchange
  values: ReadonlyMap<string, string>
}

function traitOf(key: string): Trait {
  const trait = TRAITS[key] ?? MADE_UP_TRAITS.get(key)
  if (trait === undefined) throw new RangeError(`Nobody tells "${key}".`)
  return trait
}

/** Somebody tells one to four things, one or more in a turn. */
export function telling(source: Source, keys = keysOf(source)): Told {
  const values = new Map(keys.map((key) => [key, traitOf(key).value(source)]))
  const turns: Exchange = []
  let rest = keys
  while (rest.length > 0) {
    const count = source.chance(0.5) ? 1 : source.between(1, 3)
    const [first, ...others] = rest.slice(0, count)
    rest = rest.slice(count)
    if (first === undefined) break
    const sentence = (key: string) => source.say(traitOf(key).told, { v: values.get(key) ?? '' })
    const said =
      others.length > 0 && source.chance(0.5)
        ? joined(
            sentence(first),
            others.map((key) => filled(traitOf(key).also, { v: values.get(key) ?? '' })),
          )
        : [first, ...others].map(sentence).join(' ')
    const greeted =
      !source.isHeld && source.chance(0.2) ? `${source.pick(GREETED)}${said}` : preceded(source, said)
    const name = [first, ...others].includes('name') ? values.get('name') : undefined
    turns.push(...exchange(greeted, name === undefined ? NOTED : `Nice to meet you, ${name}.`))
  }
  return { turns, values }
}

function preceded(source: Source, said: string): string {
  if (source.isHeld || !source.chance(BEFORE_TELLING_SHARE)) return said
  return `${source.pick(BEFORE_TELLING)}${said.startsWith('I ') || said.startsWith("I'") ? said : uncapitalised(said)}`
}

function joined(first: string, others: readonly string[]): string {
  const parts = [first.replace(/\.$/, ''), ...others]
  const last = parts.pop()
  return `${parts.join(', ')} and ${last}.`
}

const MADE_UP_KEYS = [...MADE_UP_TRAITS.keys()]
/** About as many as are not made up. */
const MADE_UP_AT_ONCE = 5

/** All that may be told, and some of what nobody is asked for where it is measured. */
const keysToTell = (source: Source): string[] => [
  ...Object.keys(TRAITS),
  ...(source.isWide ? source.sample(MADE_UP_KEYS, MADE_UP_AT_ONCE) : []),
]
const otherKeys = (source: Source): string[] => keysToTell(source).filter((key) => !MAIN.includes(key))

function keysOf(source: Source): string[] {
  const main = source.sample(MAIN, source.between(1, 3))
  const others = source.sample(otherKeys(source), source.chance(0.4) ? 1 : 0)
  return source.random.shuffled([...main, ...others])
}

/** More than people tell at once: all that is measured, and a few things more. */
export const manyKeysOf = (source: Source): string[] =>
  source.random.shuffled([
    ...source.sample(MAIN, source.between(2, MAIN.length)),
    ...source.sample(otherKeys(source), source.between(0, 3)),
  ])

/** Asks for something that was told. */
export function recalled(source: Source, { values }: Told, key = source.pick([...values.keys()])): Exchange {
  const trait = traitOf(key)
  const v = values.get(key) ?? ''
  return exchange(typed(source, askedFor(source, trait)), filled(trait.answer, { v }), {
    kind: 'contains',
    texts: [v],
  })
}

/** Asks for something that was not told. */
export function unheard(source: Source, { values }: Told): Exchange {
  const key = source.pick(keysToTell(source).filter((each) => !values.has(each)))
  const trait = traitOf(key)
  return exchange(typed(source, askedFor(source, trait)), withoutValue(trait.answer, UNTOLD), {
    kind: 'contains',
    texts: ['have not told'],
  })
}

/** Says something again, word by word: what memory is made of. */
export function repeated(source: Source, words: readonly string[]): Exchange {
  const kind = source.random.next()
  const text =
    kind < 0.35
      ? source.some(2, 12, () => source.pick(words)).join(' ')
      : kind < 0.6
        ? source.some(1, 6, () => nameOf(source)).join(source.chance(0.5) ? ' ' : ', ')
        : kind < 0.8
          ? source.some(2, 8, () => numberOf(source)).join(' ')
          : source
              .some(3, 12, () =>
                source.pick([source.pick(words), nameOf(source), cityOf(source), String(numberOf(source))]),
              )
              .join(source.chance(0.7) ? ' ' : ', ')
  const frame = { train: COPIED, held: ['Say this again: {t}', 'Please echo: {t}'] }
  return exchange(source.say(frame, { t: text }), text)
}
