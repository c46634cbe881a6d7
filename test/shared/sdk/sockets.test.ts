import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import { ScriptedServer } from './scripted-server.ts'
import { type Asked, SDKS, type SdkDriver } from './sdk-driver.ts'

const PIECES = ['One', ' two', ' three']
const END = { content: '', done: true, id: '2.0', conversation_id: 7, state: 'complete' }

let server: ScriptedServer
beforeAll(async () => {
  server = await ScriptedServer.start()
})
afterAll(() => server.close())

const tell = (socket: WebSocket, frame: object) => socket.send(JSON.stringify(frame))

describe.each(SDKS)('a socket of the SDK in %s', (_name, start) => {
  let sdk: SdkDriver
  beforeAll(() => {
    sdk = start()
  })
  afterAll(() => sdk.close())
  const talk = (more: Partial<Asked> = {}) =>
    sdk.ask({
      call: 'socket',
      ...more,
      options: { apiKey: 'raj_key', baseURL: server.baseURL, ...more.options },
    })

  /** Answers a question in three frames and a last one; `at` is told of each, and may break the socket there. */
  function answering(at: (sent: number, socket: WebSocket) => void) {
    const frames: object[] = []
    const urls: string[] = []
    let isAsked = false
    server.script({})
    server.onSocket = (socket, url) => {
      urls.push(url)
      socket.on('message', (data) => {
        const frame = JSON.parse(String(data)) as { message?: string; resume_from?: string }
        frames.push(frame)
        isAsked ||= frame.message !== undefined
        if (!isAsked || (frame.message === undefined && frame.resume_from === undefined)) return
        const from = Number(frame.resume_from?.split('.')[1] ?? 0)
        for (let next = from; next <= PIECES.length && socket.readyState === socket.OPEN; next++) {
          const content = PIECES[next]
          tell(
            socket,
            content === undefined ? END : { content, done: false, id: `1.${next + 1}`, conversation_id: 7 },
          )
          at(next, socket)
        }
      })
    }
    return { frames, urls }
  }

  it('says who it is, asks, and hears the answer', async () => {
    const { frames, urls } = answering(() => {})
    expect(await talk()).toMatchObject({ result: 7, heard: [...PIECES, ''] })
    expect(urls).toEqual(['/rajora/ws/chat'])
    expect(frames).toEqual([{ token: 'raj_key' }, { message: 'Hello' }])
  })

  it.each([0, 1, 2])('goes on after a break behind frame %i, and hears each once', async (frame) => {
    let isBroken = false
    const { frames, urls } = answering((sent, socket) => {
      if (sent !== frame || isBroken) return
      isBroken = true
      socket.close(1001)
    })
    expect(await talk()).toMatchObject({ result: 7, heard: [...PIECES, ''] })
    expect(urls).toEqual(['/rajora/ws/chat', '/rajora/ws/chat?conversation_id=7'])
    expect(frames.at(-1)).toEqual({ token: 'raj_key', resume_from: `1.${frame + 1}` })
  })

  it('joins the conversation that it is given', async () => {
    const { urls } = answering(() => {})
    await talk({ conversation: 9 })
    expect(urls).toEqual(['/rajora/ws/chat?conversation_id=9'])
  })

  it.each([
    [4401, 401],
    [4404, 404],
    [4400, 400],
  ])('does not come back after %i', async (code, status) => {
    let dials = 0
    server.onSocket = (socket) => {
      dials += 1
      socket.once('message', () => socket.close(code, 'No.'))
    }
    expect((await talk()).error).toMatchObject({ kind: 'RajoraError', status, detail: 'No.' })
    expect(dials).toBe(1)
  })

  it('does not ask twice what may have been taken', async () => {
    const asked: string[] = []
    server.onSocket = (socket) =>
      socket.on('message', (data) => {
        asked.push(String(data))
        if (asked.length === 2) socket.close(1011)
      })
    expect((await talk()).error).toMatchObject({ status: null, detail: 'The connection broke.' })
    expect(asked).toHaveLength(2)
  })

  it('asks what it has not asked yet when its server comes back', async () => {
    const { frames } = answering(() => {})
    server.refusals = 2
    expect(await talk()).toMatchObject({ heard: [...PIECES, ''] })
    expect(frames).toEqual([{ token: 'raj_key' }, { message: 'Hello' }])
  })

  it('hears an answer to its end, whatever becomes of the connection then', async () => {
    answering((sent, socket) => void (sent === PIECES.length && socket.close(1001)))
    expect(await talk()).toMatchObject({ result: 7, heard: [...PIECES, ''] })
  })

  it('stops the answer that is being made', async () => {
    const frames: unknown[] = []
    server.onSocket = (socket) =>
      socket.on('message', (data) => {
        const frame = JSON.parse(String(data))
        frames.push(frame)
        if ('message' in frame) tell(socket, { content: 'One', done: false, id: '1.1', conversation_id: 7 })
        if ('cancel' in frame) tell(socket, { ...END, state: 'cancelled' })
      })
    expect(await talk({ stopAfter: 1 })).toMatchObject({ result: 7, heard: ['One', ''] })
    expect(frames).toEqual([{ token: 'raj_key' }, { message: 'Hello' }, { cancel: true }])
  })

  it('waits for a word as long as it is told, and no longer', async () => {
    server.onSocket = () => {}
    expect((await talk({ options: { timeout: 40 } })).error).toMatchObject({
      status: null,
      detail: expect.stringMatching(/^No answer for (40 ms|0.04 seconds)\.$/),
    })
  })

  it('fails on a frame that is no JSON', async () => {
    server.onSocket = (socket) => socket.on('message', () => socket.send('{"content'))
    expect((await talk()).error).toMatchObject({ kind: 'RajoraError', status: null })
  })

  it('says what it needs where there are no sockets', async () => {
    const { error } = await talk({ hasNoSockets: true })
    expect(error?.kind).toMatch(/^(Type|Runtime)Error$/)
    expect(error?.text).toMatch(/package ws|rajora\[websocket\]/)
  })
})
