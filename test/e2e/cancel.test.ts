import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import WebSocket from 'ws'
import { randomText } from '../../scripts/bench/engine/model-maker.ts'
import { EdgeCommand, LINK_PATH, LINK_PROTOCOL, type NodeEvent, PING, PONG } from '../../shared/wire.ts'
import { modelHolding, nodeHello } from '../support/frames.ts'
import { textOf } from './support/long-answer.ts'
import { ONE_BY_ONE } from './support/one-by-one.ts'
import { SlowNode } from './support/slow-node.ts'
import { Stack } from './support/stack.ts'

/** The promise of issue 3: the node has stopped so long after its client has left. */
const CANCEL_LIMIT_MS = 1_000
/** For what is no promise, however slow the machine is. */
const PATIENCE_MS = 25_000
const SLOTS = 2
const ANSWER_TOKENS = 700

let stack: Stack
let openai: OpenAI
let slow: SlowNode

beforeAll(async () => {
  stack = await Stack.start()
  slow = await SlowNode.join(stack, SLOTS)
  openai = new OpenAI({ baseURL: `${stack.url}/v1`, apiKey: stack.key, maxRetries: 0 })
})
afterAll(() => stack.close())
afterEach(() => slow.untilCalls(0))

/** The events of a scripted node in each turn of a call. */
const SCRIPTS = {
  'says nothing': undefined,
  'sends tokens': '',
  'sends text': 'x',
  floods: 'x'.repeat(100_000),
}
type Script = keyof typeof SCRIPTS
const TURN_MS = 20
const CANCELLED_USAGE = { promptTokens: 7, cachedPromptTokens: 0, completionTokens: 3 }
/** Turns of a prompt, or of a grammar, that goes on for some time. */
const MANY_TURNS = 60

/** A node that computes nothing and knows to the moment when it was asked to stop. */
class ScriptedNode {
  script: Script = 'says nothing'
  readonly started: string[] = []
  turns = 0
  readonly cancelledAt: number[] = []
  readonly #socket: WebSocket
  readonly #running = new Map<string, NodeJS.Timeout>()
  readonly #heartbeat = setInterval(() => this.#socket.send(PING), 10_000)

  static async join(name: string, slots: number): Promise<ScriptedNode> {
    const { token } = await stack.json<{ token: string }>('/v1/nodes/join-tokens', { name })
    const { credential } = await stack.json<{ credential: string }>('/nodes/join', { token })
    const headers = { authorization: `Bearer ${credential}` }
    const socket = new WebSocket(stack.url.replace('http', 'ws') + LINK_PATH, LINK_PROTOCOL, { headers })
    const node = new ScriptedNode(socket)
    await once(socket, 'open')
    node.#send({ type: 'hello', hello: nodeHello({ name, models: [modelHolding({ id: name, slots })] }) })
    await vi.waitFor(async () => {
      const { data } = await stack.json<{ data: { id: string }[] }>('/v1/models')
      expect(data.map(({ id }) => id)).toContain(name)
    }, PATIENCE_MS)
    return node
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data) => {
      if (String(data) !== PONG) this.#receive(EdgeCommand.parse(JSON.parse(String(data))))
    })
  }

  get running(): number {
    return this.#running.size
  }

  close(): void {
    clearInterval(this.#heartbeat)
    this.#socket.close()
  }

  #receive(command: EdgeCommand): void {
    if (command.type === 'generation.start') {
      const { callId } = command
      this.started.push(callId)
      const text = SCRIPTS[this.script]
      const speak = () => {
        this.turns += 1
        if (text !== undefined) this.#send({ type: 'step', step: [[callId, text, [1]]] })
      }
      this.#running.set(callId, setInterval(speak, TURN_MS))
    }
    if (command.type !== 'call.cancel') return
    this.cancelledAt.push(performance.now())
    clearInterval(this.#running.get(command.callId))
    this.#running.delete(command.callId)
    const { callId } = command
    this.#send({ type: 'call.end', callId, finishReason: 'cancelled', usage: CANCELLED_USAGE })
  }

  #send(event: NodeEvent): void {
    this.#socket.send(JSON.stringify(event))
  }
}

/** Someone who asks, reads along and can leave. */
interface Client {
  text(): string
  leave(): void
}

const bodyOf = (model: string, prompt = 'Hi') => ({
  model,
  max_tokens: ANSWER_TOKENS,
  messages: [{ role: 'user' as const, content: prompt }],
})
type Body = ReturnType<typeof bodyOf>

function viaOpenAi(body: Body): Client {
  const abort = new AbortController()
  let text = ''
  const read = async () => {
    const options = { signal: abort.signal }
    const stream = await openai.chat.completions.create({ ...body, stream: true }, options)
    for await (const chunk of stream) text += JSON.stringify(chunk)
  }
  read().catch(() => {}) // the abort
  return { text: () => text, leave: () => abort.abort() }
}

