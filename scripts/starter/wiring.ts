import type { Random } from '../../gpu-node/trainer/training/random.ts'
import { headSizeOf, ROPE_BASE, type Shape } from './llama-metadata.ts'

/**
 * How a model begins, so that it need not find out how to copy and how to look something up, for which training alone takes
 * millions of tokens. All of it is trained on (arXiv 2305.09828 begins whole models so).
 *
 * * To copy, two heads are wired as those that every model grows which copies (arXiv 2209.11895). One looks a word back and
 *   notes what stood there; the other looks for the places whose note is the word of now, and says what stands there.
 * * To look up, one head gathers the rare words of what was just asked, another notes at each place those that stand a little
 *   before it, and a third looks for the places whose notes are what is asked for, and says what stands there.
 */

/**
 * Angles by which a token turns pairs of a head's numbers on. Their cosines sum up to far less at every other distance of the
 * context than at none. All further pairs do not turn, so what is looked for by its content is found at any distance.
 */
export const ANGLES = [2.55, 1.94, 1.66, 1.21, 0.55, 0.53, 0.37, 0.26, 0.078, 0.066, 0.064, 0.024] as const

/** Three pairs in eight of a head turn, as far as there are angles. */
const anglesOf = (shape: Shape): readonly number[] =>
  ANGLES.slice(0, Math.floor((headSizeOf(shape) * 3) / 16))

/** Divides the angle of a pair that does not turn. */
const STILL = 1e9

/** `rope_freqs`: what the angles of RoPE are divided by to come to those above. */
export function ropeFactors(shape: Shape): Float32Array {
  const headSize = headSizeOf(shape)
  const angles = anglesOf(shape)
  return Float32Array.from({ length: headSize / 2 }, (_, pair) => {
    const angle = angles[pair]
    return angle === undefined ? STILL : ROPE_BASE ** ((-2 * pair) / headSize) / angle
  })
}

/** Normally distributed (Box and Muller). */
export function normal(random: Random, deviation: number): number {
  const radius = Math.sqrt(-2 * Math.log(random.next() + 1e-12))
  return radius * Math.cos(2 * Math.PI * random.next()) * deviation
}

type Direction = Float32Array

const dot = (a: Direction, b: Direction): number =>
  a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0)

/** `count` directions at right angles to each other and to those given (Gram and Schmidt). */
function directions(random: Random, width: number, count: number, given: readonly Direction[]): Direction[] {
  const all = [...given]
  while (all.length < given.length + count) {
    let next = Float32Array.from({ length: width }, () => normal(random, 1))
    for (const known of all) {
      const share = dot(next, known)
      next = next.map((value, at) => value - share * (known[at] ?? 0))
    }
    const length = Math.sqrt(dot(next, next))
    all.push(next.map((value) => value / length))
  }
  return all.slice(given.length)
}

/** Directions that the wiring is drawn with, all at right angles. */
export interface Frame {
  /** Part of every word, so that there is something to look at whatever the word is. */
  common: Direction
  /** The rarer a word is, the more of this it has; the commonest have it with a minus. */
  rare: Direction
  /** Directions of words that heads read and say, … */
  words: readonly Direction[]
  /** … those in which a word notes the one before it, … */
  notes: readonly Direction[]
  /** … the rare one of the few before it, … */
  near: readonly Direction[]
  /** … and those of the last dozen. */
  far: readonly Direction[]
}

/** The first number of a head that does not turn. */
const stillFrom = (shape: Shape): number => 2 * anglesOf(shape).length

/** Draws the directions for a model of this shape. A narrow one has fewer of each. */
export function frameOf(random: Random, shape: Shape): Frame {
  const { width, keyHeads } = shape
  const headSize = headSizeOf(shape)
  const [common, rare] = directions(random, width, 2, [])
  if (common === undefined || rare === undefined) throw new RangeError('There is no direction.')
  const noted = Math.min(headSize - stillFrom(shape), Math.floor((width - 2) / 6))
  const read = Math.min(headSize * keyHeads, width - 2 - 3 * noted)
  const all = directions(random, width, read + 3 * noted, [common, rare])
  const [notes, near, far] = [0, 1, 2].map((place) =>
    all.slice(read + place * noted, read + (place + 1) * noted),
  )
  return { common, rare, words: all.slice(0, read), notes: notes ?? [], near: near ?? [], far: far ?? [] }
}

/** How strongly heads that look back tell a neighbour from the one beside it. */
const LOOKING_BACK = 0.4
/** A note is about as long as a word. */
const NOTING = 0.15
/** How strongly places are looked for whose note is this word. */
const LOOKING_FOR = 2
/** Louder than the word of now, which is in the stream besides. */
const SAYING = 0.2

/** Numbers of a matrix by output and input. */
export type Put = (output: number, input: Direction, strength: number) => void

/** Matrices of a layer's attention, each written row by row. */
export interface AttentionRows {
  query: Put
  key: Put
  value: Put
  /** By the input of the matrix: a number of a head. */
  said: (input: number, output: Direction, strength: number) => void
}

/** Wires the first head of a layer to look one word back and to note what stands there. */
export function wireLookingBack({ common, words, notes }: Frame, shape: Shape, rows: AttentionRows): void {
  for (const [pair, angle] of anglesOf(shape).entries()) {
    rows.query(2 * pair, common, LOOKING_BACK)
    rows.key(2 * pair, common, LOOKING_BACK * Math.cos(angle))
    rows.key(2 * pair + 1, common, LOOKING_BACK * Math.sin(angle))
  }
  for (const [place, note] of notes.entries()) {
    const word = words[place]
    if (word === undefined) continue
    rows.value(place, word, 1)
    rows.said(place, note, NOTING)
  }
}

