import {
  capitalised,
  type Frames,
  filled,
  type Source,
  uncapitalised,
  type Weighted,
  weighed,
} from './source.ts'
import { BEFORE_SAYING, CLOSERS, FILLERS, INSIDE, LIGHT_WORDS, OPENERS, TURNS } from './world/rephrasing.ts'

/** Of all questions that are learned, so many are said in none of the ways that are written down. */
const REPHRASED_SHARE = 0.4

const QUESTION = /^(?:What|Which|Who|Where|When|How|Whose|Why|Since|For|In|By|On|At|From|Within)\b.+\?$/

const putInto = (way: string, ...rest: string[]): string =>
  capitalised(way.replaceAll(/\$(\d)/g, (_, place: string) => rest[Number(place) - 1] ?? ''))

function turned(source: Source, frame: string): string {
  for (const [form, ways] of TURNS) {
    const found = form.exec(frame)
    if (found) return putInto(source.pick(ways), ...found.slice(1))
  }
  if (!QUESTION.test(frame)) return frame
  return putInto(source.pick(INSIDE), uncapitalised(frame.slice(0, -1)))
}

/** Without one of the words that say little. */
function hurried(source: Source, frame: string): string {
  const words = frame.split(' ')
  const light = [...words.keys()].filter((place) => LIGHT_WORDS.has(words[place]?.toLowerCase() ?? ''))
  if (light.length === 0 || words.length < 4) return frame
  const left = source.pick(light)
  return capitalised(words.filter((_, place) => place !== left).join(' '))
}

function filledOut(source: Source, frame: string): string {
  const words = frame.split(' ')
  words.splice(source.between(1, words.length), 0, source.pick(FILLERS))
  return words.join(' ').replace(/([?.!]) (\w+)$/, ' $2$1')
}

const EDITS: Weighted<(source: Source, frame: string) => string> = [
  [6, turned],
  [2, hurried],
  [1, filledOut],
  [2, (source, frame) => capitalised(`${source.pick(OPENERS)}${uncapitalised(frame)}`)],
  [2, (source, frame) => `${frame} ${source.pick(CLOSERS)}`],
]

const edited = (source: Source, frame: string): string => weighed(source, EDITS)(source, frame)

/** All that tells one way to say something from another: nobody learns by a comma. */
export const kernelOf = (frame: string): string =>
  frame
    .toLowerCase()
    .replaceAll(/[^\p{L}\d{}]+/gu, ' ')
    .trim()

/**
 * A question in one of its ways, or in what becomes of one when words are turned, left out or put beside it: there are too
 * many of those to be known by heart. Never one of the ways that are only measured.
 */
export function ask(source: Source, frames: Frames, values: Readonly<Record<string, string>> = {}): string {
  if (source.isHeld || !source.chance(REPHRASED_SHARE)) return source.say(frames, values)
  const plain = source.pick(source.waysOf(frames))
  const once = edited(source, plain)
  const frame = source.chance(0.3) ? edited(source, once) : once
  const kernel = kernelOf(frame)
  return filled(frames.held.some((held) => kernelOf(held) === kernel) ? plain : frame, values)
}

/** Of all sentences that tell something, so many have words before them that say little. */
const PRECEDED_SHARE = 0.2

/** A sentence that tells something, in one of its ways, some with words before it. Where it is measured, as it stands. */
export function tell(source: Source, frames: Frames, values: Readonly<Record<string, string>>): string {
  const frame = source.pick(source.waysOf(frames))
  if (source.isHeld || !source.chance(PRECEDED_SHARE)) return filled(frame, values)
  return filled(`${source.pick(BEFORE_SAYING)}${uncapitalised(frame)}`, values)
}
