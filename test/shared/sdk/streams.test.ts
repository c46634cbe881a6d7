import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ScriptedServer } from './scripted-server.ts'
import { SDKS, type SdkDriver } from './sdk-driver.ts'

const HELLO = { messages: [{ role: 'user', content: 'Hello!' }] }
const TEXT = 'data: {"content":"Grüße 🚉","done":false}\n\ndata: {"content":" an alle","done":false}\n\n'
const END = 'data: {"content":"","done":true,"conversation_id":7}\n\n'
const bytes = (text: string) => new TextEncoder().encode(text)
const bytewise = (text: string) => Array.from(bytes(text), (byte) => Uint8Array.of(byte))
const headers = { 'content-type': 'text/event-stream', 'x-conversation-id': '7' }

let server: ScriptedServer
beforeAll(async () => {
  server = await ScriptedServer.start()
})
afterAll(() => server.close())

describe.each(SDKS)('a stream of the SDK in %s', (_name, start) => {
  let sdk: SdkDriver
  beforeAll(() => {
    sdk = start()
  })
  afterAll(() => sdk.close())
  const stream = (more = {}) =>
    sdk.ask({ call: 'stream', with: HELLO, options: { apiKey: 'raj_key', baseURL: server.baseURL }, ...more })

  it.each([
    ['in one piece', [bytes(TEXT + END)]],
    ['byte by byte', bytewise(TEXT + END)],
    ['with CRLF, byte by byte', bytewise((TEXT + END).replaceAll('\n', '\r\n'))],
    ['with CR, byte by byte', bytewise(`${(TEXT + END).replaceAll('\n', '\r')}: \r`)],
    ['with comments and other fields', [bytes(`: hi\n\nid: 3\nevent: x\n${TEXT}: keep-alive\n\n${END}`)]],
  ])('is the same %s', async (_how, body) => {
    server.script({ headers, body })
    expect(await stream()).toMatchObject({ result: 7, heard: ['Grüße 🚉', ' an alle', ''] })
    expect(server.heard[0]?.url).toBe('/rajora/api/chat/stream')
  })

  it.each([
    ['no last event', TEXT],
    ['half of a last event', TEXT + END.slice(0, -1)],
  ])('fails that has %s, and is not asked for again', async (_what, text) => {
    server.script({ headers: { ...headers, 'x-request-id': 'r-3' }, body: [bytes(text)] })
    const { error, heard } = await stream()
    expect(heard).toEqual(['Grüße 🚉', ' an alle'])
    expect(error).toMatchObject({
      status: null,
      detail: 'The answer broke off before its last event.',
      requestId: 'r-3',
    })
    expect(server.heard).toHaveLength(1)
  })

  it('fails whose connection breaks, and is not asked for again', async () => {
    server.script((response) => {
      response.writeHead(200, headers)
      response.write(TEXT, () => response.socket?.destroy())
    })
    const { error } = await stream()
    expect(error).toMatchObject({ kind: 'RajoraError', status: null })
    expect(server.heard).toHaveLength(1)
  })

  it('fails as its last event says', async () => {
    const failure = 'data: {"content":"","done":true,"error":"No node is left.","status_code":503}\n\n'
    server.script({ headers, body: [bytes(TEXT + failure)] })
    expect(await stream()).toMatchObject({
      heard: ['Grüße 🚉', ' an alle'],
      error: { status: 503, detail: 'No node is left.' },
    })
  })

  it('fails on an event that is no JSON', async () => {
    server.script({ headers, body: [bytes('data: {"content"\n\n')] })
    expect((await stream()).error).toMatchObject({ kind: 'RajoraError' })
  })

  it('is refused like every call, and tried again before it has begun', async () => {
    server.script({ status: 503, headers: { 'retry-after': '0' } }, { headers, body: [bytes(END)] })
    expect(await stream()).toMatchObject({ heard: [''] })
    expect(server.heard).toHaveLength(2)
  })

  it('is an iterator too, that goes on where it stands', async () => {
    server.script({ headers, body: [bytes(TEXT + END)] })
    expect(await stream({ first: true })).toMatchObject({ heard: ['Grüße 🚉', ' an alle', ''] })
  })

  it.each([
    [0, []],
    [1, ['Grüße 🚉']],
  ])('ends quietly when it is aborted after piece %i, and its connection with it', async (pieces, heard) => {
    const closed = Promise.withResolvers<void>()
    server.script((response) => {
      response.on('close', () => closed.resolve())
      response.writeHead(200, headers)
      response.write(TEXT)
    })
    expect(await stream({ stopAfter: pieces })).toMatchObject({ result: 7, heard })
    await closed.promise
  })

  it('whose reader leaves in the middle is stopped at its server', async () => {
    const closed = Promise.withResolvers<void>()
    server.script((response) => {
      response.on('close', () => closed.resolve())
      response.writeHead(200, headers)
      response.write(TEXT)
    })
    expect(await stream({ leaveAfter: 1 })).toMatchObject({ result: 7, heard: ['Grüße 🚉'] })
    await closed.promise
  })

  it('that falls silent in the middle fails after its time, and is not asked for again', async () => {
    server.script((response) => {
      response.writeHead(200, headers)
      response.write(TEXT)
    })
    const options = { apiKey: 'raj_key', baseURL: server.baseURL, timeout: 200 }
    expect(await stream({ options })).toMatchObject({
      heard: ['Grüße 🚉', ' an alle'],
      error: { status: null, detail: expect.stringMatching(/^No answer for (200 ms|0.2 seconds)\.$/) },
    })
    expect(server.heard).toHaveLength(1)
  })
})
