import { type Frames, filled, type Source } from '../source.ts'
import { type Exchange, exchange } from '../talk.ts'
import { COLOURS, FOODS, HOBBIES, JOBS, PETS } from '../world/things.ts'
import { typed } from './knowledge.ts'
import { cityOf, nameOf, numberOf } from './people.ts'

/** Something that people tell of themselves. */
interface Trait {
  value: (source: Source) => string
  /** Told in a sentence. */
  told: Frames
  /** Told behind "and". */
  also: string
  asked: Frames
  answer: string
  /** The answer where nobody told. */
  untold: string
}

const untold = (what: string) => `You have not told me ${what}.`

const TRAITS: Readonly<Record<string, Trait>> = {
  name: {
    value: nameOf,
    told: {
      train: [
        'My name is {v}.',
        'I am {v}.',
        'I am called {v}.',
        'Call me {v}.',
        "I'm {v}.",
        'People call me {v}.',
        'my name is {v}',
        'The name is {v}.',
      ],
      held: ['You can call me {v}.', 'This is {v} speaking.', 'My first name is {v}.'],
    },
    also: 'my name is {v}',
    asked: {
      train: [
        'What is my name?',
        'Who am I?',
        'Do you remember my name?',
        'What am I called?',
        'Tell me my name.',
        "What's my name?",
        'Do you know my name?',
        'Say my name.',
        'What was my name?',
        'Can you tell me my name?',
      ],
      held: ['By what name should you call me?', 'Do you still know my name?', 'What name did I give you?'],
    },
    answer: 'Your name is {v}.',
    untold: untold('your name'),
  },
  city: {
    value: cityOf,
    told: {
      train: [
        'I live in {v}.',
        'My home is in {v}.',
        'I am from {v}.',
        'I live in the city of {v}.',
        'My city is {v}.',
        'I come from {v}.',
        'i live in {v}',
        'I am living in {v}.',
      ],
      held: ['My house is in {v}.', 'These days I live in {v}.', 'I was born in {v} and still live there.'],
    },
    also: 'I live in {v}',
    asked: {
      train: [
        'Where do I live?',
        'Which city do I live in?',
        'Where is my home?',
        'Do you remember where I live?',
        'In which city do I live?',
        'Where am I from?',
        'What is my city?',
        'Tell me where I live.',
        'What city do I live in?',
        'Do you know where I live?',
      ],
      held: [
        'In what city is my home?',
        'Do you still know where I live?',
        'Which city did I say I live in?',
      ],
    },
    answer: 'You mentioned that you live in {v}.',
    untold: untold('where you live'),
  },
  colour: {
    value: (source) => source.pick(COLOURS),
    told: {
      train: [
        'My favourite colour is {v}.',
        'I like the colour {v}.',
        'My favorite color is {v}.',
        'The colour I like best is {v}.',
        'I love the color {v}.',
        'my favourite colour is {v}',
      ],
      held: ['Of all colours I like {v} best.', '{v} is my favourite colour.', 'I prefer the colour {v}.'],
    },
    also: 'my favourite colour is {v}',
    asked: {
      train: [
        'What is my favourite colour?',
        'Which colour do I like?',
        'What is my favorite color?',
        'Do you remember my favourite colour?',
        'Which colour do I like best?',
        'Tell me my favourite colour.',
        'What colour do I like?',
      ],
      held: [
        'Do you still know my favourite colour?',
        'Which is the colour I like?',
        'What color did I say I like?',
      ],
    },
    answer: 'Your favourite colour is {v}.',
    untold: untold('your favourite colour'),
  },
  number: {
    value: (source) => String(numberOf(source)),
    told: {
      train: [
        'My number is {v}.',
        'My favourite number is {v}.',
        'Remember the number {v}.',
        'The number is {v}.',
        'Please remember the number {v}.',
        'Keep the number {v} in mind.',
        'My lucky number is {v}.',
        'my number is {v}',
      ],
      held: ['Note the number {v} for me.', 'I was given the number {v}.', 'Do not forget the number {v}.'],
    },
    also: 'my number is {v}',
    asked: {
      train: [
        'What is my number?',
        'Which number did I tell you?',
        'What was the number?',
        'Do you remember the number?',
        'Tell me the number.',
        'What is the number?',
        'What is my favourite number?',
        'Do you know my number?',
        'Which number is mine?',
      ],
      held: ['Do you still know the number?', 'What number did I give you?', 'Say the number again.'],
    },
    answer: 'Your number is {v}.',
    untold: untold('a number'),
  },
  pet: {
    value: (source) => source.pick(PETS),
    told: {
      train: [
        'I have a {v}.',
        'My pet is a {v}.',
        'I own a {v}.',
        'There is a {v} in my house.',
        'I live with a {v}.',
        'i have a {v}',
      ],
      held: ['At home I keep a {v}.', 'I have had a {v} for years.'],
    },
    also: 'I have a {v}',
    asked: {
      train: [
        'What pet do I have?',
        'Which animal do I have?',
        'What is my pet?',
        'Do you remember my pet?',
        'Which pet do I have?',
        'Tell me what pet I have.',
        'What animal do I own?',
      ],
      held: ['Do you still know my pet?', 'Which animal did I say I have?'],
    },
    answer: 'You have a {v}.',
    untold: untold('about a pet'),
  },
  job: {
    value: (source) => source.pick(JOBS),
    told: {
      train: [
        'I work as a {v}.',
        'My job is {v}.',
        'I am a {v}.',
        'I am a {v} by trade.',
        'My profession is {v}.',
        'I work as {v}.',
        'i work as a {v}',
      ],
      held: ['For a living I am a {v}.', 'I earn my money as a {v}.'],
    },
    also: 'I work as a {v}',
    asked: {
      train: [
        'What is my job?',
        'What do I do for work?',
        'What do I work as?',
        'What is my profession?',
        'Do you remember my job?',
        'Tell me my job.',
        'Which job do I have?',
      ],
      held: ['Do you still know my job?', 'What did I say I work as?'],
    },
    answer: 'You work as a {v}.',
    untold: untold('your job'),
  },
  food: {
    value: (source) => source.pick(FOODS),
    told: {
      train: [
        'My favourite food is {v}.',
        'I love to eat {v}.',
        'I like {v} most of all food.',
        'I like to eat {v}.',
        'The food I like best is {v}.',
      ],
      held: ['I could eat {v} every day.', 'Of all food I prefer {v}.'],
    },
    also: 'my favourite food is {v}',
    asked: {
      train: [
        'What is my favourite food?',
        'What do I like to eat?',
        'Which food do I like?',
        'Do you remember my favourite food?',
        'Tell me my favourite food.',
      ],
      held: ['Do you still know what I like to eat?', 'Which food did I say I like?'],
    },
    answer: 'Your favourite food is {v}.',
    untold: untold('your favourite food'),
  },
  hobby: {
    value: (source) => source.pick(HOBBIES),
    told: {
      train: [
        'My hobby is {v}.',
        'In my free time I enjoy {v}.',
        'I love {v}.',
        'My favourite hobby is {v}.',
        'I enjoy {v}.',
      ],
      held: ['I spend my free time with {v}.', 'After work I do some {v}.'],
    },
    also: 'my hobby is {v}',
    asked: {
      train: [
        'What is my hobby?',
        'What do I do in my free time?',
        'Which hobby do I have?',
        'Do you remember my hobby?',
        'Tell me my hobby.',
      ],
      held: ['Do you still know my hobby?', 'Which hobby did I tell you of?'],
    },
    answer: 'Your hobby is {v}.',
    untold: untold('your hobby'),
  },
}
/** Asked for most, and measured. */
const MAIN = ['name', 'city', 'number', 'colour']

