import { expect } from 'vitest'
import type { EdgeClient } from '../../e2e/support/edge-client.ts'
import { longAnswer, longRequest, readStream } from '../../e2e/support/long-answer.ts'

const PASSWORD = 'a password of the tests'

/** Whatever others do: how long a bystander waits for its first token, and between two. A busy machine keeps to both. */
const FIRST_TOKEN_LIMIT_MS = 5_000
const GAP_LIMIT_MS = 3_000
const WORDS = 60

/** An account of the deployment as its owner sees it. */
export interface Bystander {
  id: string
  username: string
  password: string
  key: string
}

/** A new account with a key of its own. */
export async function createBystander(
  edge: EdgeClient,
  plan: 'free' | 'enterprise' = 'enterprise',
): Promise<Bystander> {
  const username = `${plan}-${crypto.randomUUID()}`
  const { id } = await edge.json<{ id: string }>('/v1/accounts', { username, password: PASSWORD })
  const changed = await edge.request(`/v1/accounts/${id}`, { method: 'PATCH', body: { plan } })
  expect(changed.status).toBe(200)
  const { access_token } = await edge.json<{ access_token: string }>('/v1/auth/login', {
    login: username,
    password: PASSWORD,
  })
  const made = await post(edge, '/v1/keys', { name: 'mine' }, access_token)
  expect(made.status).toBe(201)
  const { secret } = (await made.json()) as { secret: string }
  return { id, username, password: PASSWORD, key: secret }
}

/** A request with JSON, by nobody or with a credential. */
export const post = (edge: EdgeClient, path: string, body: unknown, key = '', headers: object = {}) =>
  fetch(edge.url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key !== '' && { authorization: `Bearer ${key}` }),
      ...headers,
    },
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  })

/** Streams an answer that is known beforehand, and asks that its tokens come in time. */
export async function expectServed(edge: EdgeClient, { key }: Bystander): Promise<void> {
  const from = performance.now()
  const response = await post(edge, '/v1/chat/completions', longRequest(WORDS, 1), key)
  expect(response.status).toBe(200)
  let text = ''
  let last = from
  const gaps: number[] = []
  for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    // A piece may end within an event.
    const begun = readStream(text.slice(0, Math.max(0, text.lastIndexOf('\n\n')))).content !== ''
    text += piece
    const now = performance.now()
    if (begun) gaps.push(now - last)
    else expect(now - from).toBeLessThan(FIRST_TOKEN_LIMIT_MS)
    last = now
  }
  expect(readStream(text)).toEqual({ content: longAnswer(WORDS, 1), code: undefined, isDone: true })
  expect(Math.max(...gaps)).toBeLessThan(GAP_LIMIT_MS)
}

/** Words that no answer of ours may hold: a stack, a path, SQL. */
export const LEAK = /\bat \S+ \(|\/(?:home|tmp|work|var)\/|node_modules|\b(?:SELECT|INSERT|SQLITE)\b/
