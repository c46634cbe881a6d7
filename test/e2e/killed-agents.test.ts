import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HelperProcess } from '../../scripts/bench/helper-process.ts'
import type { LinkPlace } from '../../scripts/bench/nodes/node-link.ts'
import { NULL_MODEL, NULL_TOKEN_TEXT } from '../../scripts/bench/nodes/null-engine.ts'
import type { NullNodeApi } from '../../scripts/bench/nodes/null-node.ts'
import { IsolatedEdge } from '../../scripts/isolated-edge.ts'
import { timesOf } from '../support/property-runs.ts'
import { until } from './support/until.ts'

const RUNS = timesOf(1, 20)
/** A run has two minutes of its own, and what was killed takes some seconds to come back. */
const RUN_LIMIT_MS = 240_000

/** Slow enough to be killed in the middle of decisions and answers. */
const STEPS_PER_SECOND = 5
/** As the node's engine decides them. */
const STEPS = 6

let edge: IsolatedEdge
let node: HelperProcess<NullNodeApi>
let place: LinkPlace
let headers: Record<string, string>

/** A node process that speaks the real protocol, around an engine that follows a script. */
async function startNode(): Promise<void> {
  const file = new URL('../../scripts/bench/nodes/null-node.ts', import.meta.url)
  node = new HelperProcess<NullNodeApi>({ file, profileDir: undefined })
  await node.ask('start', { place, stepsPerSecond: STEPS_PER_SECOND }, AbortSignal.timeout(30_000))
}

beforeAll(async () => {
  edge = await IsolatedEdge.create()
  await edge.start()
  place = {
    edge: edge.origin,
    joinToken: await edge.joinToken('killed'),
    stateDir: join(edge.folder, 'node'),
  }
  await mkdir(place.stateDir)
  await startNode()
  await edge.serves(NULL_MODEL.id)
  const login = await fetch(`${edge.origin}/agentic/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: 'administrator' }),
  })
  const { access_token } = (await login.json()) as { access_token: string }
  headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' }
})

afterAll(async () => {
  await node.stop()
  await edge.stop()
  await edge.remove()
})

interface Run {
  id: string
  status: string
  answer: string
  steps: { step: number; state: string }[]
}

async function json<Shown>(path: string): Promise<Shown> {
  const response = await fetch(edge.origin + path, { headers, signal: AbortSignal.timeout(10_000) })
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as Shown // as the document of the API promises it
}

/** A question whose reader may be cut off with the edge. */
function ask(question: string): Promise<unknown> {
  const body = { model: NULL_MODEL.id, stream: true, agent_type: 'react', max_tokens: 10 }
  return fetch(`${edge.origin}/agentic/v1/chat/completions`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ ...body, messages: [{ role: 'user', content: question }] }),
  })
    .then((response) => response.text())
    .catch(() => {})
}

async function begun(question: string): Promise<string> {
  let id = ''
  await until(
    async () => {
      const { data } = await json<{ data: (Run & { question: string })[] }>('/v1/agents/runs?limit=5')
      id = data.find((run) => run.question === question)?.id ?? ''
      if (id === '') throw new Error('It has not begun.')
    },
    { limitMs: 30_000, intervalMs: 20 },
  )
  return id
}

const isOver = ({ status }: Run) => !['running', 'waiting_approval'].includes(status)

/** The events of a run that is over, as everybody hears them who comes later. */
async function eventsOf(id: string): Promise<string[]> {
  const response = await fetch(`${edge.origin}/v1/agents/runs/${id}/events`, { headers })
  return [
    ...(await response.text()).matchAll(
      /"type":"(run\.\w+|step)"(?:,"step":\{"step":(\d+),"state":"(\w+)")?/g,
    ),
  ].map(([, type, step, state]) => (step ? `${step} ${state}` : (type ?? '')))
}

describe.runIf(process.platform === 'linux')('a run of an agent', () => {
  it(`whose edge and node are killed in every step goes on where it was, ${RUNS} times over`, {
    timeout: RUNS * RUN_LIMIT_MS,
  }, async () => {
    let kills = 0
    for (let run = 0; run < RUNS; run += 1) {
      const question = `What time is it in Seoul? (${run})`
      const asked = ask(question)
      const id = await begun(question)
      let last: Run | undefined
      let killedAt = -1
      await until(
        async () => {
          last = await json<Run>(`/v1/agents/runs/${id}`)
          if (isOver(last)) return
          // Once in each step: before the first one ends, and after each.
          if (last.steps.length > killedAt) {
            killedAt = last.steps.length
            kills += 1
            if (kills % 2 === 0) {
              node.kill()
              await startNode()
            } else {
              edge.kill()
              await edge.start()
            }
          }
          throw new Error(JSON.stringify(last))
        },
        { limitMs: RUN_LIMIT_MS, intervalMs: 50 },
      )
      await asked
      expect([last?.status, last?.answer]).toEqual(['completed', NULL_TOKEN_TEXT.repeat(10)])
      const events = await eventsOf(id)
      expect([events[0], events.at(-1)]).toEqual(['run.started', 'run.ended'])
      const steps = events.slice(1, -1)
      // Each step was begun once and has ended once, in order.
      const expected = Array.from({ length: STEPS }, (_, at) => [`${at + 1} started`, `${at + 1} ended`])
      expect(steps).toEqual(expected.flat())
    }
    // A step may end while what was killed before it is coming back.
    expect(kills).toBeGreaterThanOrEqual(RUNS * (STEPS - 1))
  })
})
