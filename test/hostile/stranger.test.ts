import { gzipSync } from 'node:zlib'
import { SignJWT, UnsecuredJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { ChatDevice } from '../e2e/support/chat-device.ts'
import type { EdgeClient } from '../e2e/support/edge-client.ts'
import { sharedEdge } from '../e2e/support/shared-edge.ts'
import { type Bystander, createBystander, expectServed, LEAK, post } from './support/bystander.ts'

let edge: EdgeClient
let bystander: Bystander
beforeAll(async () => {
  edge = await sharedEdge()
  bystander = await createBystander(edge)
})

/** Registrations that one address has in an hour. */
const REGISTRATIONS = 60

/** The routes that anyone may call with a body of JSON, and the field in which each contract says what is wrong. */
const OPEN_ROUTES: [path: string, says: string][] = [
  ['/v1/auth/login', 'error'],
  ['/nodes/join', 'error'],
  ['/rajora/api/auth/register', 'detail'],
  ['/dualquery/api/auth/login', 'detail'],
  ['/dualquery/api/auth/register', 'detail'],
  ['/agentic/api/auth/login', 'detail'],
]

const manyKeys = () =>
  `{${Array.from({ length: 400_000 }, (_, index) => `"${index.toString(36)}":1`).join()}}`

async function expectRefused(response: Response, status: number, says: string): Promise<void> {
  const text = await response.text()
  expect([response.status, text]).toEqual([status, expect.stringContaining(`"${says}":`)])
  expect(text).not.toMatch(LEAK)
  expect(text.length).toBeLessThan(1_000)
}

describe.each(OPEN_ROUTES)('a stranger who sends to %s', (path, says) => {
  it.each<[what: string, status: number, body: () => string | Uint8Array, headers?: object]>([
    ['400,000 unknown keys', 413, manyKeys],
    ['a body of gzip', 415, () => gzipSync(manyKeys()), { 'content-encoding': 'gzip' }],
    ['half of a surrogate pair', 400, () => '{"login":"\\ud800","username":"\\ud800","token":"\\ud800"}'],
    ['JSON nested 5,000 deep', 400, () => '['.repeat(5_000) + ']'.repeat(5_000)],
    ['text as if it were JSON', 415, () => '{}', { 'content-type': 'text/plain' }],
  ])('%s is refused', async (_what, status, body, headers = {}) => {
    await expectRefused(await post(edge, path, body(), '', headers), status, says)
  })
})

describe('a stranger', () => {
  const PRIVATE = [
    '/v1/keys',
    '/rajora/api/auth/me',
    '/agentic/v1/models',
    '/dualquery/api/chats',
    '/v1/nodes',
  ]

  it.each<[what: string, tokenOf: () => string | Promise<string>]>([
    ['nothing', () => ''],
    ['an invented key', () => `sk-${'a'.repeat(43)}`],
    ['an invented credential of a node', () => `swn_${'a'.repeat(43)}`],
    ['a token that nobody signed', () => new UnsecuredJWT({}).setSubject(bystander.id).encode()],
    [
      'a token that it signed itself',
      () =>
        new SignJWT({ roles: ['admin'] })
          .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
          .setSubject(bystander.id)
          .setIssuedAt()
          .setExpirationTime('1h')
          .sign(new TextEncoder().encode('a secret of somebody else, 32 characters')),
    ],
    ['8,000 letters', () => 'x'.repeat(8_000)],
  ])('that shows %s is let in nowhere', async (_what, tokenOf) => {
    const token = await tokenOf()
    for (const path of PRIVATE) {
      const headers = { authorization: `Bearer ${token}`, 'x-api-key': token }
      const response = await fetch(edge.url + path, { headers: token === '' ? {} : headers })
      expect([path, response.status]).toEqual([path, 401])
      expect(await response.text()).not.toMatch(LEAK)
    }
  })

  it('that guesses passwords is told to wait, and others of its address log in as before', async () => {
    const guess = (index: number) =>
      post(edge, '/v1/auth/login', { login: 'nobody-of-the-hostile-suite', password: `guess ${index}` })
    const answers = await Promise.all(Array.from({ length: 24 }, (_, index) => guess(index)))
    const statuses = answers.map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([401, 429]))
    const refused = answers.find(({ status }) => status === 429)
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0)
    const { username: login, password } = bystander
    expect((await post(edge, '/v1/auth/login', { login, password })).status).toBe(200)
  })

  it('that fills a conversation with sockets which never say who they are keeps its owner out of nothing', async () => {
    const { username, password } = bystander
    const logIn = await fetch(`${edge.url}/rajora/api/auth/login`, {
      method: 'POST',
      body: new URLSearchParams({ username, password }),
    })
    const { access_token: token } = (await logIn.json()) as { access_token: string }
    const url = `${edge.url.replace('http', 'ws')}/rajora/ws/chat`
    const phone = await ChatDevice.open(url, { token, message: 'Hello', model: 'starter', max_tokens: 4 })
    const { conversation_id: number } = await phone.until((frame) => frame.conversation_id !== undefined)
    await phone.until(({ done }) => done === true)

    const room = `${url}?conversation_id=${number}`
    const silent = Array.from({ length: 70 }, () => new WebSocket(room))
    await Promise.all(
      silent.map((socket) => new Promise((resolve) => socket.addEventListener('open', resolve))),
    )
    const laptop = await ChatDevice.open(room, { token, resume_from: '1.0' })
    await laptop.until(({ done }) => done === true)
    await Promise.all([phone.close(), laptop.close()])
    for (const socket of silent) socket.close()
  })

  it('that registers again and again is told to wait, and keeps nobody else waiting', async () => {
    const register = (index: number) =>
      post(edge, '/rajora/api/auth/register', {
        username: `swarm-${index}-${crypto.randomUUID().slice(0, 8)}`,
        email: `swarm-${index}-${crypto.randomUUID()}@example.com`,
        password: 'A password of a swarm 1!',
      })
    const flood = Promise.all(Array.from({ length: REGISTRATIONS + 20 }, (_, index) => register(index)))
    const [answers] = await Promise.all([flood, expectServed(edge, bystander)])
    const statuses = answers.map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([201, 429]))
    expect(statuses.filter((status) => status === 201).length).toBeLessThanOrEqual(REGISTRATIONS)
    const refused = answers.find(({ status }) => status === 429)
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0)
    const { username: login, password } = bystander
    expect((await post(edge, '/v1/auth/login', { login, password })).status).toBe(200)
  })

  it('has taken nothing from an account whose stream begins now', () => expectServed(edge, bystander))
})
