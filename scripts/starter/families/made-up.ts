import { capitalised, type Frames, type Source } from '../source.ts'
import { NOUNS } from '../world/made-up-nouns.ts'
import type { Attribute, RecordKind } from '../world/records/record.ts'
import { companyOf, dateOf, moneyOf } from '../world/records/values.ts'
import { WORDS } from '../world/things.ts'
import type { Trait } from '../world/traits/trait.ts'
import { splicedWord } from './drills.ts'
import { cityOf, nameOf, numberOf } from './people.ts'

// Anything may be told of anything: so a model learns to look for the word that it was asked for, and not a list of words by
// heart. Nothing here is ever measured.

const VALUES: readonly ((source: Source) => string)[] = [
  nameOf,
  cityOf,
  (source) => String(numberOf(source)),
  (source) => source.pick(WORDS),
  splicedWord,
  (source) => `${source.pick(WORDS)} ${source.pick(WORDS)}`,
  dateOf,
  moneyOf,
]

const anyValue = (source: Source): string => source.pick(VALUES)(source)

/** Frames with a noun put in. */
const about = (noun: string, frames: readonly string[]): Frames => ({
  train: frames.map((frame) => frame.replaceAll('{n}', noun).replaceAll('{N}', capitalised(noun))),
  held: [],
})

const TOLD = [
  'My {n} is {v}.',
  'My {n} is {v}.',
  'my {n} is {v}',
  '{v} is my {n}.',
  'As my {n} I have {v}.',
  'The {n} I have is {v}.',
  'I have {v} as my {n}.',
  'My {n}: {v}.',
  'For my {n} I chose {v}.',
  'If anybody asks, my {n} is {v}.',
  'Let my {n} be {v}.',
  '{v} has been my {n} for long.',
  'That is my {n}: {v}.',
  'I call {v} my {n}.',
  'Since May my {n} is {v}.',
]

const ASKED_OF_ME = [
  'What is my {n}?',
  'What is my {n}?',
  'Which {n} do I have?',
  'Do you remember my {n}?',
  'Tell me my {n}.',
  'What was my {n}?',
  "What's my {n}?",
  'Which {n} is mine?',
  'What {n} do I have?',
  'Say my {n}.',
  'Name my {n}.',
  'I told you my {n}. Which is it?',
  'My {n} is what?',
  'What about my {n}?',
  'You know my {n}, so name it.',
  'What have I as my {n}?',
]

/** Something that people tell of themselves, by any noun. */
const traitOf = (noun: string): Trait => ({
  noun,
  value: anyValue,
  told: about(noun, TOLD),
  also: `my ${noun} is {v}`,
  asked: about(noun, ASKED_OF_ME),
  answer: `Your ${noun} is {v}.`,
})

/** All that can be told of oneself here beside what is measured, by its noun. */
export const MADE_UP_TRAITS: ReadonlyMap<string, Trait> = new Map(NOUNS.map((noun) => [noun, traitOf(noun)]))

const SAID = [
  'The {n} of {s} is {v}.',
  'Its {n} is {v}.',
  '{s} has the {n} {v}.',
  '{v} is the {n} of {s}.',
  'The {n} is {v}.',
  'It has {v} as its {n}.',
  '{N}: {v}.',
  'As {n}, {s} has {v}.',
  '{v} serves as its {n}.',
  'By all accounts the {n} is {v}.',
  'Its {n} was changed to {v} last year.',
  'With {v} as its {n}, {s} is well known.',
  'Everybody knows that the {n} of {s} is {v}.',
  'For {n} it took {v}.',
  'Nobody doubts that its {n} is {v}.',
  'What {s} has as its {n} is {v}.',
  'The {n} is said to be {v}.',
]

const ASKED = [
  'What is the {n} of {s}?',
  'Which {n} does {s} have?',
  'What {n} does it have?',
  'What is its {n}?',
  'Tell me the {n} of {s}.',
  'Name its {n}.',
  'The {n} of {s}?',
  'What does {s} have as its {n}?',
  'Which {n} has {s}?',
  'What about its {n}?',
  'What is said about the {n}?',
  'What does the text give as the {n}?',
  'Find the {n} of {s}.',
  'Which {n} is named?',
  'Say which {n} it has.',
  '{s} has which {n}?',
]

const ANSWER = 'Its {n} is {v}.'

const attributeOf = (noun: string): Attribute => ({
  value: anyValue,
  said: about(noun, SAID),
  asked: about(noun, ASKED),
  answer: ANSWER.replaceAll('{n}', noun),
})

const SUBJECTS: readonly ((source: Source) => string)[] = [
  nameOf,
  companyOf,
  (source) => `the ${source.pick(WORDS)}`,
  (source) => `the ${splicedWord(source)}`,
  (source) => `${source.pick(['Port', 'Mount', 'Saint', 'Castle', 'Cape', 'Fort'])} ${cityOf(source)}`,
]

/** A kind of thing that nobody has heard of, with what passages say of it. */
export function madeUpKind(source: Source): RecordKind {
  const nouns = source.sample(NOUNS, source.between(3, 9))
  return { subject: source.pick(SUBJECTS), attributes: nouns.map(attributeOf) }
}
