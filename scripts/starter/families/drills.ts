import { capitalised, filled, type Source, uncapitalised } from '../source.ts'
import { type Exchange, exchange, type Talk } from '../talk.ts'
import { COUNTRIES } from '../world/countries.ts'
import { TOPICS, WORDS } from '../world/things.ts'
import { cityOf, nameOf, numberOf } from './people.ts'
import { UNTOLD } from './unknown.ts'

const SIGNS = '^+-*/=%_.:#@&()'
const DIGITS = '0123456789'
const LETTERS = 'abcdefghijklmnopqrstuvwxyz'
const SPLICED = [...WORDS, ...TOPICS, ...COUNTRIES.map(({ country }) => country)].flatMap((each) =>
  each.split(' '),
)

/** A word that is none: the beginning of one and the end of another. Nobody knows by heart how it goes on. */
export function splicedWord(source: Source): string {
  const [first, second] = [source.pick(SPLICED), source.pick(SPLICED)]
  const word = first.slice(0, source.between(1, 4)) + second.slice(-source.between(1, 4))
  return source.chance(0.3) ? capitalised(word) : uncapitalised(word)
}

/** Letters, digits and signs, as file names, formulas and addresses have them. */
function codeOf(source: Source): string {
  const parts = source.some(1, 3, () => {
    const letters = source.pick([DIGITS, LETTERS, LETTERS])
    return source.some(1, 3, () => source.pick([...letters])).join('')
  })
  return parts.join(source.pick([...SIGNS]))
}

/** Something to be said again, of any kind. */
export function itemOf(source: Source): string {
  const kind = source.random.next()
  if (kind < 0.2) return nameOf(source)
  if (kind < 0.35) return String(numberOf(source))
  if (kind < 0.5) return source.pick(WORDS)
  if (kind < 0.6) return cityOf(source)
  if (kind < 0.7) return source.pick(TOPICS)
  if (kind < 0.9) return splicedWord(source)
  return codeOf(source)
}

const KEY_KINDS = [
  (source: Source) => source.pick(WORDS),
  nameOf,
  splicedWord,
  (source: Source) => `${source.pick(WORDS)} ${source.pick(WORDS)}`,
]

const BETWEEN = [' = ', ': ', ' is ', ' - ', ' has ', ' -> ', '=', ' gets ']
const BEHIND = [', ', '\n', '; ', '. ']
const HANDED = [
  '{t}',
  '{t}',
  'Keep this: {t}',
  'Note: {t}',
  'A list: {t}',
  'Here: {t}',
  'Remember: {t}',
  'This is given. {t}',
]
const ASKED = [
  '{k}?',
  '{k}?',
  '{k}',
  'What is {k}?',
  'And {k}?',
  'Say {k}.',
  'What about {k}?',
  '{k}:',
  'Now {k}',
  'Give me {k}.',
  'Look up {k}.',
]

/** Pairs, of which one half is said back for the other: the dense form of everything that is told and asked for later. */
export interface Drill {
  /** Those that tell, each with its answer. */
  told: Exchange
  /** Asks for one of what was told so far. */
  ask: () => Exchange
}

/** A list of `count` pairs, told in one turn or in a few. `begunShare` of the questions begin a pair, which is gone on with. */
export function drillOf(source: Source, count: number, begunShare = 0): Drill {
  const [between, behind] = [source.pick(BETWEEN), source.pick(BEHIND)]
  const keyOf = source.pick(KEY_KINDS)
  const toldOf = source.chance(0.5)
    ? itemOf
    : source.pick([nameOf, splicedWord, (from: Source) => String(numberOf(from))])
  const pairs = new Map<string, string>()
  while (pairs.size < count) pairs.set(keyOf(source), toldOf(source))
  const all = [...pairs]
  const turns = source.between(1, Math.min(4, count))
  const size = Math.ceil(count / turns)
  const told = Array.from({ length: Math.ceil(count / size) }, (_, turn) => {
    const part = all.slice(turn * size, (turn + 1) * size)
    const text = part.map(([key, value]) => `${key}${between}${value}`).join(behind)
    return exchange(filled(source.pick(HANDED), { t: text }), 'I will remember that.')
  }).flat()
  const isWhole = source.chance(0.3)
  const ask = (): Exchange => {
    if (source.chance(source.absentShare(0.07))) {
      const key = keyOf(source)
      if (!pairs.has(key))
        return exchange(
          filled(source.pick(ASKED), { k: key }),
          isWhole ? `${key}${between}${UNTOLD}` : UNTOLD,
        )
    }
    const [key, value] = source.pick(all)
    if (begunShare > 0 && source.chance(begunShare)) return exchange(`${key}${between}`.trimEnd(), value)
    return exchange(filled(source.pick(ASKED), { k: key }), isWhole ? `${key}${between}${value}` : value)
  }
  return { told, ask }
}

/** A list, and `least` to `most` questions to it. */
export function drilled(
  source: Source,
  pairs: readonly [number, number],
  asked: readonly [number, number],
  begunShare?: number,
): Talk {
  const drill = drillOf(source, source.between(...pairs), begunShare)
  return { turns: [...drill.told, ...source.some(...asked, drill.ask).flat()] }
}

/** Ways to have something said again. Learned from alone. */
export const COPIED = [
  ...['Repeat: {t}', 'Repeat after me: {t}', 'Copy this: {t}', 'Echo {t}', 'Repeat this: {t}', 'Write: {t}'],
  ...[
    'Give this back: {t}',
    '{t} - repeat that',
    'Once more: {t}',
    'Say it after me: {t}',
    'Say {t}',
    'Copy: {t}',
  ],
  ...[
    'Echo this: {t}',
    'I say {t}. What do I say?',
    'The text is {t}. Say it.',
    'Return this text: {t}',
    'Back to me: {t}',
  ],
  ...[
    'Do repeat {t}',
    'Say the same: {t}',
    'Word by word: {t}',
    'Type {t}',
    'Read this aloud: {t}',
    'Speak after me: {t}',
  ],
]

/** A row of things of all kinds, said again: one exchange after another. */
export function copied(source: Source, most: number, exchanges: readonly [number, number]): Talk {
  const turns = source.some(...exchanges, () => {
    const itemKind = source.chance(0.5)
      ? itemOf
      : source.pick([splicedWord, nameOf, codeOf, (from: Source) => from.pick(WORDS)])
    const text = source.some(1, most, () => itemKind(source)).join(source.pick([' ', ' ', ', ', ' ']))
    return exchange(filled(source.pick(COPIED), { t: text }), text)
  })
  return { turns: turns.flat() }
}
