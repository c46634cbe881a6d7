import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { IsolatedEdge } from '../../scripts/isolated-edge.ts'
import { eventually } from '../support/eventually.ts'
import type { ImmortalNode } from './support/immortal-node.ts'
import { killedNode } from './support/killed-world.ts'
import { longAnswer, longRequest, readStream } from './support/long-answer.ts'

const NODES = 3
const STREAMS = 40
const WORDS = 40
/** Of one disaster. */
const KILLS = 8
const KILL_EVERY_MS = 1_000
/** How long a machine may take to start a node again: the next is killed once there is another one for its streams. */
const RETURN_MS = 60_000
/** Longer than every limit that a stream may meet on its way: 30 s in a queue, 30 s to recover, and once more in a queue. */
const HANG_MS = 150_000

/** How a stream may end, besides well. */
const DOCUMENTED_CODES = ['node_failed', 'server_overloaded']

const nameOf = (index: number) => `chaos-${index}`

let edge: IsolatedEdge
const nodes: ImmortalNode[] = []

beforeAll(async () => {
  edge = await IsolatedEdge.create()
  await edge.start()
  for (let index = 0; index < NODES; index += 1) {
    nodes.push((await killedNode(edge, nameOf(index), ['--slots', '4', '--tasks', '0'])).node)
  }
  await online(NODES)
})

afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()))
  await edge.stop()
  await edge.remove()
})

const get = (path: string) => fetch(edge.origin + path, { headers: { authorization: `Bearer ${edge.key}` } })

/** The nodes that are there, as soon as there are so many. */
const online = (atLeast: number): Promise<ImmortalNode[]> =>
  eventually(
    async () => {
      const { data } = (await (await get('/v1/nodes')).json()) as { data: { name: string; status: string }[] }
      const names = new Set(data.filter(({ status }) => status === 'online').map(({ name }) => name))
      expect(names.size).toBeGreaterThanOrEqual(atLeast)
      return nodes.filter((_, index) => names.has(nameOf(index)))
    },
    { limitMs: RETURN_MS, intervalMs: 200 },
  )

interface Result {
  seed: number
  status: number
  retryAfterMs: number
  content: string
  code: string | undefined
  isDone: boolean
}

async function stream(seed: number): Promise<Result> {
  const response = await fetch(`${edge.origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${edge.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(longRequest(WORDS, seed)),
    signal: AbortSignal.timeout(HANG_MS),
  })
  const text = await response.text()
  const retryAfterMs = Number(response.headers.get('retry-after') ?? 0) * 1000
  if (response.status === 200) return { seed, status: 200, retryAfterMs, ...readStream(text) }
  const { error } = JSON.parse(text) as { error: { code: string } }
  return { seed, status: response.status, retryAfterMs, content: '', code: error.code, isDone: false }
}

/** The fault of a result, if it has one: a gap, a repeat, a success without its end, an undocumented error. */
function faultOf({ seed, status, content, code, isDone }: Result): string | undefined {
  const expected = longAnswer(WORDS, seed)
  if (code === undefined) {
    if (!isDone) return `stream ${seed} broke off without an error`
    return content === expected
      ? undefined
      : `stream ${seed} ended with a text that is not its own: ${content}`
  }
  if (!DOCUMENTED_CODES.includes(code)) return `stream ${seed} ended with ${status} ${code}`
  return expected.startsWith(content) ? undefined : `stream ${seed} had a gap or a repeat: ${content}`
}

/**
 * Kills a node every second under 40 streams, one of those that are there while another is, so that streams have where to go on
 * however slowly this machine starts nodes. Every stream ends before this does.
 */
async function run(firstSeed: number): Promise<{ results: Result[]; moves: number }> {
  const results: Result[] = []
  let moves = 0
  let isOver = false
  let seed = firstSeed
  const worker = async () => {
    while (!isOver) {
      seed += 1
      const result = await stream(seed)
      results.push(result)
      // As the openai client does it: the answer says when to come back.
      if (result.retryAfterMs > 0) await pause(result.retryAfterMs)
    }
  }
  const streams = Promise.all(Array.from({ length: STREAMS }, worker))
  try {
    for (let kills = 0; kills < KILLS; kills += 1) {
      await pause(KILL_EVERY_MS) // the pace of the disaster, not a wait for an outcome
      const there = await online(2)
      moves = Math.max(moves, await movesSoFar())
      there[Math.floor(Math.random() * there.length)]?.kill()
    }
  } finally {
    isOver = true
    await streams
  }
  await online(NODES)
  moves = Math.max(moves, await movesSoFar())
  const tally = Object.groupBy(results, ({ status, code }) => `${status} ${code ?? 'whole'}`)
  console.info({
    moves,
    ...Object.fromEntries(Object.entries(tally).map(([how, list]) => [how, list?.length])),
  })
  return { results, moves }
}

const movesSoFar = async () => {
  const text = await (await get('/v1/metrics')).text()
  return [...text.matchAll(/^switchyard_(?:moves|retries)_total\{.*\} (\d+)$/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  )
}

describe('a pool whose nodes are killed at random under 40 streams', () => {
  it('loses nothing: each stream has its text to the letter, or ends with a documented error', {
    timeout: 300_000,
  }, async () => {
    const { results, moves } = await run(0)
    expect(results.map(faultOf).filter(Boolean)).toEqual([])
    expect(results.filter(({ isDone }) => isDone).length).toBeGreaterThan(0)
    expect(moves).toBeGreaterThan(0)
  })

  it('and once more after the edge was restarted: the nodes come back by themselves', {
    timeout: 300_000,
  }, async () => {
    await edge.stop()
    await edge.start()
    await online(NODES)
    const { results } = await run(1_000_000)
    expect(results.map(faultOf).filter(Boolean)).toEqual([])
    expect(results.filter(({ isDone }) => isDone).length).toBeGreaterThan(0)
  })
})
