import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { closeReason } from '../../gpu-node/link/connection.ts'
import { OUTBOX_LIMITS } from '../../gpu-node/link/outbox.ts'
import { LinkStopped } from '../../gpu-node/link/reconnect.ts'
import { type CredentialSource, runNode } from '../../gpu-node/node.ts'
import { createLogger } from '../../shared/log.ts'
import { CloseCode, MAX_CLOSE_REASON_BYTES, PING } from '../../shared/wire.ts'
import { endOf, FakeEngine, MODEL, startOf } from './fake-engine.ts'
import { FakeEdge, type FakeLink } from './link/fake-edge.ts'

const HARDWARE = { os: 'linux', arch: 'x64', cpu: 'test', cores: 2, memoryMiB: 1_024, gpus: [] }
const CREDENTIAL = 'a-secret-credential'

interface RunOptions {
  edge: string
  credential?: string | CredentialSource
  welcomeTimeoutMs?: number
}

/** Ends whatever a test leaves running. */
const running: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop()
})

async function startEdge(...refusals: number[]): Promise<FakeEdge> {
  const edge = await FakeEdge.start(...refusals)
  running.push(() => edge.close())
  return edge
}

/** A node that waits for nothing between its dials, and remembers how long it would have waited at most. */
function startNode({ edge, credential = CREDENTIAL, welcomeTimeoutMs }: RunOptions) {
  const abort = new AbortController()
  const lines: string[] = []
  const waits: number[] = []
  const created = Promise.withResolvers<FakeEngine>()
  const done = runNode(
    {
      edge,
      credential,
      name: 'test',
      version: '1.2.3',
      hardware: HARDWARE,
      createEngine: (emit) => {
        created.resolve(new FakeEngine(emit))
        return created.promise
      },
      log: createLogger((line) => lines.push(line)),
      random: () => 0.999_999,
      wait: (waitMs) => Promise.resolve(void waits.push(waitMs)),
      welcomeTimeoutMs,
    },
    abort.signal,
  )
  const settled = done.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  const stop = () => {
    abort.abort()
    return settled
  }
  running.push(stop)
  return { settled, stop, lines, waits, engine: created.promise }
}

async function startLinked() {
  const edge = await startEdge()
  const node = startNode({ edge: edge.origin })
  const link = await edge.nextLink()
  const hello = await link.welcome()
  return { edge, node, link, hello, engine: await node.engine }
}

/** Runs one call through, which shows that the link is welcomed and works. */
async function expectServing(link: FakeLink, engine: FakeEngine, callId: string): Promise<void> {
  const seen = engine.commands.length
  link.send(startOf(callId))
  await engine.received(seen + 1)
  engine.emit({ type: 'step', step: [[callId, 'hi', [5]]] })
  engine.emit(endOf(callId))
  expect(await link.next()).toEqual({ type: 'step', step: [[callId, 'hi', [5]]] })
  expect(await link.next()).toEqual(endOf(callId))
}

