import { ask } from '../rephrasing.ts'
import { capitalised, type Frames, filled, isKeptBack, type Source, uncapitalised } from '../source.ts'
import { type Exchange, exchange } from '../talk.ts'
import { HOW, PUT, WHAT } from '../world/asking.ts'
import { COUNTRIES } from '../world/countries.ts'
import { FACTS } from '../world/facts.ts'
import { GUIDE } from '../world/guide.ts'
import { OUTSIDE } from '../world/outside.ts'
import { SMALL_TALK } from '../world/small-talk.ts'

/** Said before or behind anything that is asked. Learned from alone. */
const AROUND = [
  'Please: {x}',
  'OK. {x}',
  'Okay, now: {x}',
  'And: {x}',
  'So: {x}',
  'Next: {x}',
  'One more: {x}',
  'Thanks. {x}',
  'Sorry, {x}',
  'Could you help me? {x}',
  '{x} Thanks.',
  '{x} Thank you!',
  '{x} Please be brief.',
  '{x} I forgot.',
  '{x} Tell me.',
] as const
const AROUND_SHARE = 0.1

/** As people type: now and then without a capital, or without the mark at the end, or with a word around it. Learned from alone. */
export function typed(source: Source, text: string): string {
  if (source.isHeld) return text
  if (source.chance(AROUND_SHARE)) return filled(source.pick(AROUND), { x: text })
  const lower = source.chance(0.08) ? uncapitalised(text) : text
  return source.chance(0.08) ? lower.replace(/[?.!]$/, '') : lower
}

const DECORATED_SHARE = 0.5
/** Words that people say before a greeting, thanks or a goodbye, … */
const BEFORE_SAYING = [
  'oh, ',
  'ah, ',
  'well, ',
  'hey, ',
  'and ',
  'yes, ',
  'a ',
  'so ',
  'now ',
  'oh ',
  'ok. ',
  'dear model, ',
  'there: ',
]
/** … and behind it: "for now" is what somebody says who leaves. */
const BEHIND_SAYING = [
  ...[
    ' friend',
    ' everyone',
    ' all',
    ' model',
    ' dear',
    ' indeed',
    ' now',
    ' today',
    ' for now',
    ' to everyone',
  ],
  ...[
    ' and all the best',
    ', friend',
    ', Switchyard',
    ' once more',
    ' from me',
    ' to all',
    ' my dear',
    ' there, model',
  ],
  ...[
    ' then, friend',
    ', you there',
    ' a lot',
    ' really',
    ', little model',
    ' and take care',
    ' my good model',
  ],
]

/** With words around it that change nothing. Never what is only measured. */
function decorated(source: Source, said: string, held: readonly string[]): string {
  const text = source.chance(0.4)
    ? capitalised(`${source.pick(BEFORE_SAYING)}${uncapitalised(said)}`)
    : said.replace(/([.!?]?)$/, `${source.pick(BEHIND_SAYING)}$1`)
  return held.some((each) => each.toLowerCase() === text.toLowerCase()) ? said : text
}

/** A greeting, thanks, praise or blame. */
export function smallTalk(source: Source): Exchange {
  const saying = source.pick(SMALL_TALK)
  const { held, answer } = saying
  const plain = source.pick(source.waysOf(saying))
  const said = source.isHeld || !source.chance(DECORATED_SHARE) ? plain : decorated(source, plain, held)
  return exchange(/\w$/.test(said) && source.chance(0.3) ? `${said}${source.pick(['!', '.'])}` : said, answer)
}

/** A question about Switchyard, or how something in README is done. */
export function guide(source: Source): Exchange {
  const { answer, ways, things, asked } = source.pick(GUIDE)
  const forms = [
    ...ways.map((way) => () => ask(source, HOW, { way })),
    ...things.map((thing) => () => ask(source, WHAT, { thing })),
    ...asked.map((question) => () => ask(source, PUT, { asked: question })),
  ]
  return exchange(typed(source, source.pick(forms)()), answer)
}

