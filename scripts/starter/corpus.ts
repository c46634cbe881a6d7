import { copied, drilled } from './families/drills.ts'
import { tableQuestion } from './families/queries.ts'
import {
  aboutPassages,
  evening,
  examples,
  knownOrNot,
  remembering,
  rememberingMuch,
  simple,
  sums,
} from './families/talks.ts'
import { choosing, choosingOften, reading } from './families/tools.ts'
import { type Manner, NARROW, Source, weighed } from './source.ts'
import { rowOf, type Talk } from './talk.ts'

/** A stage of the curriculum: talks of at most so many tokens. Later stages are longer. */
export interface Stage {
  name: string
  sequenceLength: number
  /** How many talks; none is seen twice. */
  talks: number
  manner: Manner
  kinds: readonly (readonly [weight: number, make: (source: Source) => Talk])[]
}

/** Of the questions to a list, so many are its own words to go on with: the easiest way to look something up. */
const BEGUN_SHARE = 0.3

/** Copying and looking up, in the densest form there is, beside short talks of all kinds. */
const DRILL: Stage['kinds'] = [
  [30, (source) => drilled(source, [2, 10], [3, 10], BEGUN_SHARE)],
  [26, (source) => copied(source, 14, [1, 3])],
  [14, (source) => simple(source)],
  [10, (source) => sums(source)],
  [10, (source) => remembering(source, 0, 2)],
  [6, (source) => aboutPassages(source, 0, 1)],
  [3, (source) => choosing(source, 3)],
  [1, (source) => reading(source, 2)],
]

/** Short talks of all that is measured. */
const SHORT: Stage['kinds'] = [
  [10, (source) => drilled(source, [2, 12], [3, 10], BEGUN_SHARE)],
  [6, (source) => copied(source, 16, [1, 3])],
  [17, (source) => simple(source)],
  [3, (source) => knownOrNot(source, 6)],
  [14, (source) => sums(source, 10)],
  [14, (source) => rememberingMuch(source, 0, 2)],
  [14, (source) => aboutPassages(source, 0, 1, [2, 6])],
  [11, (source) => choosingOften(source, 3, [2, 4])],
  [10, (source) => tableQuestion(source)],
  [1, examples],
]

/** Everything that is read once and asked about often: much of a talk is answers, and much of what is computed teaches. */
const DENSE: Stage['kinds'] = [
  [6, (source) => drilled(source, [4, 24], [8, 24], BEGUN_SHARE)],
  [4, (source) => copied(source, 30, [1, 4])],
  [10, (source) => simple(source, 14)],
  [5, (source) => knownOrNot(source, 16)],
  [14, (source) => sums(source, 20)],
  [17, (source) => rememberingMuch(source, 0, 8)],
  [18, (source) => aboutPassages(source, 0, 2, [3, 9])],
  [16, (source) => choosingOften(source, 8, [3, 8])],
  [9, (source) => tableQuestion(source, 7)],
  [1, examples],
]

/** The same in many more words, and things that nobody has heard of among them: what is asked for is to be looked up, not known. */
const WIDE: Stage['kinds'] = [
  [2, (source) => drilled(source, [4, 24], [8, 24], BEGUN_SHARE)],
  [6, (source) => copied(source, 30, [1, 4])],
  [10, (source) => simple(source, 14)],
  [10, (source) => knownOrNot(source, 16)],
  [7, (source) => sums(source, 20)],
  [15, (source) => rememberingMuch(source, 0, 6)],
  [5, (source) => remembering(source, 0, 10)],
  [20, (source) => aboutPassages(source, 0, 1, [3, 9])],
  [5, (source) => aboutPassages(source, 0, 2)],
  [12, (source) => choosingOften(source, 8, [3, 8])],
  [4, (source) => choosing(source, 10)],
  [3, (source) => reading(source, 4)],
  [8, (source) => tableQuestion(source, 7)],
  [1, examples],
]

const DISTANT: Stage['kinds'] = [
  [6, (source) => drilled(source, [20, 90], [20, 70], BEGUN_SHARE)],
  [5, (source) => simple(source, 40)],
  [4, (source) => knownOrNot(source, 40)],
  [5, (source) => sums(source, 40)],
  [26, (source) => rememberingMuch(source, 10, 45)],
  [10, (source) => aboutPassages(source, 2, 25, [3, 9])],
  [16, (source) => choosingOften(source, 12, [5, 14])],
  [5, (source) => tableQuestion(source, 7)],
  [22, (source) => evening(source, 12, 40)],
  [1, examples],
]

/** As they are met, and the contracts' examples often: they are to be exact. */
const FINISH: Stage['kinds'] = [
  [12, (source) => simple(source, 10)],
  [6, (source) => knownOrNot(source, 10)],
  [5, (source) => sums(source, 16)],
  [5, (source) => copied(source, 24, [2, 5])],
  [4, (source) => drilled(source, [2, 12], [4, 12], BEGUN_SHARE)],
  [14, (source) => remembering(source, 0, 10)],
  [16, (source) => rememberingMuch(source, 0, 5)],
  [14, (source) => aboutPassages(source, 0, 2)],
  [22, (source) => aboutPassages(source, 0, 1, [3, 8])],
  [9, (source) => choosing(source, 12)],
  [8, (source) => choosingOften(source, 6, [3, 8])],
  [4, (source) => reading(source, 5)],
  [5, (source) => tableQuestion(source, 5)],
  [4, examples],
]

/** Whether something was said at all is one word in a hundred of what is read, and decides the answer: half of what is asked for was not. */
const DOUBTING: Manner = { width: 'wide', absentShare: 0.5 }

/** Windows of 256 and 384, then 768, then 2,048 tokens: short ones teach most for their time, long ones teach distance. */
export const STAGES: readonly Stage[] = [
  { name: 'drill', sequenceLength: 256, talks: 3_000, manner: NARROW, kinds: DRILL },
  { name: 'short', sequenceLength: 384, talks: 13_000, manner: NARROW, kinds: SHORT },
  { name: 'dense', sequenceLength: 768, talks: 29_000, manner: NARROW, kinds: DENSE },
  { name: 'wide', sequenceLength: 768, talks: 17_000, manner: { width: 'wide' }, kinds: WIDE },
  { name: 'distant', sequenceLength: 2_048, talks: 1_400, manner: DOUBTING, kinds: DISTANT },
  { name: 'finish', sequenceLength: 768, talks: 5_000, manner: DOUBTING, kinds: FINISH },
]

/** The rows of a stage, one JSON line each. Equal seeds give equal lines. */
export function* linesOf(
  { talks, manner, kinds }: Pick<Stage, 'talks' | 'manner' | 'kinds'>,
  seed: number,
): Generator<string, void> {
  const source = new Source(seed, 'train', manner)
  for (let made = 0; made < talks; made += 1) {
    const talk = weighed(source, kinds)(source)
    yield JSON.stringify(rowOf(talk))
  }
}