const NOTED = 'I will remember that.'

const GREETED = ['Hi! ', 'Hello. ', 'Hello! ', 'Hi, ', 'Hey! ']

/** All that somebody has told, and the turns in which they did. */
export interface Told {
  turns: Exchange
  values: ReadonlyMap<string, string>
}

function traitOf(key: string): Trait {
  const trait = TRAITS[key]
  if (trait === undefined) throw new RangeError(`Nobody tells "${key}".`)
  return trait
}

/** Somebody tells one to four things, one or more in a turn. */
export function telling(source: Source, keys = keysOf(source)): Told {
  const values = new Map(keys.map((key) => [key, traitOf(key).value(source)]))
  const turns: Exchange = []
  let rest = keys
  while (rest.length > 0) {
    const count = source.chance(0.5) ? 1 : source.between(1, 3)
    const [first, ...others] = rest.slice(0, count)
    rest = rest.slice(count)
    if (first === undefined) break
    const sentence = (key: string) => source.say(traitOf(key).told, { v: values.get(key) ?? '' })
    const said =
      others.length > 0 && source.chance(0.5)
        ? joined(
            sentence(first),
            others.map((key) => filled(traitOf(key).also, { v: values.get(key) ?? '' })),
          )
        : [first, ...others].map(sentence).join(' ')
    const greeted = !source.isHeld && source.chance(0.2) ? `${source.pick(GREETED)}${said}` : said
    const name = [first, ...others].includes('name') ? values.get('name') : undefined
    turns.push(...exchange(greeted, name === undefined ? NOTED : `Nice to meet you, ${name}.`))
  }
  return { turns, values }
}

