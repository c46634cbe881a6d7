import { cityOf, nameOf, numberOf } from '../families/people.ts'
import type { Frames, Source } from '../source.ts'
import { FOODS, HELD_TOPICS, TOPICS, WORDS } from './things.ts'

/** What a tool is given. */
export interface Parameter {
  name: string
  type: 'string' | 'integer'
  value: (source: Source) => string | number
}

/** A tool of the small world, with requests that it fits: parameters stand in them by name. */
export interface WorldTool {
  name: string
  descriptions: readonly string[]
  parameters: readonly Parameter[]
  asked: Frames
}

const topicOf = (source: Source) => source.pick(source.isHeld ? HELD_TOPICS : TOPICS)
const text = (name: string, value: (source: Source) => string): Parameter => ({ name, type: 'string', value })
const whole = (name: string, value: (source: Source) => number): Parameter => ({
  name,
  type: 'integer',
  value,
})

const DAYS = [
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
  'Sunday',
  'today',
  'tomorrow',
]
const LANGUAGES = ['French', 'German', 'Spanish', 'Italian', 'Polish', 'Dutch', 'Greek', 'Turkish']
const CURRENCIES = ['EUR', 'USD', 'GBP', 'CHF', 'JPY', 'SEK']
const PAGES = ['com', 'org', 'net', 'io']
const dayOf = (source: Source) => source.pick(DAYS)
const urlOf = (source: Source) =>
  `https://${source.chance(0.5) ? nameOf(source).toLowerCase() : source.pick(WORDS)}.${source.pick(PAGES)}${source.chance(0.5) ? `/${source.pick(WORDS)}` : ''}`
const expressionOf = (source: Source) => {
  const [a, b, c] = [numberOf(source), numberOf(source), source.between(2, 99)]
  return source.pick([
    `${a} * ${b}`,
    `${a} / ${c}`,
    `(${a} + ${b}) * ${c}`,
    `sqrt(${a})`,
    `${c}^${source.between(2, 9)}`,
    `${c}% of ${a}`,
    `derivative of ${c}x^2 + ${source.between(2, 9)}x`,
    `integral of ${c}x^3`,
    `${a} - ${b}`,
  ])
}
const listOf = (source: Source) => source.some(3, 6, () => source.between(1, 99)).join(', ')
const codeTask = (source: Source) =>
  source.pick([
    `the factorial of ${source.between(3, 40)}`,
    `the first ${source.between(3, 30)} squares`,
    `the word ${source.pick(WORDS)} backwards`,
    `the sum of 1 to ${source.between(5, 900)}`,
  ])

