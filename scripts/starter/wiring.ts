import type { Random } from '../../gpu-node/trainer/training/random.ts'
import { headSizeOf, ROPE_BASE, type Shape } from './llama-metadata.ts'

/**
 * How a model begins, so that it need not find out how to copy: two heads are wired as those that every model grows which
 * copies (arXiv 2209.11895). One looks a word back and notes what stood there; the other looks for the places whose note is the
 * word of now, and says what stands there. Found by training alone this takes millions of tokens, in which nothing else that
 * needs it is learned. All of it is trained on (arXiv 2305.09828 begins whole models so).
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

/** Directions that the wiring is drawn with. */
export interface Frame {
  /** Part of every word, so that there is something to look at whatever the word is. */
  common: Direction
  /** Directions of words that heads read and say… */
  words: readonly Direction[]
  /** …and those in which a word notes the one before it. */
  notes: readonly Direction[]
}

/** Draws the directions for a model of this shape. */
export function frameOf(random: Random, shape: Shape): Frame {
  const { width, keyHeads } = shape
  const headSize = headSizeOf(shape)
  const [common] = directions(random, width, 1, [])
  if (common === undefined) throw new RangeError('There is no direction.')
  const count = Math.min(headSize * keyHeads, width - 1)
  return {
    common,
    words: directions(random, width, count, [common]),
    notes: directions(random, width, Math.min(headSize, width - 1), [common]),
  }
}

/** How strongly the head that looks back tells a neighbour from the one beside it. */
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

/** Wires one head of each that share a key to look for the note of the word of now, and to say the word there. */
export function wireSaying({ words, notes }: Frame, shape: Shape, rows: AttentionRows): void {
  const { heads, keyHeads } = shape
  const headSize = headSizeOf(shape)
  const still = 2 * anglesOf(shape).length
  for (let key = 0; key < keyHeads; key += 1) {
    const query = (key * heads) / keyHeads
    for (let place = still; place < headSize; place += 1) {
      const [word, note] = [words[place - still], notes[place - still]]
      if (word === undefined || note === undefined) continue
      rows.query(query * headSize + place, word, LOOKING_FOR)
      rows.key(key * headSize + place, note, LOOKING_FOR)
    }
    for (let place = 0; place < headSize; place += 1) {
      const word = words[key * headSize + place]
      if (word === undefined) continue
      rows.value(key * headSize + place, word, 1)
      rows.said(query * headSize + place, word, SAYING)
    }
  }
}
