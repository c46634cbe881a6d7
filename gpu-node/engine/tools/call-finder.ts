import type { ToolFormat } from './tool-formats.ts'

/** Characters between the parts of a JSON text. */
export const BLANKS = [' ', '\n', '\t', '\r']

/** A call was found; `name` where the text so far tells it. */
export interface Found {
  name: string | undefined
}

type Target = number | Found

interface State {
  edges: Map<string, Target>
  /** Where every other character leads. */
  other: number
  /** Characters that may be the beginning of a call; undefined: one more than before. */
  held: number | undefined
}

/**
 * A finite automaton that reads text and knows where a tool call begins. It has two uses that must agree: the parser walks
 * it, and the grammar of answers with tools is printed from it.
 */
export class CallFinder {
  readonly #states: State[] = []
  /** Where an answer begins, and where it is again behind a call. */
  readonly start: number
  /** In the middle of text. */
  readonly text: number

  constructor(format: ToolFormat, names: readonly string[]) {
    if (format.mark === undefined) {
      this.start = this.#add(0)
      this.text = this.#add(0)
      this.#buildHeads(format, names)
    } else {
      this.start = this.#buildMark(format.mark)
      this.text = this.start
    }
  }

  get size(): number {
    return this.#states.length
  }

  next(state: number, character: string): Target {
    const { edges, other } = this.#at(state)
    return edges.get(character) ?? other
  }

  /** How many of the characters read so far may belong to a call, when it was `before` ahead of the last. */
  heldIn(state: number, before: number): number {
    return this.#at(state).held ?? before + 1
  }

  edgesOf(state: number): { edges: ReadonlyMap<string, Target>; other: number } {
    return this.#at(state)
  }

  #at(state: number): State {
    const found = this.#states[state]
    if (found === undefined) throw new RangeError(`There is no state ${state}.`)
    return found
  }

  #add(held: number | undefined, other = 0): number {
    return this.#states.push({ edges: new Map(), other, held }) - 1
  }

  /** Knuth, Morris and Pratt: state k has read the first k characters of the mark, and no more of it. */
  #buildMark(mark: string): number {
    for (let length = 0; length < mark.length; length += 1) this.#add(length)
    const letters = new Set(mark)
    for (const [length, state] of this.#states.entries()) {
      for (const letter of letters) {
        const read = mark.slice(0, length) + letter
        let longest = Math.min(read.length, mark.length)
        while (!mark.startsWith(read.slice(read.length - longest))) longest -= 1
        if (longest === mark.length) state.edges.set(letter, { name: undefined })
        else if (longest > 0) state.edges.set(letter, longest)
      }
    }
    return 0
  }

  #buildHeads({ nameKey, place, separator }: ToolFormat, names: readonly string[]): void {
    this.#at(this.text).other = this.text
    this.#at(this.start).other = this.text
    if (place === 'line') this.#at(this.text).edges.set('\n', this.start)
    for (const blank of [...BLANKS, ...separator.trim()]) this.#at(this.start).edges.set(blank, this.start)
    let state = this.#then(this.start, '{')
    for (const part of [`"${nameKey}"`, ':', '"']) {
      for (const blank of BLANKS) this.#at(state).edges.set(blank, state)
      for (const character of part) state = this.#then(state, character)
    }
    for (const name of names) {
      const end = Array.from(name).reduce((at, character) => this.#then(at, character), state)
      this.#at(end).edges.set('"', { name })
    }
    for (const [at, { edges, held }] of this.#states.entries()) {
      const isHead = held === undefined && at !== this.start
      if (isHead && place === 'line' && !edges.has('\n')) edges.set('\n', this.start)
    }
  }

  #then(from: number, character: string): number {
    const { edges } = this.#at(from)
    const known = edges.get(character)
    if (typeof known === 'number') return known
    const added = this.#add(undefined, this.text)
    edges.set(character, added)
    return added
  }
}