function joined(first: string, others: readonly string[]): string {
  const parts = [first.replace(/\.$/, ''), ...others]
  const last = parts.pop()
  return `${parts.join(', ')} and ${last}.`
}

function keysOf(source: Source): string[] {
  const main = source.sample(MAIN, source.between(1, 3))
  const others = source.sample(
    Object.keys(TRAITS).filter((key) => !MAIN.includes(key)),
    source.chance(0.4) ? 1 : 0,
  )
  return source.random.shuffled([...main, ...others])
}

/** Asks for something that was told. */
export function recalled(source: Source, { values }: Told, key = source.pick([...values.keys()])): Exchange {
  const trait = traitOf(key)
  const v = values.get(key) ?? ''
  return exchange(typed(source, source.say(trait.asked)), filled(trait.answer, { v }), {
    kind: 'contains',
    texts: [v],
  })
}

/** Asks for something that was not told. */
export function unheard(source: Source, { values }: Told): Exchange {
  const key = source.pick(Object.keys(TRAITS).filter((each) => !values.has(each)))
  const { asked, untold: answer } = traitOf(key)
  return exchange(typed(source, source.say(asked)), answer, { kind: 'contains', texts: ['have not told'] })
}

/** Says something again, word by word: what memory is made of. */
export function repeated(source: Source, words: readonly string[]): Exchange {
  const kind = source.random.next()
  const text =
    kind < 0.35
      ? source.some(2, 12, () => source.pick(words)).join(' ')
      : kind < 0.6
        ? source.some(1, 6, () => nameOf(source)).join(source.chance(0.5) ? ' ' : ', ')
        : kind < 0.8
          ? source.some(2, 8, () => numberOf(source)).join(' ')
          : source
              .some(3, 10, () => source.pick([source.pick(words), nameOf(source), String(numberOf(source))]))
              .join(' ')
  const frame = {
    train: [
      'Repeat: {t}',
      'Say {t}',
      'Repeat after me: {t}',
      'Copy this: {t}',
      'Echo {t}',
      'Repeat this: {t}',
    ],
    held: ['Say this again: {t}', 'Please echo: {t}'],
  }
  return exchange(source.say(frame, { t: text }), text)
}
