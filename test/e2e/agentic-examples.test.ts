import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { Stack } from './support/stack.ts'

/** Pages that the search engine of these tests knows. */
const PAGES = [
  { title: 'Chips', url: 'https://news.example/chips', words: 'New chips were shown on Monday.' },
  { title: 'Models', url: 'https://news.example/models', words: 'A small model was released.' },
  { title: 'Rules', url: 'https://news.example/rules', words: 'Rules for AI were agreed on.' },
  { title: 'Fourth', url: 'https://news.example/fourth', words: 'More news.' },
]
const CONTRACT =
  'Rent is due on the first day of each month. Either party may terminate this contract with 30 days notice. Pets are allowed.'

const web = `${inject('searchServer')}/examples`
let stack: Stack
let token: string

beforeAll(async () => {
  await fetch(web, { method: 'PUT', body: JSON.stringify({ pages: PAGES }) })
  stack = await Stack.start({ SEARXNG_URL: `${web}/searxng` })
  // The one that comes along, and not the tests' own: what a stranger tries first is to be answered as the page shows it.
  await stack.addNode({ model: 'gpu-node/models/starter.gguf' })
  const logIn = await fetch(`${stack.url}/agentic/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: 'administrator' }),
  })
  token = ((await logIn.json()) as { access_token: string }).access_token
})
afterAll(() => stack.close())

interface Answer {
  choices: { message: { content: string } }[]
  x_session_id: string
  x_agent?: { steps: { tool: string; decided_by: string; ok: boolean }[] }
  x_citations?: unknown[]
}

const authorization = () => ({ authorization: `Bearer ${token}` })

async function ask(content: string, more: object = {}): Promise<Answer> {
  const response = await fetch(`${stack.url}/agentic/v1/chat/completions`, {
    method: 'POST',
    headers: { ...authorization(), 'content-type': 'application/json' },
    // The likeliest words: what is said is compared to the letter.
    body: JSON.stringify({
      model: 'starter',
      temperature: 0,
      messages: [{ role: 'user', content }],
      ...more,
    }),
  })
  expect(response.status).toBe(200)
  return (await response.json()) as Answer // as the page describes it
}

async function upload(path: string, name: string, text: string): Promise<void> {
  const form = new FormData()
  form.append('file', new File([text], name))
  const response = await fetch(stack.url + path, { method: 'POST', headers: authorization(), body: form })
  expect(response.ok).toBe(true)
}

const contentOf = ({ choices }: Answer) => choices[0]?.message.content

const FINDINGS = [
  '1. Chips: “New chips were shown on Monday.” (https://news.example/chips)',
  '2. Models: “A small model was released.” (https://news.example/models)',
  '3. Rules: “Rules for AI were agreed on.” (https://news.example/rules)',
]

describe('the page’s examples, with the starter model', () => {
  it('1: answers a plain question, and greets', async () => {
    const messages = [
      { role: 'system', content: 'You are a helpful assistant.' },
      { role: 'user', content: 'What is the capital of France?' },
    ]
    expect(contentOf(await ask('', { messages }))).toBe('The capital of France is Paris.')
    expect(contentOf(await ask('Hello, how are you?'))).toBe('I am fine, thank you. How can I help you?')
  })

  it('2: searches the web and tells the top three findings', async () => {
    const answer = await ask('Search for the latest news about AI and summarize the top 3 findings', {
      agent_type: 'auto',
    })
    expect(contentOf(answer)?.split('\n')).toEqual([
      'The web search for “latest news about AI” found:',
      ...FINDINGS,
    ])
    expect(answer.x_agent?.steps).toMatchObject([{ tool: 'web_search', decided_by: 'rule', ok: true }])
  })

  it('3: answers from an uploaded document', async () => {
    await upload('/agentic/api/files/upload', 'contract.txt', CONTRACT)
    const answer = await ask(
      'Based on the uploaded contract document, what are the termination conditions?',
      { agent_type: 'auto' },
    )
    expect(contentOf(answer)).toBe(
      'contract.txt says: “Either party may terminate this contract with 30 days notice.”',
    )
    expect(answer.x_citations).not.toEqual([])
  })

  it('4: searches and analyses data at once', async () => {
    await upload('/dualquery/api/datasets/upload', 'temperatures.csv', 'city,celsius\nSeoul,10\nBusan,18\n')
    const answer = await ask('Search for weather in Seoul AND analyze the uploaded temperature data', {
      agent_type: 'plan_execute',
    })
    expect(contentOf(answer)).toContain('The web search for “weather in Seoul” found:\n1. Chips')
    expect(contentOf(answer)).toContain('temperatures.csv holds:\n- city: text, 2 values, most often "')
    expect(contentOf(answer)).toContain('- celsius: numbers, 2 values, least 10, greatest 18, mean 14')
  })

  it('5: knows what was said before in a session', async () => {
    const { x_session_id: session_id } = await ask('My name is Alice and I live in Paris')
    expect(contentOf(await ask('Where do I live?', { session_id }))).toBe(
      'You mentioned that you live in Paris.',
    )
  })

  it('6: returns a derivative', async () => {
    const answer = await ask('Calculate the derivative of x^3 + 2x^2 - 5x + 7')
    expect(contentOf(answer)).toBe('3x^2 + 4x - 5')
    expect(answer.x_agent?.steps).toMatchObject([{ tool: 'math_calculator', decided_by: 'rule' }])
  })

  it('7: runs the program that a model writes, or says plainly what failed', async () => {
    const answer = await ask('Write Python code to calculate factorial of 10 and execute it')
    expect(contentOf(answer)).toMatch(
      /^(?:3628800|The program that the model wrote did not run: .+|The model did not write a program\.)/s,
    )
  })

  it('8: searches where an agent is forced', async () => {
    const answer = await ask('Search for AI news', { agent_type: 'react' })
    expect(contentOf(answer)).toContain(['The web search for “AI news” found:', ...FINDINGS].join('\n'))
  })
})

it('the examples of Rajora’s page are answered by it, too', async () => {
  for (const [asked, answer] of [
    [
      'Explain quantum computing',
      'Quantum computing is a type of computation with quantum bits, which can be 0 and 1 at once.',
    ],
    ['Hello!', 'Hello! How can I help you?'],
  ]) {
    const response = await fetch(`${stack.url}/rajora/api/chat/completions`, {
      method: 'POST',
      headers: { ...authorization(), 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'starter',
        messages: [{ role: 'user', content: asked }],
        temperature: 0,
      }),
    })
    expect(await response.json()).toMatchObject({ content: answer })
  }
})
