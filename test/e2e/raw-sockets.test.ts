import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { LINK_PATH, LINK_PROTOCOL } from '../../shared/wire.ts'
import { eventually } from '../support/eventually.ts'
import type { EdgeClient } from './support/edge-client.ts'
import { longRequest } from './support/long-answer.ts'
import { sharedEdge } from './support/shared-edge.ts'

let edge: EdgeClient

beforeAll(async () => {
  edge = await sharedEdge()
})

const LONG = longRequest(200, 1)

/** A request by hand, so that it can be broken by hand. */
function open(body: string, headers: Record<string, string> = {}): Socket {
  const { hostname, port, host } = new URL(edge.url)
  const socket = connect(Number(port), hostname)
  const all = {
    host,
    authorization: `Bearer ${edge.key}`,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`POST /v1/chat/completions HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
  return socket
}

const activeCalls = async () => (await edge.nodeNamed('attic'))?.models[0]?.active
const untilStreaming = async (socket: Socket) => {
  for await (const data of socket) if (String(data).includes('"content"')) return
}

describe('clients that behave badly', () => {
  it.each([
    ['destroys its socket in the middle of a stream', (socket: Socket) => socket.destroy()],
    ['resets its connection in the middle of a stream', (socket: Socket) => socket.resetAndDestroy()],
  ])('one that %s stops its generation', async (_case, leave) => {
    const socket = open(JSON.stringify(LONG))
    await untilStreaming(socket)
    leave(socket)
    // The load that /v1/nodes shows is at most two seconds old: one at the link, one in the directory's cache.
    await edge.untilIdle(4_000)
  })

  it('one that asks and leaves at once, before any answer, holds no slot', async () => {
    for (let count = 0; count < 6; count += 1) {
      const socket = open(JSON.stringify(LONG))
      await once(socket, 'connect')
      socket.end()
      socket.destroy()
    }
    await edge.untilIdle(10_000)
  })

  it('one that never sends the body it promised costs nothing and hears nothing', async () => {
    const socket = open('{"model"', { 'content-length': '1000' })
    await once(socket, 'connect')
    // Calls of the ones before may still end; this one never is one.
    await expect.poll(activeCalls).toBe(0)
    socket.destroy()
  })

  it.each([
    [
      '10 MB of prompt',
      413,
      JSON.stringify({ ...LONG, messages: [{ role: 'user', content: 'x'.repeat(10_000_000) }] }),
    ],
    ['text that is no JSON', 400, '{"model": starter}'],
    [
      'a NaN temperature',
      400,
      '{"model":"starter","temperature":NaN,"messages":[{"role":"user","content":"x"}]}',
    ],
    ['JSON nested 1,000 deep', 400, `${'['.repeat(1_000)}${']'.repeat(1_000)}`],
    ['nothing', 400, ''],
  ])('one that sends %s gets %i in OpenAI’s format', async (_case, status, body) => {
    const response = await fetch(`${edge.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${edge.key}`, 'content-type': 'application/json' },
      body,
    })
    expect(response.status).toBe(status)
    expect(await response.json()).toEqual({
      error: {
        message: expect.any(String),
        type: 'invalid_request_error',
        // Of nothing, the first field that is missing is named.
        param: body === '' ? 'model' : null,
        code: status === 413 ? 'request_too_large' : null,
      },
    })
  })

  it('one that sends another content type gets 415', async () => {
    const response = await fetch(`${edge.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${edge.key}`, 'content-type': 'text/plain' },
      body: JSON.stringify(LONG),
    })
    expect(response.status).toBe(415)
  })
})

describe('nodes that behave badly', () => {
  const dial = (headers: Record<string, string>, protocol: string = LINK_PROTOCOL) =>
    new WebSocket(edge.url.replace('http', 'ws') + LINK_PATH, protocol, { headers })

  const refusal = (socket: WebSocket) =>
    new Promise<number | undefined>((resolve) => {
      socket.on('unexpected-response', (request, response) => {
        resolve(response.statusCode)
        request.destroy()
      })
      socket.on('error', () => {}) // the refusal, once more, as an error
    })

  it.each([
    ['without a credential', {}],
    ['with an invented credential', { authorization: `Bearer swn_${'x'.repeat(43)}` }],
    ['with an API key', { authorization: '' }],
  ])('one that dials %s gets 401', async (_case, headers) => {
    const named = 'authorization' in headers && headers.authorization === ''
    expect(await refusal(dial(named ? { authorization: `Bearer ${edge.key}` } : headers))).toBe(401)
  })

  it('one that floods the edge with garbage is closed, and the edge serves on', async () => {
    const { token } = await edge.json<{ token: string }>('/v1/nodes/join-tokens', { name: 'vandal' })
    const joined = await edge.json<{ credential: string }>('/nodes/join', { token })
    const socket = dial({ authorization: `Bearer ${joined.credential}` })
    const closed = once(socket, 'close')
    await once(socket, 'open')
    for (let count = 0; count < 100; count += 1) socket.send(Buffer.from(`garbage ${count}`))
    const [code] = await closed
    expect(code).toBe(4400)
    const response = await edge.request('/v1/chat/completions', {
      body: { model: 'starter', temperature: 0, messages: [{ role: 'user', content: 'What is 2+2?' }] },
    })
    expect(
      ((await response.json()) as { choices: [{ message: { content: string } }] }).choices[0].message.content,
    ).toBe('2 + 2 = 4.')
    await eventually(async () => expect(await edge.nodeNamed('vandal')).toMatchObject({ status: 'offline' }))
  })
})