function viaFetch(body: Body): Client {
  const abort = new AbortController()
  let text = ''
  const read = async () => {
    const options = { body: { ...body, stream: true }, signal: abort.signal }
    const response = await stack.request('/v1/chat/completions', options)
    for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) text += piece
  }
  read().catch(() => {}) // the abort
  return { text: () => text, leave: () => abort.abort() }
}

/** A request by hand, so that it can be left by hand. */
function openSocket(body: object): Socket {
  const { hostname, port, host } = new URL(stack.url)
  const socket = connect(Number(port), hostname)
  const text = JSON.stringify(body)
  const headers = {
    host,
    authorization: `Bearer ${stack.key}`,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(text)),
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`POST /v1/chat/completions HTTP/1.1\r\n${lines.join('')}\r\n${text}`)
  return socket
}

const viaSocket =
  (leave: (socket: Socket) => void) =>
  (body: Body): Client => {
    let text = ''
    const socket = openSocket({ ...body, stream: true })
    socket.on('data', (data) => {
      text += data
    })
    return { text: () => text, leave: () => leave(socket) }
  }

const ways: [how: string, open: (body: Body) => Client][] = [
  ['aborts the openai client', viaOpenAi],
  ['aborts its fetch', viaFetch],
  ['destroys its socket', viaSocket((socket) => socket.destroy())],
  ['resets its connection', viaSocket((socket) => socket.resetAndDestroy())],
]

const CONTENT = /"content":"[^"]/
const isStreaming = (client: Client) =>
  vi.waitFor(() => expect(client.text()).toMatch(CONTENT), { timeout: 20_000, interval: 5 })

const queuedOn = async (name: string) => (await stack.nodeNamed(name))?.models[0]?.queued
const untilQueued = (name: string, count: number, limitMs: number) =>
  vi.waitFor(async () => expect(await queuedOn(name)).toBe(count), { timeout: limitMs, interval: 20 })

// Each way has a node of its own, so that all can be gone at the same time.
describe.concurrent.each(ways)('a client that streams and %s', (how, open) => {
  let node: ScriptedNode
  const name = `for-${how.replaceAll(' ', '-')}`
  const isReset = how.startsWith('resets')
  beforeAll(async () => {
    node = await ScriptedNode.join(name, SLOTS)
  })
  afterAll(() => node.close())

  /** How long after the client has left the node is told. */
  async function cancelMs(client: Client): Promise<number> {
    const count = node.cancelledAt.length
    const leftAt = performance.now()
    client.leave()
    await vi.waitFor(() => expect(node.cancelledAt).toHaveLength(count + 1), { timeout: 15_000, interval: 5 })
    return (node.cancelledAt.at(-1) ?? 0) - leftAt
  }

  const begin = async (script: Script) => {
    node.script = script
    const count = node.started.length
    const client = open(bodyOf(name))
    await vi.waitFor(() => expect(node.started).toHaveLength(count + 1), {
      timeout: PATIENCE_MS,
      interval: 5,
    })
    return client
  }

  const untilTurns = () => {
    const until = node.turns + MANY_TURNS
    return vi.waitFor(() => expect(node.turns).toBeGreaterThan(until), { timeout: PATIENCE_MS, interval: 5 })
  }

  /** Of all calls to the node, by what accounts are told. */
  async function metered() {
    const { data } = await stack.json<{ data: { requests: number; prompt_tokens: number }[] }>(
      `/v1/usage?model=${name}`,
    )
    return { requests: data[0]?.requests ?? 0, promptTokens: data[0]?.prompt_tokens ?? 0 }
  }

  it(
    'in the middle of its answer: its node is told within a second, and what it did is metered, once',
    ONE_BY_ONE,
    async () => {
      const before = await metered()
      const client = await begin('sends text')
      await isStreaming(client)
      expect(await cancelMs(client)).toBeLessThan(CANCEL_LIMIT_MS)
      const after = {
        requests: before.requests + 1,
        promptTokens: before.promptTokens + CANCELLED_USAGE.promptTokens,
      }
      await vi.waitFor(async () => expect(await metered()).toEqual(after), PATIENCE_MS)
    },
  )

  // The local edge's own proxy goes on reading for a client that reset its connection before the headers.
  it.skipIf(isReset)(
    'before it has heard anything: its node is told within a second',
    ONE_BY_ONE,
    async () => {
      const client = await begin('says nothing')
      expect(client.text()).toBe('')
      expect(await cancelMs(client)).toBeLessThan(CANCEL_LIMIT_MS)
    },
  )

  it('during a long prompt: its node is told within a second', ONE_BY_ONE, async () => {
    const client = await begin('says nothing')
    await untilTurns()
    expect(await cancelMs(client)).toBeLessThan(CANCEL_LIMIT_MS)
  })

  it(
    'while tokens are made and none can be shown yet: its node is told within a second',
    ONE_BY_ONE,
    async () => {
      const client = await begin('sends tokens')
      await untilTurns()
      expect(client.text()).not.toMatch(CONTENT)
      expect(await cancelMs(client)).toBeLessThan(CANCEL_LIMIT_MS)
    },
  )

  it('while it waits for a slot: it is forgotten and never runs', ONE_BY_ONE, async () => {
    const fillers = []
    for (let slot = 0; slot < SLOTS; slot += 1) fillers.push(await begin('sends text'))
    const started = node.started.length
    const client = open(bodyOf(name))
    await untilQueued(name, 1, PATIENCE_MS)
    client.leave()
    // A second to notice; what the edge shows is up to two seconds old.
    await untilQueued(name, 0, CANCEL_LIMIT_MS + 2_000)
    for (const filler of fillers) expect(await cancelMs(filler)).toBeLessThan(CANCEL_LIMIT_MS)
    expect(node.running).toBe(0)
    expect(node.started).toHaveLength(started)
  })
})

