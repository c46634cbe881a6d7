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

/** An attribute, with what is learned first and what is only measured second. */
export const attribute = (
  value: Attribute['value'],
  said: [readonly string[], readonly string[]],
  asked: [readonly string[], readonly string[]],
  answer: string,
): Attribute => ({
  value,
  said: { train: said[0], held: said[1] },
  asked: { train: asked[0], held: asked[1] },
  answer,
})
