import { createHash } from 'node:crypto'
import { lossRowsOf } from '../training/window.ts'
import type { Lesson, Lessons } from './lesson.ts'
import { LineFile, linesOf } from './line-file.ts'

/** Lessons of so many tokens stay in memory; those of more are read and tokenised again each time they come. */
export const KEPT_TOKENS = 500_000

/** Numbers in a list that grows, 8 bytes each. */
class Numbers {
  #values = new Float64Array(1_024)
  #length = 0

  get values(): Float64Array {
    return this.#values.subarray(0, this.#length)
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const longer = new Float64Array(this.#length * 2)
      longer.set(this.#values)
      this.#values = longer
    }
    this.#values[this.#length] = value
    this.#length += 1
  }
}

export interface LessonIndexOptions {
  path: string
  /** The lessons of a line: equal ones each time, and read for the first time when `isFirst`. */
  lessonsOf: (line: string, number: number, isFirst: boolean) => readonly Lesson[]
  /** Tokens that stay in memory. */
  keptTokens?: number
}

/** The lessons of a file of rows. In memory are their places in it, and of a small file they themselves. */
export class LessonIndex implements Lessons {
  readonly #options: LessonIndexOptions
  readonly #file: LineFile
  /** Of each lesson: where its line begins, how long it is, the line’s number, which of the line’s lessons, a hash of its words, and tokens that are learned of it. */
  readonly #offsets = new Numbers()
  readonly #bytes = new Numbers()
  readonly #lines = new Numbers()
  readonly #turns = new Numbers()
  readonly #hashes = new Numbers()
  readonly #lossTokens = new Numbers()
  readonly #kept: Lesson[] = []
  #tokens = 0

  private constructor(options: LessonIndexOptions) {
    this.#options = options
    this.#file = new LineFile(options.path)
  }

  /** Reads a file once. Rejects with what `lessonsOf` throws. */
  static async read(options: LessonIndexOptions): Promise<LessonIndex> {
    const index = new LessonIndex(options)
    try {
      let number = 0
      for await (const { text, offset, bytes } of linesOf(options.path)) {
        number += 1
        if (text.trim() === '') continue
        for (const [turn, lesson] of options.lessonsOf(text, number, true).entries())
          index.#add(lesson, { offset, bytes, number, turn })
      }
      return index
    } catch (thrown) {
      index.close()
      throw thrown
    }
  }

  get length(): number {
    return this.#offsets.values.length
  }

  /** For each lesson the same number where the words are the same. */
  get hashes(): Float64Array {
    return this.#hashes.values
  }

  /** Tokens that are learned of these lessons, once. */
  lossTokensOf(places: readonly number[]): number {
    const { values } = this.#lossTokens
    return places.reduce((sum, place) => sum + (values[place] ?? 0), 0)
  }

  at(place: number): Lesson | undefined {
    const offset = this.#offsets.values[place]
    if (offset === undefined) return undefined
    const kept = this.#kept[place]
    if (kept !== undefined) return kept
    const line = this.#file.read({ offset, bytes: this.#bytes.values[place] ?? 0 })
    const lessons = this.#options.lessonsOf(line, this.#lines.values[place] ?? 0, false)
    return lessons[this.#turns.values[place] ?? 0]
  }

  close(): void {
    this.#file.close()
  }

  #add(lesson: Lesson, where: { offset: number; bytes: number; number: number; turn: number }): void {
    this.#offsets.push(where.offset)
    this.#bytes.push(where.bytes)
    this.#lines.push(where.number)
    this.#turns.push(where.turn)
    this.#hashes.push(hashOf(lesson))
    this.#lossTokens.push(lossRowsOf(lesson.sample) + (lesson.rejected ? lossRowsOf(lesson.rejected) : 0))
    this.#tokens += lesson.sample.tokens.length + (lesson.rejected?.tokens.length ?? 0)
    // The first ones, without a gap: places are then theirs.
    if (this.#tokens <= (this.#options.keptTokens ?? KEPT_TOKENS)) this.#kept.push(lesson)
  }
}

/** So many that a number holds them; among a million rows two are mistaken for each other once in 500 files, for a warning. */
const HASH_BYTES = 6

function hashOf({ sample }: Lesson): number {
  return createHash('sha256').update(Int32Array.from(sample.tokens)).digest().readUIntBE(0, HASH_BYTES)
}