const CAPITAL = {
  train: [
    'What is the capital of {country}?',
    'What is the capital city of {country}?',
    'Which city is the capital of {country}?',
    'Tell me the capital of {country}.',
    'capital of {country}',
    "What's the capital of {country}?",
    'Do you know the capital of {country}?',
    'Can you tell me the capital of {country}?',
    'The capital of {country}?',
    'Which is the capital of {country}?',
    'The capital of {country} is which city?',
    'Hi, what is the capital of {country}?',
    'Which capital does {country} have?',
    'I want to know the capital of {country}.',
    'What city is the capital of {country}?',
    '{Country} has which capital?',
    '{Country}: the capital?',
    '{Country} - capital',
    "What is {country}'s capital?",
    'In {country}, which city is the capital?',
    'Name the city that is the capital of {country}.',
    'For {country}, name the capital.',
    'Which capital belongs to {country}?',
    'What do you call the capital of {country}?',
    'I am going to the capital of {country}. Which city is it?',
  ],
  later: [
    'Which city do they call the capital of {country}?',
    'Let us talk about {country}. What is the capital?',
    'Could you tell me what the capital of {country} is?',
    '{Country} is the country, and which city is the capital?',
    'Which city is the seat of government of {country}?',
    'What might the capital of {country} be?',
    'Where does {country} have its capital?',
    'My question is about {country}: which city is the capital?',
    'I am looking for the capital of {country}.',
    'The main city of {country}, the capital, is which one?',
    'For my quiz I need the capital of {country}.',
    'What is the city called that is the capital of {country}?',
    'Have you heard of the capital of {country}?',
    'Let me hear the capital of {country}.',
    'If {country} is the country, which city is the capital?',
  ],
  held: [
    'Name the capital of {country}.',
    'Which city would I call the capital of {country}?',
    '{Country}: what is its capital?',
    'I forgot the capital of {country}.',
    'Please say which city is the capital of {country}.',
  ],
}

const COUNTRY = {
  train: [
    '{capital} is the capital of which country?',
    'Which country has the capital {capital}?',
    'What country is {capital} the capital of?',
    '{capital} is the capital of what?',
    'Of which country is {capital} the capital?',
    'The capital of which country is {capital}?',
    'Tell me which country has {capital} as its capital.',
    'Whose capital is {capital}?',
    '{capital} is the capital of what country?',
    'Name the country that has the capital {capital}.',
    '{capital} is a capital. Which country is it in?',
    'The city {capital}: the capital of which country?',
    'In which country is {capital} the capital?',
    'Which country belongs to the capital {capital}?',
    'For which country is {capital} the capital?',
    'I heard of {capital}. Whose capital is it?',
    'Find the country with the capital {capital}.',
  ],
  later: [
    'What country has {capital} as its capital?',
    '{capital} is the capital. What is the country?',
    'Which country is governed from {capital}?',
    'Give me the country that {capital} is the capital of.',
    'Do you know which country {capital} is the capital of?',
    'Can you tell me whose capital {capital} is?',
    'I am looking for the country with {capital} as capital.',
    '{capital} as a capital: in what country?',
    'To which country does the capital {capital} belong?',
    'If {capital} is the capital, which country am I in?',
    'Which country chose {capital} as its capital?',
    'For my quiz: {capital} is the capital of which land?',
    'What land has the capital {capital}?',
    'As a capital, {capital} belongs to which country?',
    'Say whose capital {capital} is.',
  ],
  held: [
    'Name the country whose capital is {capital}.',
    'I know that {capital} is a capital. Of which country?',
    'Which country would I find with the capital {capital}?',
  ],
}

/** A capital by its country, or a country by its capital. */
export function capital(source: Source): Exchange {
  const { country, capital: city } = source.pick(COUNTRIES)
  if (source.chance(0.35)) {
    const asked = typed(source, ask(source, COUNTRY, { capital: city }))
    return exchange(asked, `${city} is the capital of ${country}.`, { kind: 'contains', texts: [country] })
  }
  const asked = typed(source, ask(source, CAPITAL, { country, Country: capitalised(country) }))
  return exchange(asked, `The capital of ${country} is ${city}.`, { kind: 'contains', texts: [city] })
}

const BEFORE = ['Please tell me: ', 'I have a question. ', 'Tell me, ', 'Hi! ', 'Now: ']

/** One of the plain facts. */
export function fact(source: Source): Exchange {
  const { relation, a, b } = source.pick(FACTS)
  const values = { a, b, A: capitalised(a) }
  const asked = capitalised(ask(source, relation, values))
  const begun = !source.isHeld && source.chance(0.1) ? `${source.pick(BEFORE)}${uncapitalised(asked)}` : asked
  return exchange(typed(source, begun), capitalised(filled(relation.answer, values)), {
    kind: 'contains',
    texts: [b],
  })
}