describe('an engine whose client has left', () => {
  /** Of its own from the first word on, so that no cache has its beginning. */
  let seed = 0
  const prompt = (words: number) => {
    seed += 1
    return randomText(words, seed)
  }

  // First of all, since a node learns from its first prompt how much of one fits into a step.
  it('stops within a second in the middle of a prompt', async () => {
    const before = await slow.tokens()
    const client = viaFetch(bodyOf('slow', prompt(1_200)))
    await slow.untilCalls(1)
    client.leave()
    expect(await slow.untilCalls(0)).toBeLessThan(CANCEL_LIMIT_MS)
    expect(await slow.tokens()).toBe(before)
    expect(client.text()).not.toMatch(CONTENT)
  })

  it('stops within a second in the middle of an answer', async () => {
    const client = viaFetch(bodyOf('slow', prompt(10)))
    await isStreaming(client)
    const before = await slow.tokens()
    client.leave()
    expect(await slow.untilCalls(0)).toBeLessThan(CANCEL_LIMIT_MS)
    expect((await slow.tokens()) - before).toBeLessThan(ANSWER_TOKENS / 2)
  })

  it('stops within a second while its grammar goes on and nothing can be sent yet', async () => {
    // All of the answer might be the beginning of the stop string, so that none of it is sent.
    const constant = textOf(120, 1)
    const schema = { name: 'text', schema: { type: 'string', const: constant } }
    const body = {
      ...bodyOf('slow', prompt(10)),
      stop: `"${constant.slice(0, 500)}#`,
      response_format: { type: 'json_schema', json_schema: schema },
    }
    const before = await slow.tokens()
    const client = viaFetch(body)
    await vi.waitFor(async () => expect(await slow.tokens()).toBeGreaterThan(before + 3), { timeout: 20_000 })
    expect(client.text()).not.toMatch(CONTENT)
    client.leave()
    expect(await slow.untilCalls(0)).toBeLessThan(CANCEL_LIMIT_MS)
  })
})

describe('a client that waits for a whole answer', () => {
  // Under a local edge its leaving is not seen (README, "Honest limits"): its call runs to its end.
  it.each([
    [
      'aborts the openai client',
      async (signal: AbortSignal) => {
        await openai.chat.completions.create({ ...bodyOf('slow'), max_tokens: 30 }, { signal })
      },
    ],
    [
      'aborts its fetch',
      async (signal: AbortSignal) => {
        const body = { ...bodyOf('slow'), max_tokens: 30 }
        await stack.request('/v1/chat/completions', { body, signal })
      },
    ],
  ])('and %s holds no slot in the end', async (_how, ask) => {
    const abort = new AbortController()
    const asked = ask(abort.signal).catch(() => 'aborted')
    await slow.untilCalls(1)
    abort.abort()
    expect(await asked).toBe('aborted')
    await slow.untilCalls(0)
  })
})

describe('a client that stops reading and keeps its connection', () => {
  it('is cancelled when 1 MiB waits for it beyond what connections hold, and told so when it reads on', async () => {
    const node = await ScriptedNode.join('flood', SLOTS)
    node.script = 'floods'
    const socket = openSocket({ ...bodyOf('flood'), stream: true })
    await once(socket, 'readable')
    await vi.waitFor(() => expect(node.cancelledAt).toHaveLength(1), { timeout: 30_000, interval: 20 })
    expect(node.running).toBe(0)
    let end = ''
    socket.on('data', (data) => {
      end = (end + data).slice(-1_000)
    })
    await vi.waitFor(() => expect(end).toContain('"code":"cancelled"'), { timeout: 20_000 })
    expect(end).not.toContain('[DONE]')
    socket.destroy()
    node.close()
  })
})
