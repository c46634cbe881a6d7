import { type ShownPassage, shownPassages } from '../../../worker/services/documents/shown-passages.ts'
import { ask, tell } from '../rephrasing.ts'
import { capitalised, filled, type Source } from '../source.ts'
import { type Exchange, exchange, type SpokenTurn } from '../talk.ts'
import type { Attribute, RecordKind } from '../world/records/record.ts'
import { RECORD_KINDS } from '../world/records/records.ts'
import { WORDS } from '../world/things.ts'
import { typed } from './knowledge.ts'
import { madeUpKind } from './made-up.ts'
import { UNSAID, withoutValue } from './unknown.ts'

/** As much room as a passage is given in a chat. */
const ROOM = 60_000

/** From the least to the most of something. */
export type Range = readonly [least: number, most: number]

/** A text about one thing, what can be asked about it, and what it does not say. */
interface Passage {
  text: string
  values: { s: string; S: string }
  present: readonly { attribute: Attribute; v: string }[]
  absent: readonly Attribute[]
}

const BESIDE = [
  'See the annex for more.',
  'More details will follow.',
  'This text is a summary.',
  'All rights are reserved.',
  'It was last changed on Monday.',
]

const MADE_UP_SHARE = 0.35

const kindOf = (source: Source): RecordKind =>
  source.isWide && source.chance(MADE_UP_SHARE) ? madeUpKind(source) : source.pick(RECORD_KINDS)

const LIGHT = ['the', 'of', 'it', 'has', 'is', 'in', 'for', 'by', 'with', 'one', 'at', 'and', 'as', 'to']

/** Where nothing else of its kind has such a value. */
const isSaidStrangely = (source: Source, { attributes }: RecordKind, { value }: Attribute): boolean =>
  source.isWide &&
  source.chance(source.strangeShare) &&
  attributes.filter((other) => other.value === value).length === 1

/** A sentence in which the value alone tells what it is of: a date is a date, in whatever words it stands. */
function strangely(source: Source, v: string): string {
  const some = () => source.some(0, 4, () => source.pick(source.chance(0.6) ? LIGHT : WORDS))
  return `${[...some(), v, ...some()].join(' ')}.`
}

function passageOf(source: Source, kind: RecordKind = kindOf(source)): Passage {
  const s = kind.subject(source)
  const values = { s, S: capitalised(s) }
  const chosen = new Set(source.sample(kind.attributes, source.between(1, kind.attributes.length - 1)))
  const present = kind.attributes
    .filter((attribute) => chosen.has(attribute))
    .map((attribute) => ({ attribute, v: attribute.value(source) }))
  const ordered = source.chance(0.5) ? present : source.random.shuffled(present)
  const sentences = ordered.map(({ attribute, v }) =>
    capitalised(
      isSaidStrangely(source, kind, attribute)
        ? strangely(source, v)
        : tell(source, attribute.said, { ...values, v }),
    ),
  )
  // The first sentence names what it is about, unless it does already.
  const [first = ''] = sentences
  const opening = first.includes(s) || first.includes(values.S) ? [] : [`This is about ${s}.`]
  const end = source.chance(0.15) ? [source.pick(BESIDE)] : []
  return {
    text: [...opening, ...sentences, ...end].join(' '),
    values,
    present,
    absent: kind.attributes.filter((attribute) => !chosen.has(attribute)),
  }
}

/** Asks for what a passage says, or for what it does not say. */
function questionTo(source: Source, passage: Passage, absentShare: number): Exchange {
  if (passage.absent.length > 0 && source.chance(absentShare)) {
    const attribute = source.pick(passage.absent)
    const asked = capitalised(ask(source, attribute.asked, { ...passage.values, v: '' }))
    const answer = capitalised(filled(withoutValue(attribute.answer, UNSAID), passage.values))
    return exchange(typed(source, asked), answer, { kind: 'contains', texts: ['does not say'] })
  }
  const { attribute, v } = source.pick(passage.present)
  const asked = capitalised(ask(source, attribute.asked, { ...passage.values, v: '' }))
  const answer = capitalised(filled(attribute.answer, { ...passage.values, v }))
  return exchange(typed(source, asked), answer, { kind: 'contains', texts: [v] })
}

const ABSENT_SHARE = 0.3

/** So many questions to a passage, and fewer to one that says little: none is asked for long what it was asked before. */
function questionsTo(source: Source, passage: Passage, [least, most]: Range): Exchange {
  const enough = 1 + 2 * passage.present.length
  return source
    .some(Math.min(least, enough), Math.min(most, enough), () =>
      questionTo(source, passage, source.absentShare(ABSENT_SHARE)),
    )
    .flat()
}