describe('a node’s link', () => {
  it('introduces itself with its credential, is welcomed and serves', async () => {
    const { link, hello, engine } = await startLinked()
    expect(link.authorization).toBe(`Bearer ${CREDENTIAL}`)
    expect(hello).toEqual({
      type: 'hello',
      hello: { name: 'test', version: '1.2.3', hardware: HARDWARE, models: [MODEL] },
      busyHeartbeat: true,
    })
    await expectServing(link, engine, 'e-1')
  })

  it('never logs its credential', async () => {
    const { node, link, engine } = await startLinked()
    await expectServing(link, engine, 'e-1')
    await node.stop()
    expect(node.lines.length).toBeGreaterThan(0)
    expect(node.lines.join()).not.toContain(CREDENTIAL)
  })

  it('pings as often as the welcome says, and keeps a link that answers', async () => {
    const edge = await startEdge()
    const node = startNode({ edge: edge.origin })
    const link = await edge.nextLink()
    await link.welcome({ heartbeatMs: 5, silenceMs: 10_000 })
    for (let beat = 0; beat < 3; beat += 1) {
      expect(await link.nextFrame()).toBe(PING)
      link.pong()
    }
    await node.engine
  })

  it('drops a link that stays silent, and dials again', async () => {
    const edge = await startEdge()
    const node = startNode({ edge: edge.origin })
    const first = await edge.nextLink()
    await first.welcome({ heartbeatMs: 10_000, silenceMs: 20 })
    expect((await first.closed()).code).toBe(1006)
    const second = await edge.nextLink()
    await second.welcome()
    await expectServing(second, await node.engine, 'e-1')
  })

  it('pings more often while calls run, when the welcome says so', async () => {
    const edge = await startEdge()
    const node = startNode({ edge: edge.origin })
    const link = await edge.nextLink()
    await link.welcome({ heartbeatMs: 60_000, busyHeartbeatMs: 5, busySilenceMs: 60_000 })
    link.send(startOf('e-1'))
    const engine = await node.engine
    await engine.received(1)
    expect([await link.nextFrame(), await link.nextFrame()]).toEqual([PING, PING])
  })

  it('drops a link that falls silent while calls run, aborts them, and dials again', async () => {
    const edge = await startEdge()
    const node = startNode({ edge: edge.origin })
    const first = await edge.nextLink()
    await first.welcome({ busyHeartbeatMs: 5, busySilenceMs: 20 })
    first.send(startOf('e-1'))
    expect((await first.closed()).code).toBe(1006)
    const engine = await node.engine
    await engine.received(2)
    expect(engine.commands.at(-1)).toEqual({ type: 'call.cancel', callId: 'e-1' })
    const second = await edge.nextLink()
    await second.welcome()
    await expectServing(second, engine, 'e-2')
  })

  it('stops cleanly: closes the link with 1001 and the engine, and resolves', async () => {
    const { node, link, engine } = await startLinked()
    expect(await node.stop()).toBeUndefined()
    expect((await link.closed()).code).toBe(1001)
    expect(engine.isClosed).toBe(true)
  })

  it('tells a new link what changed while none could carry it', async () => {
    const { edge, node, link, engine } = await startLinked()
    await expectServing(link, engine, 'e-1')
    const gauge = { rssMiB: 7, vramUsedMiB: null, vramTotalMiB: null, tokensPerSecond: 3 }
    link.close(1012)
    const second = await edge.nextLink()
    await second.next()
    engine.models = []
    engine.emit({ type: 'gauge', gauge })
    second.send({ type: 'welcome', nodeId: 'n', heartbeatMs: 10_000, silenceMs: 10_000 })
    expect(await second.next()).toEqual({ type: 'holdings', models: [] })
    expect(await second.next()).toEqual({ type: 'gauge', gauge })
    await node.stop()
  })
})