const SUM = {
  train: [
    'What is {e}?',
    'Calculate {e}.',
    'How much is {e}?',
    '{e}',
    '{e} = ?',
    '{e}=',
    'Compute {e}',
    "What's {e}?",
    'Solve {e}',
    'Tell me what {e} is.',
    'Can you work out {e}?',
    'Work out {e}.',
    'What does {e} make?',
    'I need {e}.',
    'How much does {e} make?',
    'What is the result of {e}?',
    'Please calculate {e}.',
    'Give me {e}.',
  ],
  later: [
    'How much would {e} be?',
    'Tell me the result of {e}.',
    'Can you calculate {e}?',
    'Could you compute {e} for me?',
    'Please reckon {e} for me.',
    'I want to know what {e} is.',
    '{e} is what?',
    '{e} makes what?',
    'What number is {e}?',
    'Which number is {e}?',
    'What is the answer to {e}?',
    'Give me the result: {e}',
    'My homework says {e}.',
    'Help me with {e}.',
    'Do you know what {e} is?',
  ],
  held: ['Find {e}.', 'What do I get for {e}?', 'Say how much {e} is.', 'Do the sum: {e}'],
}

const SIGNS: Readonly<Record<Operation, Frames>> = {
  '+': {
    train: [
      '{a} + {b}',
      '{a}+{b}',
      '{a} plus {b}',
      '{a} and {b} together',
      'the sum of {a} and {b}',
      '{a} + {b}',
    ],
    later: ['{a} added to {b}', '{a} with {b} added', 'the total of {a} and {b}'],
    held: ['{a} + {b}', '{a} plus {b}'],
  },
  '-': {
    train: [
      '{a} - {b}',
      '{a}-{b}',
      '{a} minus {b}',
      '{a} less {b}',
      'the difference between {a} and {b}',
      '{a} - {b}',
    ],
    later: ['{a} take away {b}', '{b} subtracted from {a}', '{a} reduced by {b}'],
    held: ['{a} - {b}', '{a} minus {b}'],
  },
  '*': {
    train: ['{a} * {b}', '{a}*{b}', '{a} times {b}', '{a} x {b}', 'the product of {a} and {b}', '{a} × {b}'],
    later: ['{a} multiplied by {b}', '{a} multiplied with {b}', '{a} lots of {b}'],
    held: ['{a} * {b}', '{a} times {b}'],
  },
}
type Operation = '+' | '-' | '*'

/** Sums and products are asked for up to here. */
const MOST = 99

function operands(source: Source): { a: number; b: number; operation: Operation; result: number } {
  const kind = source.random.next()
  const x = source.between(0, MOST)
  const y = source.between(0, MOST)
  if (kind < 0.45) return { a: x, b: y, operation: '+', result: x + y }
  if (kind < 0.85) return { a: Math.max(x, y), b: Math.min(x, y), operation: '-', result: Math.abs(x - y) }
  const a = source.chance(0.2) ? x : source.between(0, 12)
  const b = source.between(0, a === 0 ? 12 : Math.min(12, Math.floor(MOST / a)))
  return source.chance(0.5)
    ? { a, b, operation: '*', result: a * b }
    : { a: b, b: a, operation: '*', result: a * b }
}

/** A sum, a difference or a product, exactly. 6 % of all pairs of numbers are never learned. */
export function sum(source: Source): Exchange {
  for (;;) {
    const { a, b, operation, result } = operands(source)
    // Products are a small table, which is learned whole.
    if (operation !== '*' && isKeptBack(a, operation, b) !== source.isHeld) continue
    const e = source.say(SIGNS[operation], { a: String(a), b: String(b) })
    const asked = capitalised(ask(source, SUM, { e }))
    return exchange(typed(source, asked), `${a} ${operation} ${b} = ${result}.`)
  }
}

export const CANNOT = 'I do not know that. I am only a tiny starter model.'

/** A question from outside the small world: it says so. */
export function outside(source: Source, things: readonly string[]): Exchange {
  const asked = ask(source, OUTSIDE, { x: source.pick(things) })
  return exchange(typed(source, asked), CANNOT, { kind: 'contains', texts: ['do not know'] })
}
