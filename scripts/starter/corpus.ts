import { tableQuestion } from './families/queries.ts'
import {
  aboutPassages,
  echoes,
  evening,
  examples,
  remembering,
  simple,
  sums,
  weighed,
} from './families/talks.ts'
import { choosing, reading } from './families/tools.ts'
import { Source } from './source.ts'
import { rowOf, type Talk } from './talk.ts'

/** A stage of the curriculum: talks of at most so many tokens. Later stages are longer. */
export interface Stage {
  name: string
  sequenceLength: number
  /** How many talks; none is seen twice. */
  talks: number
  kinds: readonly (readonly [weight: number, make: (source: Source) => Talk])[]
}

/** Talks for a window of 256 tokens. */
const SHORT: Stage['kinds'] = [
  [22, (source) => simple(source)],
  [16, sums],
  [8, echoes],
  [14, (source) => remembering(source, 0, 2)],
  [14, (source) => aboutPassages(source, 0, 1)],
  [9, (source) => choosing(source, 4)],
  [6, (source) => reading(source, 2)],
  [9, (source) => tableQuestion(source)],
  [1, examples],
]

/** The lessons that were learned least by then weigh most; one description of a table or of tools teaches more where several questions follow it. */
const AGAIN: Stage['kinds'] = [
  [16, (source) => simple(source)],
  [15, sums],
  [14, echoes],
  [14, (source) => remembering(source, 0, 3)],
  [14, (source) => aboutPassages(source, 0, 2)],
  [11, (source) => choosing(source, 6)],
  [6, (source) => reading(source, 3)],
  [12, (source) => tableQuestion(source, 2)],
  [1, examples],
]

const MIDDLE: Stage['kinds'] = [
  [14, (source) => simple(source, 12)],
  [10, sums],
  [3, echoes],
  [16, (source) => remembering(source, 3, 14)],
  [14, (source) => aboutPassages(source, 0, 6)],
  [14, (source) => choosing(source, 8)],
  [6, (source) => reading(source, 5)],
  [8, (source) => tableQuestion(source)],
  [1, examples],
]

const WIDER: Stage['kinds'] = [
  [10, (source) => simple(source, 12)],
  [10, sums],
  [7, echoes],
  [20, (source) => remembering(source, 2, 14)],
  [14, (source) => aboutPassages(source, 0, 6)],
  [14, (source) => choosing(source, 10)],
  [6, (source) => reading(source, 6)],
  [10, (source) => tableQuestion(source, 4)],
  [1, examples],
]

const LONG: Stage['kinds'] = [
  [10, (source) => simple(source, 30)],
  [4, sums],
  [18, (source) => remembering(source, 10, 50)],
  [12, (source) => aboutPassages(source, 2, 25)],
  [14, (source) => choosing(source)],
  [5, (source) => reading(source)],
  [6, (source) => tableQuestion(source)],
  [20, (source) => evening(source, 12, 40)],
  [1, examples],
]

/**
 * Windows of 256, then 768, then 2,048 tokens: short ones teach most for their time, long ones teach distance. Then all of it
 * again, with the first pass as a beginning.
 */
export const STAGES: readonly Stage[] = [
  { name: 'short', sequenceLength: 256, talks: 27_000, kinds: SHORT },
  { name: 'exact', sequenceLength: 256, talks: 18_000, kinds: SHORT },
  { name: 'middle', sequenceLength: 768, talks: 3_200, kinds: MIDDLE },
  { name: 'long', sequenceLength: 2_048, talks: 800, kinds: LONG },
  { name: 'again', sequenceLength: 384, talks: 24_000, kinds: AGAIN },
  { name: 'wider', sequenceLength: 768, talks: 3_600, kinds: WIDER },
  { name: 'last', sequenceLength: 2_048, talks: 1_300, kinds: LONG },
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
