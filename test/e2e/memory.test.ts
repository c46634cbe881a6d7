import { EventSource } from 'eventsource'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BadProxy } from './support/bad-proxy.ts'
import { Stack } from './support/stack.ts'

let stack: Stack
/** Between the node and the edge: an answer comes slowly, so that there is a middle of it. */
let slowly: BadProxy
/** Between the student and the edge. */
let line: BadProxy
let token: string

beforeAll(async () => {
  stack = await Stack.start()
  slowly = await BadProxy.start(stack.url, { delayMs: [10, 20], partBytes: 60 })
  line = await BadProxy.start(stack.url)
  await stack.addNode({ edge: slowly.origin })
  const login = await fetch(`${stack.url}/agentic/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: 'administrator' }),
  })
  token = ((await login.json()) as { access_token: string }).access_token
})
afterAll(async () => {
  await stack.close()
  await slowly.close()
  await line.close()
})

describe('the openai client on the agentic surface, against a real node with the starter model', () => {
  const ask = (content: string, session_id?: string) => ({
    model: 'starter',
    temperature: 0,
    messages: [{ role: 'user' as const, content }],
    ...(session_id === undefined ? {} : { session_id }),
  })
  const clientOf = () => new OpenAI({ baseURL: `${stack.url}/agentic/v1`, apiKey: token, maxRetries: 0 })
  type WithSession = { x_session_id: string }

  it('is remembered by its session alone', async () => {
    const client = clientOf()
    const first = await client.chat.completions.create(ask('My name is Alice.'))
    const { x_session_id } = first as unknown as WithSession
    const second = await client.chat.completions.create(ask('What is my name?', x_session_id))
    // A rule quotes what was told, as models of this size cannot be trusted to.
    expect(second.choices[0]?.message.content).toBe('You mentioned that your name is Alice.')
    expect(second).toMatchObject({ x_session_id, choices: [{ finish_reason: 'stop' }] })
  })

  it('is remembered by a streamed answer too', async () => {
    const client = clientOf()
    const session_id = `session-${crypto.randomUUID()}`
    const chunks = []
    for (const content of ['My name is Alice.', 'What is my name?']) {
      chunks.length = 0
      const stream = await client.chat.completions.create({ ...ask(content, session_id), stream: true })
      for await (const chunk of stream) chunks.push(chunk)
    }
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(
      'You mentioned that your name is Alice.',
    )
    for (const chunk of chunks) expect(chunk).toMatchObject({ x_session_id: session_id })
  })
})

interface Heard {
  pieces: string[]
  ids: string[]
  /** On which connection each piece came, counted from 1. */
  connections: number[]
  /** How often the stream was opened. */
  opens: number
  /** The status with which the last connection was answered. */
  status: number | undefined
  error: string | undefined
}

describe('an EventSource on the SIRA surface', () => {
  const post = async <Body>(path: string, body: object) => {
    const response = await fetch(`${stack.url}/sira${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    })
    expect(response.status).toBe(201)
    return (await response.json()) as Body
  }

  async function begin(): Promise<string> {
    const profile = await post<{ id: string }>('/api/profiles', { profile_name: 'CS Track' })
    const started = await post<{ session_id: string }>('/api/conversations', {
      profile_id: profile.id,
      title: 'Programs',
    })
    return started.session_id
  }

  const urlOf = (origin: string, session_id: string) =>
    `${origin}/sira/api/conversations/stream?${new URLSearchParams({ token, session_id, message: 'Hello! Who are you?' })}`

  /** Listens until the server says that there is no more to come back for. */
  const listen = (url: string, onPiece: (count: number) => void = () => {}): Promise<Heard> =>
    new Promise((resolve) => {
      const heard: Heard = {
        pieces: [],
        ids: [],
        connections: [],
        opens: 0,
        status: undefined,
        error: undefined,
      }
      const source = new EventSource(url)
      source.addEventListener('open', () => {
        heard.opens += 1
      })
      source.addEventListener('message', ({ data, lastEventId }) => {
        const event = JSON.parse(data) as { type: string; content?: string; message?: string }
        if (event.type === 'error') heard.error = event.message
        if (event.type !== 'content' || event.content === undefined) return
        heard.pieces.push(event.content)
        heard.ids.push(lastEventId)
        heard.connections.push(heard.opens)
        onPiece(heard.pieces.length)
      })
      source.addEventListener('error', (event) => {
        if (source.readyState !== EventSource.CLOSED) return
        heard.status = (event as { code?: number }).code
        resolve(heard)
      })
    })

  /** The whole answer, as who has heard nothing of it is told. */
  async function storedAnswer(session: string): Promise<string> {
    const response = await fetch(urlOf(stack.url, session), { headers: { 'last-event-id': '2.0' } })
    const [, content = '""'] = /"content":("(?:[^"\\]|\\.)*")/.exec(await response.text()) ?? []
    return JSON.parse(content) as string
  }

  const hasSecondAnswer = async (session: string) =>
    (await fetch(urlOf(stack.url, session), { headers: { 'last-event-id': '4.0' } })).status !== 404

  it('hears an answer piece by piece and is not made to ask again', async () => {
    const session = await begin()
    const heard = await listen(urlOf(stack.url, session))
    expect(heard).toMatchObject({ status: 204, error: undefined })
    expect(heard.pieces.length).toBeGreaterThan(2)
    expect(heard.pieces.join('')).toBe(await storedAnswer(session))
    expect(await hasSecondAnswer(session)).toBe(false)
  })

  it('whose connection breaks in mid-answer hears the rest without gap or repeat', async () => {
    const session = await begin()
    const heard = await listen(urlOf(line.origin, session), (count) => {
      if (count === 1) line.cut()
    })
    expect(heard).toMatchObject({ status: 204, error: undefined })
    const whole = await storedAnswer(session)
    expect(heard.pieces.join('')).toBe(whole)
    expect(new Set(heard.connections)).toEqual(new Set([1, 2]))
    expect(heard.ids.at(-1)).toBe(`2.${whole.length}`)
    expect(await hasSecondAnswer(session)).toBe(false)
  })
})