/** The product's own tools, and others that applications bring. */
export const WORLD_TOOLS: readonly WorldTool[] = [
  {
    name: 'web_search',
    descriptions: ['Search the web.', 'Finds pages on the internet.', 'Search the internet.'],
    parameters: [text('query', topicOf)],
    asked: {
      train: [
        'Search the web for {query}.',
        'Look up {query} online.',
        'Find {query} on the internet.',
        'Search online for {query}',
        'What does the web say about {query}?',
        'Search for news about {query}.',
        'Do a web search for {query}.',
        'Search the internet for {query}.',
      ],
      held: [
        'Have a look on the web for {query}.',
        'See what the internet has on {query}.',
        'I need a web search on {query}.',
      ],
    },
  },
  {
    name: 'search_documents',
    descriptions: [
      'Search the uploaded documents.',
      'Finds passages in your documents.',
      'Search your files.',
    ],
    parameters: [text('query', topicOf)],
    asked: {
      train: [
        'Search my documents for {query}.',
        'Look in my files for {query}.',
        'Find {query} in my documents.',
        'What do my documents say about {query}?',
        'Search the documents for {query}',
        'Which of my files mention {query}?',
      ],
      held: ['See if my documents have {query}.', 'Do my files say something about {query}?'],
    },
  },
  {
    name: 'math_calculator',
    descriptions: ['Evaluate a math expression.', 'Does exact mathematics.', 'A calculator.'],
    parameters: [text('expression', expressionOf)],
    asked: {
      train: [
        'Calculate {expression}',
        'Calculate {expression}.',
        'What is {expression}?',
        'Compute {expression}',
        'Work out {expression}',
        'Use the calculator for {expression}',
        'Evaluate {expression}',
        'How much is {expression}?',
      ],
      held: ['With the calculator find {expression}', 'Please do the math: {expression}'],
    },
  },
  {
    name: 'python_executor',
    descriptions: ['Run Python code.', 'Executes a Python program.', 'Writes and runs Python.'],
    parameters: [text('task', codeTask)],
    asked: {
      train: [
        'Use Python to print {task}.',
        'Run Python for {task}.',
        'Write and run Python code for {task}',
        'Execute Python to get {task}.',
        'With Python, compute {task}.',
      ],
      held: ['Let Python find {task}.', 'I want {task} by Python code.'],
    },
  },
  {
    name: 'fetch_url',
    descriptions: ['Fetch a web page.', 'Reads the text of a page.', 'Download a URL.'],
    parameters: [text('url', urlOf)],
    asked: {
      train: [
        'Fetch {url}',
        'Open {url}',
        'Read the page {url}',
        'Get {url} for me.',
        'What is on {url}',
        'Download {url}',
        'Open the page {url}',
      ],
      held: ['Have a look at the page {url}', 'Show me what stands on {url}'],
    },
  },
  {
    name: 'current_time',
    descriptions: ['Tells the current date and time.', 'Returns the current time.', 'The time now.'],
    parameters: [],
    asked: {
      train: [
        'What time is it?',
        'What is the time?',
        'Tell me the current time.',
        'What is the date today?',
        'What day is it?',
        'Which date is today?',
        'What is the current time?',
      ],
      held: ['Do you have the time?', 'Which day is today?'],
    },
  },
  {
    name: 'analyze_data',
    descriptions: [
      'Analyze numbers.',
      'Statistics for a list of numbers.',
      'Compute mean and spread of data.',
    ],
    parameters: [text('data', listOf)],
    asked: {
      train: [
        'Analyze {data}',
        'Analyze this data: {data}',
        'Give me statistics for {data}',
        'What is the mean of {data}?',
        'Analyze the numbers {data}',
        'Find the average of {data}',
      ],
      held: ['I need statistics on {data}', 'Here are numbers to analyze: {data}'],
    },
  },
  {
    name: 'remember',
    descriptions: ['Keep a note.', 'Remembers something for later.'],
    parameters: [text('note', (source) => `${source.pick(WORDS)} ${numberOf(source)}`)],
    asked: {
      train: ['Make a note: {note}', 'Keep this note: {note}', 'Save the note {note}', 'Note down {note}'],
      held: ['Put this into my notes: {note}', 'A note to keep: {note}'],
    },
  },
  {
    name: 'get_weather',
    descriptions: ['Get the weather of a city.', 'Current weather.', 'Weather by city.'],
    parameters: [text('city', cityOf)],
    asked: {
      train: [
        'What is the weather in {city}?',
        'How is the weather in {city}?',
        'Weather in {city}',
        'Get the weather for {city}.',
        'Tell me the weather in {city}.',
        "What's the weather like in {city}?",
      ],
      held: ['Is the weather good in {city}?', 'I am going to {city}. How is the weather there?'],
    },
  },
  {
    name: 'send_email',
    descriptions: ['Send an email.', 'Sends a mail to a person.'],
    parameters: [text('to', nameOf), text('subject', (source) => source.pick(WORDS))],
    asked: {
      train: [
        'Send an email to {to} about {subject}.',
        'Email {to} about {subject}.',
        'Send {to} an email with the subject {subject}.',
        'Write an email to {to} on {subject}.',
      ],
      held: ['Let {to} have an email about {subject}.', 'I want to email {to} on {subject}.'],
    },
  },
  {
    name: 'create_event',
    descriptions: ['Put an event into the calendar.', 'Create a calendar event.'],
    parameters: [text('title', (source) => source.pick(WORDS)), text('day', dayOf)],
    asked: {
      train: [
        'Create an event {title} on {day}.',
        'Put {title} into my calendar for {day}.',
        'Plan an event {title} for {day}.',
        'Add the event {title} on {day}.',
      ],
      held: ['On {day} there shall be an event {title}.', 'My calendar needs {title} on {day}.'],
    },
  },
  {
    name: 'translate',
    descriptions: ['Translate a text.', 'Translates words into another language.'],
    parameters: [
      text('text', (source) => source.some(1, 3, () => source.pick(WORDS)).join(' ')),
      text('language', (source) => source.pick(LANGUAGES)),
    ],
    asked: {
      train: [
        'Translate {text} into {language}.',
        'Translate "{text}" to {language}.',
        'What is {text} in {language}?',
        'How do you say {text} in {language}?',
      ],
      held: ['I need {text} translated into {language}.', 'In {language}, what is {text}?'],
    },
  },
  {
    name: 'convert_currency',
    descriptions: ['Convert money.', 'Converts an amount into another currency.'],
    parameters: [whole('amount', numberOf), text('currency', (source) => source.pick(CURRENCIES))],
    asked: {
      train: [
        'Convert {amount} to {currency}.',
        'How much is {amount} in {currency}?',
        'Change {amount} into {currency}.',
        'Convert {amount} dollars into {currency}.',
      ],
      held: ['I have {amount}. What is that in {currency}?', 'Turn {amount} into {currency}.'],
    },
  },
  {
    name: 'play_music',
    descriptions: ['Play a song.', 'Plays music by a name.'],
    parameters: [text('song', (source) => source.some(1, 3, () => source.pick(WORDS)).join(' '))],
    asked: {
      train: ['Play {song}.', 'Play the song {song}.', 'Put on {song}.', 'I want to hear {song}.'],
      held: ['Let me hear the song {song}.', 'Start the music {song}.'],
    },
  },
  {
    name: 'set_timer',
    descriptions: ['Set a timer.', 'Starts a timer of some minutes.'],
    parameters: [whole('minutes', (source) => source.between(1, 120))],
    asked: {
      train: [
        'Set a timer for {minutes} minutes.',
        'Start a timer of {minutes} minutes.',
        'Timer: {minutes} minutes',
        'Wake me in {minutes} minutes.',
      ],
      held: ['I need a timer of {minutes} minutes.', 'Let a timer run for {minutes} minutes.'],
    },
  },
  {
    name: 'book_table',
    descriptions: ['Book a table.', 'Reserves a table in a restaurant.'],
    parameters: [whole('people', (source) => source.between(1, 20)), text('day', dayOf)],
    asked: {
      train: [
        'Book a table for {people} on {day}.',
        'Reserve a table for {people} people on {day}.',
        'I need a table for {people} on {day}.',
      ],
      held: ['On {day} we need a table for {people}.', 'Get me a table for {people} on {day}.'],
    },
  },
  {
    name: 'order_food',
    descriptions: ['Order food.', 'Orders a dish.'],
    parameters: [
      text('dish', (source) => source.pick(FOODS)),
      whole('count', (source) => source.between(1, 12)),
    ],
    asked: {
      train: [
        'Order {count} {dish}.',
        'I want {count} {dish}.',
        'Get me {count} {dish}.',
        'Please order {count} times {dish}.',
      ],
      held: ['We would like {count} {dish}.', 'Bring us {count} {dish}.'],
    },
  },
  {
    name: 'find_contact',
    descriptions: ['Find a contact.', 'Looks up a person in the address book.'],
    parameters: [text('name', nameOf)],
    asked: {
      train: [
        'Find the contact {name}.',
        'Look up {name} in my contacts.',
        'Who is {name} in my contacts?',
        'Get the number of {name}.',
      ],
      held: ['Is {name} in my address book?', 'I need the contact of {name}.'],
    },
  },
]