describe('a node’s link that is lost', () => {
  it.each([1001, 1011, 1012, 4400, 4408])('is dialled again after close code %i', async (code) => {
    const { edge, link, engine } = await startLinked()
    link.close(code, 'because')
    const second = await edge.nextLink()
    await second.welcome()
    await expectServing(second, engine, 'e-1')
  })

  it('aborts its calls, whose events the next link never carries', async () => {
    const { edge, link, engine } = await startLinked()
    link.send(startOf('e-1'))
    link.send(startOf('e-2'))
    await engine.received(2)
    link.close(1012)
    await engine.received(4)
    expect(engine.commands.slice(2)).toEqual([
      { type: 'call.cancel', callId: 'e-1' },
      { type: 'call.cancel', callId: 'e-2' },
    ])
    const second = await edge.nextLink()
    await second.welcome()
    engine.emit({ type: 'step', step: [['e-1', 'old', [1]]] })
    engine.emit(endOf('e-1'))
    await expectServing(second, engine, 'f-1')
  })

  it('is dialled again for as long as it takes, each wait up to twice the last, from the start after a welcome', async () => {
    const edge = await startEdge(503, 404, 500, 302, 429, 500, 500, 500)
    const node = startNode({ edge: edge.origin })
    const first = await edge.nextLink()
    expect(node.waits).toEqual([499, 999, 1_999, 1_999, 1_999, 1_999, 1_999, 1_999])
    await first.welcome()
    await expectServing(first, await node.engine, 'e-1')
    first.close(1012)
    await edge.nextLink()
    expect(node.waits.slice(8)).toEqual([499])
  })

  it('is dialled again when the edge accepts the connection and then says nothing', async () => {
    const silent: Server = createServer()
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as { port: number } // A TCP server's address.
    const node = startNode({ edge: `http://127.0.0.1:${port}`, welcomeTimeoutMs: 20 })
    const [first] = await once(silent, 'connection')
    const [second] = await once(silent, 'connection')
    await node.stop()
    first.destroy()
    second.destroy()
    silent.close()
    await once(silent, 'close')
    expect(node.lines.join()).toContain('link.lost')
  })

  it('is dialled again when no welcome follows the hello', async () => {
    const edge = await startEdge()
    startNode({ edge: edge.origin, welcomeTimeoutMs: 20 })
    const first = await edge.nextLink()
    expect((await first.next()).type).toBe('hello')
    expect((await first.closed()).code).toBe(1006)
    expect((await (await edge.nextLink()).next()).type).toBe('hello')
  })
})

describe('a node whose edge reads slowly', () => {
  it('joins what it could not send, and loses nothing', async () => {
    const { link, engine } = await startLinked()
    link.send(startOf('e-1'))
    await engine.received(1)
    link.pause()
    const count = 3_000
    const text = 'x'.repeat(4_000)
    for (let token = 0; token < count; token += 1) {
      engine.emit({ type: 'step', step: [['e-1', text, [token]]] })
    }
    engine.emit(endOf('e-1'))
    link.resume()
    let length = 0
    const tokens: number[] = []
    let frames = 0
    for (let event = await link.next(); event.type === 'step'; event = await link.next()) {
      frames += 1
      for (const [, piece, ids] of event.step) {
        length += piece.length
        tokens.push(...ids)
      }
    }
    expect(length).toBe(count * text.length)
    expect(tokens).toEqual(Array.from({ length: count }, (_, token) => token))
    expect(frames).toBeLessThan(count)
  })

  it('gives the link up before it holds too much, and dials again', async () => {
    const { edge, node, link, engine } = await startLinked()
    link.send(startOf('e-1'))
    await engine.received(1)
    link.pause()
    const text = 'x'.repeat(1_000_000)
    // Half of it may go into the operating system's buffers.
    const steps = (2 * OUTBOX_LIMITS.totalLength) / text.length
    for (let step = 0; step < steps; step += 1) engine.emit({ type: 'step', step: [['e-1', text, [step]]] })
    const second = await edge.nextLink()
    expect(engine.commands.at(-1)).toEqual({ type: 'call.cancel', callId: 'e-1' })
    expect(node.lines.join()).toContain('reads too slowly')
    link.resume()
    await second.welcome()
    await expectServing(second, engine, 'e-2')
  })
})

describe('closeReason', () => {
  it.each([
    ['x'.repeat(MAX_CLOSE_REASON_BYTES), MAX_CLOSE_REASON_BYTES],
    ['x'.repeat(MAX_CLOSE_REASON_BYTES + 1), MAX_CLOSE_REASON_BYTES - 2],
    [`${'x'.repeat(120)}€€`, MAX_CLOSE_REASON_BYTES],
  ])('keeps %j within what a close frame can carry', (reason, bytes) => {
    expect(Buffer.byteLength(closeReason(reason))).toBe(bytes)
  })
})

