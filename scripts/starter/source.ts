import { Random } from '../../gpu-node/trainer/training/random.ts'

/** Whether a talk is learned, or kept from learning to measure what was learned. */
export type Split = 'train' | 'held'

/** How much of the small world a talk is made of: the words that a lesson begins with, many more, most of them, or all there are. */
export type Width = 'narrow' | 'wide' | 'widest' | 'whole'

/** How talks are made that are learned. */
export interface Manner {
  width: Width
  /** Of what is asked for of a text or a person, so much was never said. Absent: as the kind of talk has it. */
  absentShare?: number
  /** Of the sentences whose value alone tells what they are of, so many say nothing else. */
  strangeShare?: number
  /** Names and subjects are coined of parts of others, too: how one goes on is read, and not known. Absent: none is. */
  coins?: boolean
}

const STRANGE_SHARE = 0.12

/** As the first lessons have it. */
export const NARROW: Manner = { width: 'narrow' }

/** Ways to say one thing: those that are learned, and others that are only measured. `{}` stands where something is put in. */
export interface Frames {
  train: readonly string[]
  /** Learned as well, by the lessons that widen what the first ones have taught. */
  later?: readonly string[]
  /** Learned beside all of those by the lessons behind them. */
  last?: readonly string[]
  /** Whatever else there is, learned beside all of those by the lesson that ends them. */
  rest?: readonly string[]
  held: readonly string[]
}

/** The well that generators draw from: chance, and the side of the split that they are on. Equal seeds give equal talks. */
export class Source {
  readonly random: Random
  readonly split: Split
  readonly #manner: Manner

  constructor(seed: number, split: Split, manner: Manner = NARROW) {
    this.random = new Random(seed)
    this.split = split
    this.#manner = manner
  }

  get isHeld(): boolean {
    return this.split === 'held'
  }

  /** Whether talks are made of more than what the first lessons know. Never where they are only measured. */
  get isWide(): boolean {
    return this.#manner.width !== 'narrow' && !this.isHeld
  }

  /** Whether talks are made of all words that there are. Never where they are only measured. */
  get isWhole(): boolean {
    return this.#manner.width === 'whole' && !this.isHeld
  }

  /** Whether names and subjects are coined of parts of others. Never where they are only measured. */
  get coins(): boolean {
    return this.#manner.coins === true && !this.isHeld
  }

  /** One of them. Throws `RangeError` where there is none. */
  pick<T>(items: readonly T[]): T {
    const item = items[this.random.below(items.length)]
    if (item === undefined) throw new RangeError('There is nothing to pick from.')
    return item
  }

  /** `count` of them, all different; all of them in a random order where there are fewer. */
  sample<T>(items: readonly T[], count: number): T[] {
    return this.random.shuffled(items).slice(0, count)
  }

  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.random.below(most - least + 1)
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.random.next() < probability
  }

  /** So many of what `make` makes. */
  some<T>(least: number, most: number, make: () => T): T[] {
    return Array.from({ length: this.between(least, most) }, make)
  }

  /** Of what is asked for, so much was never said: where nothing else is wanted, the `usual` share. */
  absentShare(usual: number): number {
    return this.isHeld ? usual : (this.#manner.absentShare ?? usual)
  }

  /** Of the sentences whose value alone tells what they are of, so many say nothing else. Where it is measured, none. */
  get strangeShare(): number {
    return this.isWide ? (this.#manner.strangeShare ?? STRANGE_SHARE) : 0
  }

  /** All ways to say it, of this side of the split. */
  waysOf({ train, later = [], last = [], rest = [], held }: Frames): readonly string[] {
    if (this.isHeld) return held
    switch (this.#manner.width) {
      case 'narrow':
        return train
      case 'wide':
        return [...train, ...later]
      case 'widest':
        return [...train, ...later, ...last]
      case 'whole':
        return [...train, ...later, ...last, ...rest]
    }
  }

  /** A way to say it, of this side of the split. */
  say(frames: Frames, values: Readonly<Record<string, string>> = {}): string {
    return filled(this.pick(this.waysOf(frames)), values)
  }
}

/** Something with a weight: how often it comes beside the others. */
export type Weighted<T> = readonly (readonly [weight: number, item: T])[]

/** One of them, by their weights. Throws `RangeError` where there is none. */
export function weighed<T>(source: Source, items: Weighted<T>): T {
  let rest = source.random.next() * items.reduce((all, [weight]) => all + weight, 0)
  for (const [weight, item] of items) {
    rest -= weight
    if (rest < 0) return item
  }
  throw new RangeError('There is nothing to choose from.')
}

/** A frame with its gaps filled. Throws where a gap has no value. */
export function filled(frame: string, values: Readonly<Record<string, string>>): string {
  return frame.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value === undefined) throw new RangeError(`Nothing was given for "${name}" in "${frame}".`)
    return value
  })
}

export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
export const uncapitalised = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)

const HELD_SHARE = 60
const OUT_OF = 1_000

/** FNV-1a, so that what is held out does not depend on the order in which things are made. */
function hashOf(text: string): number {
  let hash = 2_166_136_261
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16_777_619)
  return hash >>> 0
}

/** Whether this combination is never learned: 6 % of all are. */
export const isKeptBack = (...parts: readonly (string | number)[]): boolean =>
  hashOf(parts.join('|')) % OUT_OF < HELD_SHARE
