import type { Frames, Source } from '../../source.ts'

/** Something that a passage says of its subject: `{s}` is the subject, `{v}` the value. */
export interface Attribute {
  value: (source: Source) => string
  said: Frames
  asked: Frames
  answer: string
}

/** A kind of subject that passages have. */
export interface RecordKind {
  subject: (source: Source) => string
  attributes: readonly Attribute[]
}

/** Ways to say something: what is learned, what is only measured, what is learned later, what last, and the rest. */
type Ways = [
  train: readonly string[],
  held: readonly string[],
  later: readonly string[],
  last: readonly string[],
  rest?: readonly string[],
]

const framesOf = ([train, held, later, last, rest = []]: Ways): Frames => ({ train, held, later, last, rest })

/** An attribute, with the ways to say it and those to ask for it. */
export const attribute = (value: Attribute['value'], said: Ways, asked: Ways, answer: string): Attribute => ({
  value,
  said: framesOf(said),
  asked: framesOf(asked),
  answer,
})