const GIVEN = {
  train: [
    'Context: {text}\n\nQuestion: {q}',
    'Context: {text}\nQuestion: {q}',
    'Passage: {text}\n\nQuestion: {q}',
    '{text}\n\n{q}',
    'Answer from this text.\n\n{text}\n\nQuestion: {q}',
    'Read this: {text}\n\n{q}',
    '{q}\n\n{text}',
    'Text: {text}\n\n{q}',
    'Question: {q}\nText: {text}',
    'I read this: {text}\n\n{q}',
    'Given: {text}\n\nAnswer this: {q}',
    'This is a passage. {text}\n\n{q}',
    'Look at this text: {text}\nAnswer: {q}',
    '"{text}"\n\n{q}',
    'From a document: {text}\n\nThe reader asks: {q}',
    'My text is: {text}\n\nTell me: {q}',
    '{q} Use this text: {text}',
    'Below is a text.\n\n{text}\n\n{q}',
  ],
  later: [
    'Somebody wrote: {text}\n\n{q}',
    '{text}\n\nQuestion to that: {q}',
    'Source: {text}\n\nQ: {q}\nA:',
    'Q: {q}\n\nSource: {text}',
    'A note: {text}\nAsked: {q}',
    'From our files: {text}\n\n{q}',
    'Take this paragraph: {text}\n\nAnswer: {q}',
    '### Text\n{text}\n\n### Question\n{q}',
    '<text>{text}</text>\n{q}',
    '{q}\n---\n{text}',
    '---\n{text}\n---\n{q}',
    'I have these lines: {text}\n\nI want an answer. {q}',
    'Please read: {text} {q}',
    '{text} Now, {q}',
    'The following is given: {text}\n\nThe task: {q}',
    'My notes: {text}\n\n{q}',
    'An extract.\n{text}\n\n{q}',
    'With this in mind: {text}\nsay: {q}',
    'Information: {text}\n\nTo be answered: {q}',
    'It is written: "{text}" - {q}',
  ],
  held: [
    'Here is a text: {text}\n\nNow answer: {q}',
    'The text says: {text}\n\nMy question: {q}',
    'Use what follows. {text}\n\nThe question: {q}',
  ],
}
const SYSTEM = {
  train: [
    'Use this context to answer.\n\nContext: {text}',
    'Answer from the context.\nContext: {text}',
    'Context:\n{text}',
    'Answer from this text alone.\n{text}',
    'This is what is known: {text}',
    'Text:\n{text}\nAnswer with it.',
    'All questions are about this text: {text}',
    'Here is what you may use.\n{text}',
  ],
  later: [
    'Notes:\n{text}',
    'You answer about this:\n{text}',
    'Do not use anything but this. {text}',
    '<context>\n{text}\n</context>',
    'Knowledge: {text}\nBe brief.',
    'Users will ask about these lines.\n{text}',
    'Read this well: {text}',
    'From the archive:\n{text}\nHelp the user with it.',
    '{text}',
    'Help with questions to this paragraph.\n{text}',
  ],
  held: ['Base your answers on this text.\n{text}', 'You know this text: {text}'],
}

/** A passage that is given with its question, then `further` questions to it. */
export function passage(source: Source, further: Range = [0, 2]): Exchange {
  const given = passageOf(source)
  const [asked, answered] = questionTo(source, given, source.absentShare(ABSENT_SHARE))
  if (asked === undefined || answered === undefined) return []
  const others = questionsTo(source, given, further)
  const said = source.say(GIVEN, { text: given.text, q: asked.content })
  return [{ role: 'user', content: said }, answered, ...others]
}

/** A passage that the caller gives the system, and questions to it. */
export function systemPassage(source: Source, count: Range = [1, 3]): Exchange {
  const given = passageOf(source)
  const system: SpokenTurn = { role: 'system', content: source.say(SYSTEM, { text: given.text }) }
  return [system, ...questionsTo(source, given, count)]
}

/** Passages as the product shows them to a model, numbered, and questions with the number behind the answer. */
export function groundedPassages(source: Source, count: Range = [1, 2]): Exchange {
  const known = source.isWide ? [...RECORD_KINDS, madeUpKind(source), madeUpKind(source)] : RECORD_KINDS
  const kinds = source.sample(known, source.between(1, 3))
  const all = kinds.map((kind) => passageOf(source, kind))
  const shown = all.map(({ text }, place): ShownPassage => {
    const name = `${source.pick(WORDS)}.${source.pick(['pdf', 'txt', 'docx', 'md'])}`
    const page = source.chance(0.5) ? source.between(1, 40) : null
    return {
      documentId: `d${place}`,
      fileId: `f${place}`,
      name,
      page,
      from: 0,
      to: text.length,
      headings: [],
      text,
    }
  })
  const turns: Exchange = [{ role: 'system', content: shownPassages(shown, ROOM).text }]
  for (let rest = source.between(...count); rest > 0; rest -= 1) {
    const place = source.random.below(all.length)
    const about = all[place]
    if (about === undefined) continue
    const [asked, answered] = questionTo(
      source,
      about,
      all.length === 1 ? source.absentShare(ABSENT_SHARE) : 0,
    )
    if (asked === undefined || answered === undefined) continue
    const isAbsent = answered.content.includes(UNSAID)
    turns.push(asked, isAbsent ? answered : { ...answered, content: `${answered.content} [${place + 1}]` })
  }
  return turns
}
