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
import { choosing, choosingOften, reading, readingOften } from './families/tools.ts'
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

/**
 * Everything in many more words, and things that nobody has heard of among them: what is asked for is to be looked up, not
 * known. What is read once is asked about often: much of a talk is answers, and much of what is computed teaches.
 */
const WIDE: Stage['kinds'] = [
  [3, (source) => drilled(source, [4, 24], [8, 24], BEGUN_SHARE)],
  [5, (source) => copied(source, 30, [1, 4])],
  [11, (source) => simple(source, 14)],
  [8, (source) => knownOrNot(source, 16)],
  [10, (source) => sums(source, 20)],
  [14, (source) => rememberingMuch(source, 0, 6)],
  [6, (source) => remembering(source, 0, 10)],
  [18, (source) => aboutPassages(source, 0, 1, [3, 9])],
  [5, (source) => aboutPassages(source, 0, 2)],
  [12, (source) => choosingOften(source, 8, [3, 8])],
  [6, (source) => choosing(source, 10)],
  [3, (source) => reading(source, 4)],
  [8, (source) => tableQuestion(source, 7)],
  [1, examples],
]

/** The same again, and more to be copied: it is the slowest to be exact. */
const WIDER: Stage['kinds'] = [
  [4, (source) => drilled(source, [4, 24], [8, 24], BEGUN_SHARE)],
  [8, (source) => copied(source, 30, [1, 4])],
  [13, (source) => simple(source, 14)],
  [6, (source) => knownOrNot(source, 16)],
  [9, (source) => sums(source, 20)],
  [14, (source) => rememberingMuch(source, 0, 6)],
  [7, (source) => remembering(source, 0, 10)],
  [17, (source) => aboutPassages(source, 0, 1, [3, 9])],
  [5, (source) => aboutPassages(source, 0, 2)],
  [12, (source) => choosingOften(source, 8, [3, 8])],
  [7, (source) => choosing(source, 10)],
  [6, (source) => reading(source, 4)],
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

/** Everything at all distances: what was told long ago, and what stands in the last line. */
const THROUGHOUT: Stage['kinds'] = [
  [2, (source) => drilled(source, [20, 90], [20, 70], BEGUN_SHARE)],
  [10, (source) => copied(source, 24, [2, 5])],
  [10, (source) => simple(source, 14)],
  [4, (source) => knownOrNot(source, 16)],
  [4, (source) => sums(source, 20)],
  [12, (source) => rememberingMuch(source, 10, 45)],
  [8, (source) => remembering(source, 15, 40)],
  [14, (source) => rememberingMuch(source, 0, 6)],
  [6, (source) => evening(source, 12, 40)],
  [12, (source) => aboutPassages(source, 2, 25, [3, 9])],
  [44, (source) => aboutPassages(source, 0, 1, [3, 9])],
  [8, (source) => aboutPassages(source, 0, 2)],
  [14, (source) => choosingOften(source, 12, [5, 14])],
  [14, (source) => choosing(source, 12)],
  [5, (source) => readingOften(source, 4, [2, 6])],
  [5, (source) => tableQuestion(source, 7)],
  [1, examples],
]

/** Of so many that are not there a talk asks for: of few, the answer is soon known from the one before. */
const MISSING_TOOLS = 6

/** As they are met, near and far, and the contracts' examples often: they are to be exact. */
const FINISH: Stage['kinds'] = [
  [14, (source) => simple(source, 10)],
  [6, (source) => knownOrNot(source, 10)],
  [5, (source) => sums(source, 16)],
  [8, (source) => copied(source, 24, [2, 5])],
  [3, (source) => drilled(source, [2, 12], [4, 12], BEGUN_SHARE)],
  [12, (source) => remembering(source, 0, 10)],
  [12, (source) => rememberingMuch(source, 0, 5)],
  [8, (source) => rememberingMuch(source, 10, 45)],
  [8, (source) => remembering(source, 15, 40)],
  [5, (source) => evening(source, 12, 40)],
  [14, (source) => aboutPassages(source, 0, 2)],
  [36, (source) => aboutPassages(source, 0, 1, [3, 8])],
  [6, (source) => aboutPassages(source, 2, 25, [3, 9])],
  [18, (source) => choosing(source, 12)],
  [8, (source) => choosingOften(source, 12, [5, 14], MISSING_TOOLS)],
  [16, (source) => choosingOften(source, 4, [6, 14], MISSING_TOOLS)],
  [4, (source) => reading(source, 5)],
  [7, (source) => readingOften(source, 4, [2, 6])],
  [6, (source) => tableQuestion(source, 5)],
  [4, examples],
]

/** Whether something was said at all is one word in a hundred of what is read, and decides the answer: a third was not. */
const ABSENT_SHARE = 0.35
const DOUBTING: Manner = { width: 'wide', absentShare: ABSENT_SHARE }
/** Where words are new, what kind of value stands in them is all that there is to go by; and fewer doubts, where that fits. */
const TRUSTING: Manner = { width: 'wide', absentShare: 0.28, strangeShare: 0.2 }
/** The same in all words there are. */
const WIDEST: Manner = { ...TRUSTING, width: 'widest' }
/** And with words that are none: names of nobody, subjects that nobody has searched for. */
const COINING: Manner = { ...WIDEST, coins: true }
const WHOLE: Manner = { ...COINING, width: 'whole', strangeShare: 0.1 }

/** Windows of 256 and 384, then 768, then 2,048 tokens: short ones teach most for their time, long ones teach distance. */
export const STAGES: readonly Stage[] = [
  { name: 'drill', sequenceLength: 256, talks: 3_000, manner: NARROW, kinds: DRILL },
  {
    name: 'short',
    sequenceLength: 384,
    talks: 12_000,
    manner: { ...NARROW, absentShare: ABSENT_SHARE },
    kinds: SHORT,
  },
  { name: 'wide', sequenceLength: 768, talks: 13_000, manner: DOUBTING, kinds: WIDE },
  { name: 'wider', sequenceLength: 768, talks: 18_000, manner: TRUSTING, kinds: WIDER },
  { name: 'widest', sequenceLength: 768, talks: 30_000, manner: WIDEST, kinds: WIDER },
  { name: 'distant', sequenceLength: 2_048, talks: 3_000, manner: WIDEST, kinds: DISTANT },
  { name: 'throughout', sequenceLength: 2_048, talks: 13_500, manner: COINING, kinds: THROUGHOUT },
  { name: 'finish', sequenceLength: 2_048, talks: 19_000, manner: WHOLE, kinds: FINISH },
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