const VERBS = [
  'get',
  'find',
  'open',
  'close',
  'list',
  'delete',
  'create',
  'check',
  'move',
  'count',
  'paint',
  'lock',
  'print',
  'share',
] as const

/** Words of which tools are made that are never learned. */
const HELD_WORDS = 12
const PARAMETERS: readonly Parameter[] = [
  text('name', nameOf),
  text('city', cityOf),
  text('day', dayOf),
  whole('number', numberOf),
  whole('id', (source) => source.between(1, 9_999)),
]
const BESIDE: Readonly<Record<string, Frames>> = {
  name: {
    train: ['for {name}', 'of {name}', 'with the name {name}'],
    held: ['belonging to {name}', 'for {name}'],
  },
  city: { train: ['in {city}', 'from {city}'], held: ['at {city}', 'in {city}'] },
  day: { train: ['on {day}', 'for {day}'], held: ['on {day}'] },
  number: { train: ['with the number {number}', 'number {number}'], held: ['that has the number {number}'] },
  id: { train: ['with the id {id}', 'id {id}'], held: ['that has the id {id}'] },
}

/** A tool that no application has: what it does stands in its name, so choosing it cannot be known by heart. */
export function madeUpTool(source: Source): WorldTool {
  const verb = source.pick(VERBS)
  const thing = source.pick(source.isHeld ? WORDS.slice(-HELD_WORDS) : WORDS.slice(0, -HELD_WORDS))
  const parameters = source.sample(PARAMETERS, source.pick([0, 1, 1, 1, 2]))
  const gaps = (side: 'train' | 'held') =>
    parameters.map(({ name }) => ` ${source.pick(BESIDE[name]?.[side] ?? [`{${name}}`])}`).join('')
  const said = (side: 'train' | 'held', frames: readonly string[]) =>
    frames.map((frame) => `${frame}${gaps(side)}.`)
  return {
    name: `${verb}_${thing}`,
    descriptions: [`${verb} a ${thing}.`, `Can ${verb} a ${thing}.`, `To ${verb} the ${thing}.`],
    parameters,
    asked: {
      train: said('train', [
        `Please ${verb} the ${thing}`,
        `I want to ${verb} a ${thing}`,
        `Can you ${verb} the ${thing}`,
        `${verb} a ${thing}`,
        `Help me to ${verb} a ${thing}`,
      ]),
      held: said('held', [`It is time to ${verb} the ${thing}`, `Would you ${verb} a ${thing}`]),
    },
  }
}