describe('a bad frame from the edge', () => {
  it.each<[string, string | Buffer, RegExp]>([
    ['text that is not JSON', 'nonsense', /JSON/],
    ['a binary frame', Buffer.from('{}'), /text frame/],
    ['an unknown type', '{"type":"node.explode"}', /type/],
    ['a node’s own event', '{"type":"step","step":[]}', /type/],
    ['a start without a request', '{"type":"generation.start","callId":"e-1"}', /request/],
    ['a second welcome', '{"type":"welcome","nodeId":"n","heartbeatMs":1000,"silenceMs":1000}', /welcome/],
  ])(
    '%s closes the link with 4400 and its reason, and the node dials again',
    async (_name, frame, reason) => {
      const { edge, node, link, engine } = await startLinked()
      link.sendRaw(frame)
      const closed = await link.closed()
      expect(closed.code).toBe(CloseCode.badFrame)
      expect(closed.reason).toMatch(reason)
      expect(Buffer.byteLength(closed.reason)).toBeLessThanOrEqual(MAX_CLOSE_REASON_BYTES)
      expect(node.lines.join()).toContain('link.bad_frame')
      const second = await edge.nextLink()
      await second.welcome()
      await expectServing(second, engine, 'e-1')
    },
  )

  it('is also a call before the welcome', async () => {
    const edge = await startEdge()
    startNode({ edge: edge.origin })
    const link = await edge.nextLink()
    await link.next()
    link.send(startOf('e-1'))
    expect(await link.closed()).toMatchObject({
      code: CloseCode.badFrame,
      reason: expect.stringMatching(/before welcome/),
    })
  })

  it('is also a second start of a running call, which is aborted', async () => {
    const { link, engine } = await startLinked()
    link.send(startOf('e-1'))
    link.send(startOf('e-1'))
    expect((await link.closed()).code).toBe(CloseCode.badFrame)
    await engine.received(2)
    expect(engine.commands).toEqual([startOf('e-1'), { type: 'call.cancel', callId: 'e-1' }])
  })
})

describe('an edge that sends the node away', () => {
  it.each([
    [401, 'unauthenticated', /join again/],
    [426, 'unsupported', /version of the link/],
  ] as const)(
    'with %i stops it with one sentence, and closes the engine',
    async (status, reason, sentence) => {
      const edge = await startEdge(status)
      const node = startNode({ edge: edge.origin })
      const thrown = await node.settled
      expect(thrown).toBeInstanceOf(LinkStopped)
      expect(thrown).toMatchObject({ reason, message: expect.stringMatching(sentence) })
      expect((await node.engine).isClosed).toBe(true)
    },
  )

  it.each([
    [CloseCode.revoked, 'revoked', /revoked/],
    [CloseCode.replaced, 'replaced', /state folder of its own/],
    // With the edge's own words, on one line.
    [CloseCode.refused, 'refused', /its models \(why\? {2}\[31mso\): give the model another name/],
  ] as const)('with close code %i stops it with one sentence', async (code, reason, sentence) => {
    const { node, link, engine } = await startLinked()
    link.close(code, 'why?\n\u001b[31mso')
    expect(await node.settled).toMatchObject({ reason, message: expect.stringMatching(sentence) })
    expect(engine.isClosed).toBe(true)
  })

  it('gets one more try with a renewed credential after a 401', async () => {
    const edge = await startEdge(401)
    startNode({
      edge: edge.origin,
      credential: { get: () => Promise.resolve('old'), renew: () => Promise.resolve('new') },
    })
    const link = await edge.nextLink()
    expect(link.authorization).toBe('Bearer new')
    await link.welcome()
  })

  it('gets no second try when the renewed credential is refused too', async () => {
    const edge = await startEdge(401, 401)
    let renewals = 0
    const renew = () => {
      renewals += 1
      return Promise.resolve('new')
    }
    const node = startNode({ edge: edge.origin, credential: { get: () => Promise.resolve('old'), renew } })
    expect(await node.settled).toMatchObject({ reason: 'unauthenticated' })
    expect(renewals).toBe(1)
  })
})
