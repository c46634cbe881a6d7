import { copied, drilled } from './families/drills.ts'
import { tableQuestion } from './families/queries.ts'
import { aboutPassages, evening, examples, remembering, simple, sums } from './families/talks.ts'
import { choosing, reading } from './families/tools.ts'
import { Source, weighed } from './source.ts'
import { rowOf, type Talk } from './talk.ts'

/** A stage of the curriculum: talks of at most so many tokens. Later stages are longer. */
export interface Stage {
  name: string
  sequenceLength: number
  /** How many talks; none is seen twice. */
  talks: number
  kinds: readonly (readonly [weight: number, make: (source: Source) => Talk])[]
}

/** Copying and looking up, in the densest form there is, beside short talks of all kinds. */
const DRILL: Stage['kinds'] = [
  [30, (source) => drilled(source, [2, 10], [3, 10])],
  [26, (source) => copied(source, 14, [1, 3])],
  [14, (source) => simple(source)],
  [10, sums],
  [10, (source) => remembering(source, 0, 2)],
  [6, (source) => aboutPassages(source, 0, 1)],
  [3, (source) => choosing(source, 3)],
  [1, (source) => reading(source, 2)],
]

/** Talks for a window of 256 tokens. */
const SHORT: Stage['kinds'] = [
  [8, (source) => drilled(source, [2, 12], [3, 10])],
  [6, (source) => copied(source, 16, [1, 3])],
  [20, (source) => simple(source)],
  [14, sums],
  [14, (source) => remembering(source, 0, 3)],
  [14, (source) => aboutPassages(source, 0, 1)],
  [10, (source) => choosing(source, 4)],
  [5, (source) => reading(source, 2)],
  [9, (source) => tableQuestion(source)],
  [1, examples],
]

/** Of the questions to a list, so many are its own words to go on with: the easiest way to look something up. */
const BEGUN_SHARE = 0.3

/** Again, with more to look up, and of sums, which are learned by being met often. */
const EXACT: Stage['kinds'] = [
  [13, (source) => drilled(source, [2, 12], [3, 10], BEGUN_SHARE)],
  [4, (source) => copied(source, 16, [1, 3])],
  [20, (source) => simple(source)],
  [15, sums],
  [11, (source) => remembering(source, 0, 3)],
  [12, (source) => aboutPassages(source, 0, 1)],
  [10, (source) => choosing(source, 5)],
  [4, (source) => reading(source, 3)],
  [11, (source) => tableQuestion(source, 2)],
  [1, examples],
]

const WIDER: Stage['kinds'] = [
  [8, (source) => drilled(source, [8, 40], [10, 30])],
  [3, (source) => copied(source, 40, [1, 4])],
  [10, (source) => simple(source, 12)],
  [9, sums],
  [18, (source) => remembering(source, 2, 14)],
  [14, (source) => aboutPassages(source, 0, 6)],
  [14, (source) => choosing(source, 10)],
  [7, (source) => reading(source, 6)],
  [10, (source) => tableQuestion(source, 4)],
  [1, examples],
]

/** Sums and queries, which are learned by being met often, and all that is looked up, before talks become long. */
const AGAIN: Stage['kinds'] = [
  [22, sums],
  [26, (source) => tableQuestion(source, 3)],
  [14, (source) => choosing(source, 8)],
  [14, (source) => remembering(source, 0, 8)],
  [12, (source) => aboutPassages(source, 0, 3)],
  [11, (source) => simple(source, 4)],
  [1, examples],
]

const LONG: Stage['kinds'] = [
  [8, (source) => drilled(source, [20, 90], [20, 70])],
  [10, (source) => simple(source, 30)],
  [5, sums],
  [20, (source) => remembering(source, 10, 50)],
  [12, (source) => aboutPassages(source, 2, 25)],
  [14, (source) => choosing(source)],
  [7, (source) => reading(source)],
  [8, (source) => tableQuestion(source, 4)],
  [18, (source) => evening(source, 12, 40)],
  [1, examples],
]

/** All once more in short, and the contracts' examples often: they are to be exact. */
const POLISH: Stage['kinds'] = [
  [20, (source) => simple(source, 10)],
  [14, sums],
  [18, (source) => remembering(source, 2, 14)],
  [12, (source) => aboutPassages(source, 0, 6)],
  [12, (source) => choosing(source, 10)],
  [6, (source) => reading(source, 5)],
  [12, (source) => tableQuestion(source, 4)],
  [6, examples],
]

/** Windows of 256, then 768, then 2,048 tokens: short ones teach most for their time, long ones teach distance. */
export const STAGES: readonly Stage[] = [
  { name: 'drill', sequenceLength: 256, talks: 3_000, kinds: DRILL },
  { name: 'short', sequenceLength: 256, talks: 16_000, kinds: SHORT },
  { name: 'exact', sequenceLength: 256, talks: 20_000, kinds: EXACT },
  { name: 'wider', sequenceLength: 768, talks: 6_000, kinds: WIDER },
  { name: 'again', sequenceLength: 512, talks: 9_000, kinds: AGAIN },
  { name: 'last', sequenceLength: 2_048, talks: 1_300, kinds: LONG },
  { name: 'polish', sequenceLength: 768, talks: 1_400, kinds: POLISH },
]

/** The rows of a stage, one JSON line each. Equal seeds give equal lines. */
export function* linesOf(
  { talks, kinds }: Pick<Stage, 'talks' | 'kinds'>,
  seed: number,
): Generator<string, void> {
  const source = new Source(seed, 'train')
  for (let made = 0; made < talks; made += 1) {
    const talk = weighed(source, kinds)(source)
    yield JSON.stringify(rowOf(talk))
  }
}
