import { includesCodePoint } from '../language/code-points.ts'
import type { Expression } from './gbnf.ts'
import { BEGINNINGS, commonEnd, type Frame, type Open, type Place, PlaceReader, rangesAt } from './places.ts'

/** Rules of values that are read at the same time, and how often each: what surrounds it may differ. */
type Depth = ReadonlyMap<string, number>

export interface WaysOptions {
  /** How many ways may be open at a time. */
  limit: number
  /** Called when there are more; never returns. */
  refuse: () => never
  spend: (steps: number) => void
}

/**
 * The most ways to read on that are open at a time, whatever was read so far: llama.cpp keeps a stack for each and tries all
 * of them on every token of the vocabulary, so they are what a grammar costs. Where lists or objects are told apart only by
 * what stands behind the next ones inside of them, ways multiply with every depth, and no limit is high enough.
 *
 * An upper bound: repetitions are not counted, and a value that several ways read is taken to suit all of them.
 */
export function countWays(
  rules: ReadonlyMap<string, Expression>,
  root: string,
  options: WaysOptions,
): number {
  return new WayCounter(rules, options).count(root)
}

class WayCounter {
  readonly #options: WaysOptions
  readonly #depths = new Map<string, Depth>()
  readonly #reader: PlaceReader
  #most = 0

  constructor(rules: ReadonlyMap<string, Expression>, options: WaysOptions) {
    this.#options = options
    this.#reader = new PlaceReader(rules)
  }

  count(root: string): number {
    this.#require(new Map([[root, 1]]))
    for (const depth of this.#depths.values()) this.#explore(depth)
    return this.#most
  }

  #require(depth: Depth): void {
    const key = JSON.stringify([...depth].sort())
    if (!this.#depths.has(key)) this.#depths.set(key, depth)
  }

  /** Follows everything that can be read at one depth; what is inside of the values there is another. */
  #explore(depth: Depth): void {
    const seen = new Set<string>()
    const queue: Open[] = []
    const add = (open: Open): void => {
      this.#options.spend(1 + open.size)
      const key = [...open]
        .map(({ id }) => id)
        .sort((a, b) => a - b)
        .join()
      if (open.size === 0 || seen.has(key)) return
      seen.add(key)
      queue.push(open)
      this.#count(open, depth)
    }
    add(this.#reader.start(depth.keys()))
    for (const open of queue) {
      const end = commonEnd(open)
      if (end) add(this.#over(end, depth))
      else for (const next of this.#next(open, depth)) add(next)
    }
  }

  #count(open: Open, depth: Depth): void {
    const { limit, refuse } = this.#options
    let ways = 0
    for (const { next } of open) ways += depth.get(next.value) ?? 0
    if (ways > limit) refuse()
    this.#most = Math.max(this.#most, ways)
  }

  /** The ways that are open behind a value of which nothing else is read: from here on it is as it is by itself. */
  #over({ expression, value, next }: Frame, depth: Depth): Open {
    if (expression.kind === 'rule') this.#require(new Map([[expression.name, depth.get(value) ?? 0]]))
    return this.#reader.behind(next ? [next] : [])
  }

  /** The ways that are open behind each value or character that can come. */
  *#next(open: Open, depth: Depth): Generator<Open, void, void> {
    let characters = [...open].filter(({ expression }) => expression.kind !== 'rule')
    for (const beginning of BEGINNINGS) {
      const values = [...open].filter((place) => this.#reader.beginningAt(place) === beginning)
      if (values.length === 0) continue
      const inside = new Map<string, number>()
      for (const { expression, next } of values) {
        const name = expression.kind === 'rule' ? expression.name : ''
        inside.set(name, (inside.get(name) ?? 0) + (depth.get(next.value) ?? 0))
      }
      const isBesideText = characters.some((place) =>
        includesCodePoint(rangesAt(place), beginning.charCodeAt(0)),
      )
      // Strings tell apart what they stand in, as names and constants do: several are read character by character.
      if (isBesideText || (beginning === '"' && inside.size > 1)) {
        characters = [...characters, ...this.#reader.inside(values)]
      } else {
        this.#require(inside)
        yield this.#reader.behind(values.map(({ next }) => next))
      }
    }
    yield* this.#read(characters)
  }

  *#read(places: readonly Place[]): Generator<Open, void, void> {
    const [only] = places
    if (places.length === 1 && only?.expression.kind === 'text') {
      yield this.#reader.behind([only.next]) // nothing is decided before the end of a text that is alone
      return
    }
    const ranges = places.map(rangesAt)
    const cuts = new Set(ranges.flatMap((own) => own.flatMap(([first, last]) => [first, last + 1])))
    const points = [...cuts].sort((a, b) => a - b)
    const takenAt = points.map((): Place[] => [])
    const indexOf = new Map(points.map((point, index) => [point, index]))
    for (const [at, place] of places.entries()) {
      for (const [first, last] of ranges[at] ?? []) {
        const [start, end] = [indexOf.get(first) ?? 0, indexOf.get(last + 1) ?? 0]
        this.#options.spend(end - start)
        for (let index = start; index < end; index += 1) takenAt[index]?.push(place)
      }
    }
    const seen = new Set<string>()
    for (const taken of takenAt) {
      const key = taken.map(({ id }) => id).join()
      if (taken.length === 0 || seen.has(key)) continue
      seen.add(key)
      yield this.#reader.pass(taken)
    }
  }
}