/** Wires the values of a key's head to be words, and what one head of that key says to be those again. */
function wireWords(words: readonly Direction[], shape: Shape, key: number, rows: AttentionRows): void {
  const headSize = headSizeOf(shape)
  const query = (key * shape.heads) / shape.keyHeads
  for (let place = 0; place < headSize; place += 1) {
    const word = words[key * headSize + place]
    if (word === undefined) continue
    rows.value(key * headSize + place, word, 1)
    rows.said(query * headSize + place, word, SAYING)
  }
}

/** Wires one head of each that share a key to look for the note of the word of now, and to say the word there. */
export function wireSaying({ words, notes }: Frame, shape: Shape, rows: AttentionRows): void {
  const { heads, keyHeads } = shape
  const headSize = headSizeOf(shape)
  for (let key = 0; key < keyHeads; key += 1) {
    const query = (key * heads) / keyHeads
    for (const [place, note] of notes.entries()) {
      const [word, at] = [words[place], stillFrom(shape) + place]
      if (word === undefined) continue
      rows.query(query * headSize + at, word, LOOKING_FOR)
      rows.key(key * headSize + at, note, LOOKING_FOR)
    }
    wireWords(words, shape, key, rows)
  }
}

/**
 * Where a head looks back: `centre` words, by the strengths of its angles. Fast angles tell neighbours apart, slow ones
 * alone see a dozen words about as well as each other.
 */
interface Kernel {
  centre: number
  strengths: readonly number[]
  noting: number
}

/** One to three words back. */
const NEAR: Kernel = {
  centre: 2,
  strengths: [0, 0, 0.05, 0.05, 0.1, 0.1, 0.3, 0.3, 0.5, 0.5, 0.5, 0.5],
  noting: 0.15,
}
/** Three to thirteen words back: behind the marks with which an answer begins stands what was asked. */
const FAR: Kernel = {
  centre: 8,
  strengths: [0, 0, 0, 0, 0, 0, 0.05, 0.1, 0.5, 0.5, 0.5, 0.8],
  noting: 0.25,
}
/** How strongly what is rare is gathered before what is common… */
const GATHERING_RARE = 0.7
/** …and found: an answer is seldom a mark or a word of every sentence. */
const FINDING_RARE = 1.5
/** Of the word just before, so much beside the rare one of the few before. */
const NOTED_SHARE = 0.3

/** Shapes in which two heads share each of two or more keys can look up. */
export const looksUp = ({ layers, heads, keyHeads }: Shape): boolean =>
  layers > 2 && keyHeads > 1 && heads >= 2 * keyHeads

/** Wires two heads of a layer's second key to gather rare words: those just before, and those of the last dozen. */
export function wireGathering(
  { common, rare, words, near, far }: Frame,
  shape: Shape,
  rows: AttentionRows,
): void {
  const headSize = headSizeOf(shape)
  const still = stillFrom(shape)
  const key = headSize
  for (const pair of anglesOf(shape).keys()) {
    rows.key(key + 2 * pair, common, LOOKING_BACK)
    rows.key(key + 2 * pair + 1, common, 0)
  }
  for (let place = still; place < headSize; place += 1)
    rows.key(key + place, rare, place === still ? GATHERING_RARE : 0)
  for (const [place, word] of words.slice(0, near.length).entries()) rows.value(key + place, word, 1)
  for (const [at, { kernel, notes }] of [
    { kernel: NEAR, notes: near },
    { kernel: FAR, notes: far },
  ].entries()) {
    const query = (shape.heads / shape.keyHeads + at) * headSize
    for (const [pair, angle] of anglesOf(shape).entries()) {
      const strength = kernel.strengths[pair] ?? 0
      rows.query(query + 2 * pair, common, strength * Math.cos(angle * kernel.centre))
      rows.query(query + 2 * pair + 1, common, -strength * Math.sin(angle * kernel.centre))
    }
    for (let place = still; place < headSize; place += 1)
      rows.query(query + place, common, place === still ? GATHERING_RARE : 0)
    for (const [place, note] of notes.entries()) rows.said(query + place, note, kernel.noting)
  }
}

/** Wires one head of each that share a key to look for places behind what was asked for, and to say the word there. */
export function wireFinding(
  { common, rare, words, notes, near, far }: Frame,
  shape: Shape,
  rows: AttentionRows,
): void {
  const { heads, keyHeads } = shape
  const headSize = headSizeOf(shape)
  for (let key = 0; key < keyHeads; key += 1) {
    const query = (key * heads) / keyHeads
    for (let place = 0; place < stillFrom(shape); place += 1) rows.query(query * headSize + place, common, 0)
    for (const [place, asked] of far.entries()) {
      const [at, note] = [stillFrom(shape) + place, notes[place]]
      rows.query(query * headSize + at, asked, LOOKING_FOR)
      const before = near[place]?.map((value, number) => value + NOTED_SHARE * (note?.[number] ?? 0))
      if (before !== undefined) rows.key(key * headSize + at, before, LOOKING_FOR)
    }
    rows.query((query + 1) * headSize - 1, common, FINDING_RARE)
    rows.key((key + 1) * headSize - 1, rare, FINDING_RARE)
    wireWords(words, shape, key, rows)
  }
}
