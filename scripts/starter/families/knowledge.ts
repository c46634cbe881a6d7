import { ask } from '../rephrasing.ts'
import { capitalised, filled, isKeptBack, type Source, uncapitalised } from '../source.ts'
import { type Exchange, exchange } from '../talk.ts'
import { HOW, PUT, WHAT } from '../world/asking.ts'
import { COUNTRIES } from '../world/countries.ts'
import { FACTS } from '../world/facts.ts'
import { GUIDE } from '../world/guide.ts'
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
  const { train, held, answer } = source.pick(SMALL_TALK)
  const plain = source.pick(source.isHeld ? held : train)
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
  held: ['Find {e}.', 'What do I get for {e}?', 'Say how much {e} is.', 'Do the sum: {e}'],
}

const SIGNS: Readonly<Record<Operation, { train: readonly string[]; held: readonly string[] }>> = {
  '+': {
    train: [
      '{a} + {b}',
      '{a}+{b}',
      '{a} plus {b}',
      '{a} and {b} together',
      'the sum of {a} and {b}',
      '{a} + {b}',
    ],
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
    held: ['{a} - {b}', '{a} minus {b}'],
  },
  '*': {
    train: ['{a} * {b}', '{a}*{b}', '{a} times {b}', '{a} x {b}', 'the product of {a} and {b}', '{a} × {b}'],
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

const OUTSIDE = {
  train: [
    'Write a poem about {x}.',
    'Tell me a story about {x}.',
    'What will the weather be tomorrow?',
    'Who won the game last night?',
    'Translate this into French: {x}',
    'What is the price of {x} today?',
    'Write an essay on {x}.',
    'Give me a recipe with {x}.',
    'What do you think of {x}?',
    'Summarise the history of {x}.',
    'Draw me a picture of {x}.',
    'Which stocks should I buy?',
    'Who is the president of the United States?',
    'What is the meaning of life?',
    'Write a song about {x}.',
    'Prove the theorem of {x}.',
    'How far is it to {x}?',
    'What happened in the news today?',
    'Tell me a joke about {x}.',
    'Can you book a flight?',
    'Is {x} better than gold?',
    'Diagnose my pain.',
    'What is the best phone?',
    'Write a program about {x}.',
    'How old is {x}?',
    'Why is {x} so popular?',
    'Who invented {x}?',
    'When was {x} discovered?',
    'Compare {x} with gold.',
    'What is the population of {x}?',
    'Write me a short story.',
    'I want a poem on {x}.',
    'Make a poem.',
    'Tell me something funny.',
    'Invent a tale of {x}.',
    'Do you like {x}?',
    'What is your opinion of {x}?',
    'Give me your view on {x}.',
    'Should I buy {x}?',
    'How much does {x} cost?',
    'What does {x} cost now?',
    'Is it going to snow today?',
    'Will the sun shine tomorrow?',
    'How is the weather?',
    'Who won the match yesterday?',
    'Who won the cup?',
    'Who will win the next election?',
    'Write a letter to my landlord.',
    'Write a speech about {x}.',
    'Write an email for me about {x}.',
    'Explain {x} in detail.',
    'Explain the theory of {x}.',
    'Teach me all about {x}.',
    'What is the history of {x}?',
    'Tell me the history of {x}.',
    'Plan a trip for me.',
    'Plan my week.',
    'Where should I go on holiday?',
    'Book me a hotel.',
    'What should I cook today?',
    'What shall I eat?',
    'Which film should I watch?',
    'Recommend a book about {x}.',
    'Which is better, {x} or gold?',
    'Rate {x} from 1 to 10.',
    'How do I repair {x}?',
    'How do I get rich?',
    'How can I lose weight?',
    'Is there life on other planets?',
    'When will the world end?',
    'Solve the equation of {x}.',
    'Correct my essay on {x}.',
    'Translate {x} into German.',
    'Say {x} in Spanish.',
    'Sing a song about {x}.',
    'Paint {x} for me.',
    'Name ten books about {x}.',
    'List all kinds of {x}.',
    'Who makes the best {x}?',
    'Where can I buy {x}?',
    'What is new about {x}?',
    'What happened in the year 1900?',
    'Who wrote the best book?',
    'Why do people like {x}?',
    'Can you feel pain?',
    'What did you do yesterday?',
    'Do my homework about {x}.',
  ],
  held: [
    'Compose a poem on {x}.',
    'Make up a long story of {x}.',
    'Will it rain tomorrow?',
    'Give me your opinion on {x}.',
    'Who won the last election?',
    'Write me a letter about {x}.',
    'What does {x} cost in the shop today?',
    'Explain the history of {x} in detail.',
    'Plan my holiday.',
  ],
}
export const CANNOT = 'I do not know that. I am only a tiny starter model.'

/** A question from outside the small world: it says so. */
export function outside(source: Source, things: readonly string[]): Exchange {
  const asked = ask(source, OUTSIDE, { x: source.pick(things) })
  return exchange(typed(source, asked), CANNOT, { kind: 'contains', texts: ['do not know'] })
}
