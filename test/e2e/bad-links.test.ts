import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { BUSY_SILENCE_LIMIT_MS, SILENCE_LIMIT_MS } from '../../shared/wire.ts'
import { eventually } from '../support/eventually.ts'
import { TINY_MODEL } from '../support/tiny-model.ts'
import { BadProxy } from './support/bad-proxy.ts'
import { beginStream } from './support/begin-stream.ts'
import { longAnswer, longRequest, readStream } from './support/long-answer.ts'
import { type NodeArguments, type NodeProcess, Stack } from './support/stack.ts'

/** As many as its context holds: an answer still runs when a busy machine comes to freeze its node. */
const WORDS = 200
/** Streams of one test, and the words of each. */
const STREAMS = 10
const CROWD_WORDS = 150
/**
 * From a freeze to the end of its streams elsewhere: what a busy link may be silent, and the time that another node's start and
 * the answer take. Well before an idle link would be given up, and then be answered.
 */
const AWAY_MS = BUSY_SILENCE_LIMIT_MS + 30_000
/** A freeze that outlasts the link. */
const LONG_FREEZE_MS = SILENCE_LIMIT_MS + 5_000
/** Only what hangs is to end here. */
const PATIENCE = { timeout: 150_000 }
/** How a stream may end, besides well. */
const DOCUMENTED_CODES = [undefined, 'node_failed', 'server_overloaded']

let stack: Stack
const proxies: BadProxy[] = []

beforeAll(async () => {
  stack = await Stack.start()
})
afterAll(async () => {
  await stack.close()
  for (const proxy of proxies) await proxy.close()
})

/** A node without tasks: their sandboxes would start with each of many, and a frozen one outlives the node that it belongs to. */
const addNode = (options: NodeArguments) => stack.addNode({ ...options, flags: ['--tasks', '0'] })

async function startProxy(badness?: Parameters<typeof BadProxy.start>[1]): Promise<BadProxy> {
  const proxy = await BadProxy.start(stack.url, badness)
  proxies.push(proxy)
  return proxy
}

/** Each story has a model of its own name, so that all can happen at the same time. */
const requestOf = (model: string, seed: number, words: number) => ({ ...longRequest(words, seed), model })
const modelOf = (name: string) => `${name}=${TINY_MODEL}`
const whole = (seed: number, words: number) => ({
  content: longAnswer(words, seed),
  code: undefined,
  isDone: true,
})

const begin = (model: string, seed: number) => beginStream(stack, requestOf(model, seed, WORDS))

const ask = async (model: string) => {
  const response = await stack.request('/v1/chat/completions', {
    body: { model, temperature: 0, messages: [{ role: 'user', content: 'What is 2+2?' }] },
  })
  const body = (await response.json()) as { choices?: [{ message: { content: string } }] }
  return { status: response.status, text: body.choices?.[0].message.content }
}
const answered = { status: 200, text: '2 + 2 = 4.' }

const enginesOf = (node: NodeProcess) =>
  execFileSync('pgrep', ['-P', String(node.pid)])
    .toString()
    .trim()
    .split('\n')
    .map(Number)
/** The node's process and its engines', which a frozen machine takes along. */
const processesOf = (node: NodeProcess) => [node.pid, ...enginesOf(node)]
const signal = (pids: readonly number[], name: NodeJS.Signals) => {
  for (const pid of pids) process.kill(pid, name)
}
const logged = (node: NodeProcess, event: string) => node.log.filter((line) => line.includes(`"${event}"`))
const untilLogged = (node: NodeProcess, event: string, times: number) =>
  eventually(() => expect(logged(node, event).length).toBeGreaterThanOrEqual(times), { limitMs: 60_000 })

/** Its engine was well all the time, and it said nothing that it may not say. */
function expectUnharmed(node: NodeProcess) {
  expect(logged(node, 'engine.exit')).toHaveLength(0)
  expect(logged(node, 'link.bad_frame')).toHaveLength(0)
}

// All at the same time, the longest first: most of it is waiting for a limit to pass.
it.concurrent(
  'a link that falls silent in the middle of a stream for longer than it may: the node comes back on a new one',
  PATIENCE,
  async () => {
    const node = await addNode({ name: 'glacier', model: modelOf('glacier') })
    const { rest } = await begin('glacier', 5)
    const pids = processesOf(node)
    signal(pids, 'SIGSTOP')
    setTimeout(() => signal(pids, 'SIGCONT'), LONG_FREEZE_MS)
    expect(await rest).toMatchObject({ code: 'node_failed', isDone: false }) // nobody else holds the model
    await vi.waitFor(() => expect(logged(node, 'link.welcomed')).toHaveLength(2), {
      timeout: LONG_FREEZE_MS + 30_000,
    })
    await eventually(async () => expect(await ask('glacier')).toEqual(answered))
    expectUnharmed(node)
  },
)

// In the first the engine goes on behind the frozen link, and its events come late.
it.concurrent.each([
  ['the node’s own process', 'ice', (node: NodeProcess) => [node.pid]],
  ['the whole node', 'snow', processesOf],
])(
  'a link that falls silent in the middle of a stream because %s froze: the stream goes on elsewhere; what thaws stays linked, stops what was moved, and serves',
  PATIENCE,
  async (_what, model, victims) => {
    const node = await addNode({ name: model, model: modelOf(model) })
    const { rest } = await begin(model, 2)
    const pids = victims(node)
    signal(pids, 'SIGSTOP')
    const frozenAt = performance.now()
    const spare = await addNode({ name: `${model}-spare`, model: modelOf(model) })
    expect(await rest).toEqual(whole(2, WORDS))
    expect(performance.now() - frozenAt).toBeLessThan(AWAY_MS)
    await eventually(async () => expect(await stack.nodeNamed(model)).toMatchObject({ status: 'offline' }))

    const { rest: another } = await begin(model, 3)
    signal(pids, 'SIGCONT')
    expect(await another).toEqual(whole(3, WORDS))
    await stack.untilOnline(model, node)
    spare.kill('SIGKILL')
    await eventually(async () => expect(await ask(model)).toEqual(answered))
    expect(logged(node, 'link.welcomed')).toHaveLength(1)
    expectUnharmed(node)
  },
)

