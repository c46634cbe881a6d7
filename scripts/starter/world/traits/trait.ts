import type { Frames, Source } from '../../source.ts'

/** Something that people tell of themselves. */
export interface Trait {
  /** Its name behind "my". */
  noun: string
  value: (source: Source) => string
  /** Told in a sentence. */
  told: Frames
  /** Told behind "and". */
  also: string
  asked: Frames
  answer: string
}
