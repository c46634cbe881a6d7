import type { CodePointRange } from '../language/code-points.ts'
import { EMPTY, type Expression } from './gbnf.ts'
import { readsTwice } from './repetitions.ts'

/** A part that is still to come behind a place, innermost first. Equal ones are one object. */
export interface Frame {
  id: number
  /** The value at whose depth it stands, or the whole. */
  value: string
  /** A sequence from `index` on, a repetition, or the end of a value that is read as part of its surroundings. */
  expression: Expression
  index: number
  /** Absent at the end of its depth. */
  next: Frame | undefined
  /** Itself or the nearest behind it that is the end of such a value. */
  end: Frame | undefined
}

/** A way to read on: here a character is read, or a value begins. Equal ones are one object. */
export interface Place {
  id: number
  expression: Extract<Expression, { kind: 'text' | 'set' | 'rule' }>
  /** How much of a text was read, in UTF-16 code units. */
  index: number
  next: Frame
}

/** The ways that are open at one time at one depth. */
export type Open = ReadonlySet<Place>

/** The beginnings of lists, objects and strings. A rule that begins so is one, and is over before anything else is read. */
export const BEGINNINGS = ['{', '[', '"']

/** The end of the value in which all of these places are, if there is one. */
export function commonEnd(open: Open): Frame | undefined {
  const [first] = open
  const end = first?.next.end
  return end && [...open].every(({ next }) => next.end === end) ? end : undefined
}

/** The characters that can be read at a place. */
export function rangesAt({ expression, index }: Place): readonly CodePointRange[] {
  if (expression.kind === 'set') return expression.ranges
  if (expression.kind === 'rule') return []
  const codePoint = expression.text.codePointAt(index) ?? 0
  return [[codePoint, codePoint]]
}

/** Finds the places that are open before and behind parts of rules. */
export class PlaceReader {
  readonly #rules: ReadonlyMap<string, Expression>
  readonly #frames = new Map<Expression, Map<number, Frame>>()
  readonly #places = new Map<Expression, Map<number, Place>>()
  #count = 0

  constructor(rules: ReadonlyMap<string, Expression>) {
    this.#rules = rules
  }

  /** Behind the beginnings of values; where the whole begins. */
  start(values: Iterable<string>): Open {
    const open = new Set<Place>()
    for (const value of values) {
      const into = new Set<Place>()
      this.#enter(this.#bodyOf(value), this.#frame(EMPTY, 0, undefined, value), into)
      for (const place of this.#beginningOf(value) === undefined ? into : this.pass([...into]))
        open.add(place)
    }
    return open
  }

  beginningAt({ expression }: Place): string | undefined {
    return expression.kind === 'rule' ? this.#beginningOf(expression.name) : undefined
  }

  behind(frames: readonly Frame[]): Open {
    const open = new Set<Place>()
    for (const frame of frames) this.#leave(frame, open)
    return open
  }

  /** Before the first characters of the values that begin here, as part of what surrounds them. */
  inside(places: readonly Place[]): Open {
    const open = new Set<Place>()
    for (const { expression, next } of places) {
      if (expression.kind !== 'rule') continue
      this.#enter(this.#bodyOf(expression.name), this.#frame(expression, 0, next), open)
    }
    return open
  }

  /** Behind the next character of each. */
  pass(places: readonly Place[]): Open {
    const open = new Set<Place>()
    for (const { expression, index, next } of places) {
      const text = expression.kind === 'text' ? expression.text : ''
      const behind = index + String.fromCodePoint(text.codePointAt(index) ?? 0).length
      if (behind < text.length) this.#open(expression, behind, next, open)
      else this.#leave(next, open)
    }
    return open
  }

  #enter(expression: Expression, next: Frame, into: Set<Place>): void {
    switch (expression.kind) {
      case 'text':
      case 'set':
        this.#open(expression, 0, next, into)
        break
      case 'rule':
        if (this.#beginningOf(expression.name) !== undefined) this.#open(expression, 0, next, into)
        else this.#enter(this.#bodyOf(expression.name), next, into)
        break
      case 'choice':
        for (const option of expression.options) this.#enter(option, next, into)
        break
      case 'sequence':
        this.#follow(expression.items, this.#frame(expression, 0, next), into)
        break
      case 'repeat':
        this.#enter(expression.item, this.#frame(expression, 0, next), into)
        if (readsTwice(expression)) this.#enter(expression.item, this.#frame(expression, 1, next), into)
        if (expression.min === 0) this.#leave(next, into)
        break
      default:
        expression satisfies never
    }
  }

  #leave(frame: Frame, into: Set<Place>): void {
    const { expression, next } = frame
    if (next === undefined) return
    if (expression.kind === 'sequence') this.#follow(expression.items, frame, into)
    else if (expression.kind === 'repeat') {
      if (expression.max !== 1) this.#enter(expression.item, frame, into)
      this.#leave(next, into)
    } else this.#leave(next, into)
  }

  /** The places behind a sequence, from the index of its frame on. */
  #follow(items: readonly Expression[], { expression, index, next }: Frame, into: Set<Place>): void {
    const item = items[index]
    if (next === undefined) return
    if (item === undefined) this.#leave(next, into)
    else if (index + 1 === items.length) this.#enter(item, next, into)
    else this.#enter(item, this.#frame(expression, index + 1, next), into)
  }

  #frame(expression: Expression, index: number, next: Frame | undefined, value = next?.value ?? ''): Frame {
    // One that has nothing behind it is asked for once for each value.
    const known = next && this.#frames.get(expression)?.get(keyOf(next, index))
    if (known) return known
    const frame: Frame = { id: this.#count++, value, expression, index, next, end: next?.end }
    if (expression.kind === 'rule') frame.end ??= frame
    if (next) remember(this.#frames, expression, keyOf(next, index), frame)
    return frame
  }

  #open(expression: Place['expression'], index: number, next: Frame, into: Set<Place>): void {
    const known = this.#places.get(expression)?.get(keyOf(next, index))
    const place = known ?? { id: this.#count++, expression, index, next }
    if (!known) remember(this.#places, expression, keyOf(next, index), place)
    into.add(place)
  }

  #bodyOf(rule: string): Expression {
    return this.#rules.get(rule) ?? EMPTY
  }

  #beginningOf(rule: string): string | undefined {
    const body = this.#rules.get(rule)
    const first = body?.kind === 'sequence' ? body.items[0] : body
    return first?.kind === 'text'
      ? BEGINNINGS.find((beginning) => first.text.startsWith(beginning))
      : undefined
  }
}

/** Above the length of every text: a request has 4 MB. */
const MAX_INDEX = 2 ** 23

const keyOf = ({ id }: Frame, index: number): number => id * MAX_INDEX + index

function remember<T>(
  into: Map<Expression, Map<number, T>>,
  expression: Expression,
  key: number,
  value: T,
): void {
  const known = into.get(expression)
  if (known) known.set(key, value)
  else into.set(expression, new Map([[key, value]]))
}