it.concurrent(
  'a link that falls silent in the middle of a stream because the engine alone froze: it is started anew, and the stream goes on elsewhere',
  PATIENCE,
  async () => {
    const node = await addNode({ name: 'frost', model: modelOf('frost') })
    const { rest } = await begin('frost', 6)
    signal(enginesOf(node), 'SIGSTOP')
    await addNode({ name: 'frost-spare', model: modelOf('frost') })
    expect(await rest).toEqual(whole(6, WORDS))
    await untilLogged(node, 'engine.ready', 2)
    expect(logged(node, 'engine.exit')[0]).toContain('Its process froze.')
    expect(logged(node, 'link.welcomed')).toHaveLength(1)
  },
)

it.concurrent(
  'a link that falls silent in the middle of a stream behind a network that swallows everything: both sides notice, and the stream goes on on a new one',
  PATIENCE,
  async () => {
    const proxy = await startProxy()
    const node = await addNode({ name: 'hollow', model: modelOf('hollow'), edge: proxy.origin })
    const { rest } = await begin('hollow', 4)
    proxy.swallow()
    const swallowedAt = performance.now()
    expect(await rest).toEqual(whole(4, WORDS))
    expect(performance.now() - swallowedAt).toBeLessThan(AWAY_MS)
    // Its log comes by another way than the stream.
    await eventually(() => expect(logged(node, 'link.welcomed')).toHaveLength(2))
    expect(logged(node, 'link.lost')[0]).toContain('nothing heard for')
    expect(await ask('hollow')).toEqual(answered)
  },
)

it.concurrent('a node that froze while nothing ran is noticed by the first request that it is given, which another node answers', async () => {
  const node = await addNode({ name: 'icicle', model: modelOf('icicle') })
  const pids = processesOf(node)
  signal(pids, 'SIGSTOP')
  const frozenAt = performance.now()
  const answer = ask('icicle') // nobody else is there to take it
  await addNode({ name: 'icicle-spare', model: modelOf('icicle') })
  expect(await answer).toEqual(answered)
  expect(performance.now() - frozenAt).toBeLessThan(AWAY_MS)
  signal(pids, 'SIGCONT')
  await stack.untilOnline('icicle', node)
  expectUnharmed(node)
})

it.concurrent('a node behind a bad network that delays, halves and joins its frames loses nothing', async () => {
  const proxy = await startProxy({ delayMs: [20, 200] })
  await addNode({ name: 'slow', model: modelOf('slow'), edge: proxy.origin })
  const streams = Array.from({ length: STREAMS }, async (_, seed) => {
    const response = await stack.request('/v1/chat/completions', {
      body: requestOf('slow', seed, CROWD_WORDS),
    })
    return readStream(await response.text())
  })
  expect(await Promise.all(streams)).toEqual(
    Array.from({ length: STREAMS }, (_, seed) => whole(seed, CROWD_WORDS)),
  )
})

it.concurrent(
  'a node behind a bad network that delays and also breaks now and then: each stream has its text to the letter, or ends with a documented error',
  PATIENCE,
  async () => {
    const proxy = await startProxy({ delayMs: [20, 200], lifeMs: [4_000, 8_000] })
    const nodes = await Promise.all(
      ['torn', 'ripped'].map((name) => addNode({ name, model: modelOf('torn'), edge: proxy.origin })),
    )
    const before = proxy.drops
    const streams = Array.from({ length: STREAMS }, async (_, seed) => {
      const response = await stack.request('/v1/chat/completions', {
        body: requestOf('torn', seed, CROWD_WORDS),
        signal: AbortSignal.timeout(90_000),
      })
      const text = await response.text()
      if (response.status === 200) return { seed, ...readStream(text) }
      const { error } = JSON.parse(text) as { error: { code: string } }
      return { seed, content: '', code: error.code, isDone: false }
    })
    const results = await Promise.all(streams)
    for (const { seed, content, code, isDone } of results) {
      expect(DOCUMENTED_CODES).toContain(code)
      expect(isDone, `stream ${seed}`).toBe(code === undefined)
      if (isDone) expect(content).toBe(longAnswer(CROWD_WORDS, seed))
      else expect(longAnswer(CROWD_WORDS, seed).startsWith(content), `stream ${seed}: ${content}`).toBe(true)
    }
    expect(results.some(({ isDone }) => isDone)).toBe(true)
    expect(proxy.drops).toBeGreaterThan(before)
    expect(nodes.flatMap((node) => logged(node, 'link.bad_frame'))).toEqual([])
  },
)

it.concurrent('a node that freezes for a moment goes on with its stream where it was, on the same link', async () => {
  const node = await addNode({ name: 'blink', model: modelOf('blink') })
  const { rest } = await begin('blink', 1)
  const pids = processesOf(node)
  signal(pids, 'SIGSTOP')
  setTimeout(() => signal(pids, 'SIGCONT'), 3_000)
  expect(await rest).toEqual(whole(1, WORDS))
  expect(logged(node, 'link.welcomed')).toHaveLength(1)
  expect(logged(node, 'engine.exit')).toHaveLength(0)
})
