import { nameOf, numberOf } from '../../families/people.ts'
import type { Source } from '../../source.ts'
import { HELD_TOPICS, TOPICS, WORDS } from '../things.ts'
import { text, type WorldTool } from './world-tool.ts'

const topicOf = (source: Source) => source.pick(source.isHeld ? HELD_TOPICS : TOPICS)
const PAGES = ['com', 'org', 'net', 'io']
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

/** The product's own tools. */
export const PRODUCT_TOOLS: readonly WorldTool[] = [
  {
    name: 'web_search',
    descriptions: ['Search the web.', 'Finds pages on the internet.', 'Search the internet.'],
    parameters: [text('query', topicOf)],
    asked: {
      train: [
        'Google {query}.',
        'Please find pages on {query}.',
        'What is there on the web about {query}?',
        'I want to read about {query} online.',
        'Web search: {query}',
        'Look on the internet for {query}.',
        'Are there pages about {query}?',
        'Get me news of {query} from the web.',
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
        'Are there documents about {query}?',
        'Is {query} in my files?',
        'Show me my documents on {query}.',
        'Where do my files speak of {query}?',
        'Look through the documents for {query}.',
        'Document search: {query}',
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
        'Do {expression} for me',
        'Solve {expression} with the calculator',
        'The calculator shall do {expression}',
        'Use mathematics for {expression}',
        'Tell me what {expression} is',
        'I need the value of {expression}',
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
        'Write a Python program for {task}.',
        'Python: {task}',
        'Use a Python program to get {task}.',
        'I need Python to compute {task}.',
        'Give me {task} with Python.',
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
        'Read {url}',
        'Please load {url}',
        'What does {url} say',
        'Tell me what {url} is about',
        'Visit {url}',
        'I want to read {url}',
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
        'How late is it?',
        'Tell me the date.',
        'What day do we have?',
        'Say the time, please.',
        'Give me the current date.',
        'What is the hour?',
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
        'Statistics of {data}',
        'Look at the numbers {data}',
        'Do statistics for {data}',
        'What can you say about the data {data}',
        'Please analyze {data}',
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
      train: [
        'Remember this: {note}',
        'Write down {note}',
        'I want to keep {note}',
        'Please store the note {note}',
        'Make a note: {note}',
        'Keep this note: {note}',
        'Save the note {note}',
        'Note down {note}',
      ],
      held: ['Put this into my notes: {note}', 'A note to keep: {note}'],
    },
  },
]
