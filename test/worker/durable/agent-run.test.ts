import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDb } from '../../../worker/db/client.ts'
import { accounts as accountRows } from '../../../worker/db/tables/accounts.ts'
import { agentRuns } from '../../../worker/db/tables/agents.ts'
import { RunStore } from '../../../worker/durable/agent-run/run-store.ts'
import { configOf } from '../../../worker/env.ts'
import { MAX_RUNS_AT_ONCE, RUN_KEPT_MS } from '../../../worker/services/agents/limits.ts'
import { createServices } from '../../../worker/wiring.ts'
import { contractClient, newAccount } from '../../contracts/contract-client.ts'
import { eventsOf, uniqueModel } from '../samples.ts'
import { createWorld, type TestNode, type World } from '../world.ts'

const db = createDb(env.DB)
const { agentRuns: runs } = createServices(env, configOf(env))
const { call } = contractClient('agentic')

/** Large enough to decide for itself. */
let model: ReturnType<typeof uniqueModel>
let world: World
let node: TestNode
beforeAll(async () => {
  world = await createWorld()
})
beforeEach(async () => {
  model = uniqueModel({ sizeBytes: 2_000_000_000, slots: 8 })
  node = await world.addNode({ models: [model.holding] })
})

type Person = Awaited<ReturnType<typeof newAccount>>

const TIME = JSON.stringify({ action: 'current_time', arguments: { time_zone: 'Asia/Seoul' } })
const ANSWER = JSON.stringify({ action: 'answer' })

const ask = ({ token }: Person, over: object = {}) =>
  call('/v1/chat/completions', {
    token,
    body: {
      model: model.id,
      messages: [{ role: 'user', content: 'What time is it in Seoul?' }],
      agent_type: 'react',
      ...over,
    },
  })

const get = async <Body>(path: string, { token }: Person) =>
  (await world.request(`/v1/agents/runs${path}`, { key: token })).json() as Promise<Body>
const post = ({ token }: Person, id: string, action: string, body?: object) =>
  world.request(`/v1/agents/runs/${id}/${action}`, { key: token, method: 'POST', ...(body ? { body } : {}) })

interface Run {
  id: string
  status: string
  limit: string | null
  steps: {
    step: number
    state: string
    tool: string
    ok?: boolean
    code?: string
    decided_by: string
    result?: string
  }[]
  answer: string
  answered_by: string | null
}
const newest = async (person: Person) => (await get<{ data: Run[] }>('', person)).data[0]
const newestId = async (person: Person) => {
  await expect.poll(() => newest(person)).toBeDefined()
  return (await newest(person))?.id ?? ''
}
const statusOf = (person: Person, id: string) => get<Run>(`/${id}`, person).then(({ status }) => status)

describe('a run of an agent', () => {
  it('answers a chat in steps, which its answer tells and its trace keeps', async () => {
    const person = await newAccount()
    const asked = ask(person)
    const first = await node.answer([TIME])
    expect(first.request.format).toEqual({ schema: expect.objectContaining({ anyOf: expect.any(Array) }) })
    await node.answer([ANSWER])
    await node.answer(['It is', ' late.'])
    const response = await asked
    expect(response.status).toBe(200)
    const completion = (await response.json()) as {
      choices: { message: { content: string } }[]
      x_agent: Run & { run_id: string }
    }
    expect(completion.choices[0]?.message.content).toBe('It is late.')
    expect(completion.x_agent).toMatchObject({
      agent: 'react',
      status: 'completed',
      answered_by: 'model',
      limit: null,
      steps: [
        {
          step: 1,
          tool: 'current_time',
          decided_by: 'model',
          ok: true,
          result: expect.stringMatching(/Seoul/),
        },
      ],
    })
    expect(await get<Run>(`/${completion.x_agent.run_id}`, person)).toMatchObject({
      status: 'completed',
      answer: 'It is late.',
      answered_by: 'model',
      steps: [{ step: 1, state: 'ended', tool: 'current_time', ok: true, usage: { completion_tokens: 1 } }],
    })
  })

  it('streams its steps as reasoning, its answer as content, and no JSON of a tool', async () => {
    const person = await newAccount()
    const asked = ask(person, { stream: true })
    await node.answer([TIME])
    await node.answer([ANSWER])
    await node.answer(['It is late.'])
    const chunks = eventsOf(await (await asked).text()).filter((chunk) => chunk !== '[DONE]') as {
      choices: { delta: { content?: string; reasoning_content?: string } }[]
      x_step?: { tool: string; state: string }
      x_agent?: object
    }[]
    const deltas = chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta))
    expect(deltas.map(({ content = '' }) => content).join('')).toBe('It is late.')
    expect(deltas.map(({ reasoning_content = '' }) => reasoning_content).join('')).toMatch(
      /^1\. current_time .*\n {3}→ /,
    )
    expect(chunks.flatMap(({ x_step }) => x_step?.state ?? [])).toEqual(['started', 'ended'])
    expect(chunks.at(-1)?.x_agent).toBeDefined()
  })

  it('is a turn of its conversation like any other', async () => {
    const person = await newAccount()
    const session_id = `session-${crypto.randomUUID()}`
    const asked = ask(person, { session_id })
    await node.answer([ANSWER])
    await node.answer(['Late.'])
    await asked
    const next = ask(person, {
      session_id,
      agent_type: 'react',
      messages: [{ role: 'user', content: 'And now?' }],
    })
    const { request } = await node.answer([ANSWER])
    await node.answer(['Later.'])
    await next
    expect(JSON.stringify(request.prompt)).toContain('Late.')
  })

  it('stops its model within a second when it is cancelled from another device', async () => {
    const person = await newAccount()
    const asked = ask(person)
    const { callId } = await node.next('generation.start')
    const id = await newestId(person)
    const cancelled = post(person, id, 'cancel')
    expect((await node.next('call.cancel')).callId).toBe(callId)
    node.send({
      type: 'call.end',
      callId,
      finishReason: 'cancelled',
      usage: { promptTokens: 1, cachedPromptTokens: 0, completionTokens: 0 },
    })
    expect((await cancelled).status).toBe(200)
    expect(await statusOf(person, id)).toBe('cancelled')
    expect((await post(person, id, 'cancel')).status).toBe(409)
    await asked
  })

  it('goes on from its last finished step after its object was lost', async () => {
    const person = await newAccount()
    const asked = ask(person)
    await node.answer([TIME])
    const second = await node.next('generation.start')
    const id = await newestId(person)
    const stub = env.AGENT_RUN.getByName(id)
    await runInDurableObject(stub, (_instance, state) => state.abort('evicted')).catch(() => {})
    node.send({
      type: 'call.end',
      callId: second.callId,
      finishReason: 'cancelled',
      usage: { promptTokens: 1, cachedPromptTokens: 0, completionTokens: 0 },
    })
    const again = await node.answer([ANSWER])
    expect(JSON.stringify(again.request.prompt)).toContain('Result of step 1 (current_time)')
    await node.answer(['Late.'])
    await asked
    const { status, steps, answer } = await get<Run>(`/${id}`, person)
    expect([status, answer]).toEqual(['completed', 'Late.'])
    expect(steps).toHaveLength(1)
  })

  it('ends at its next step when the account is deactivated', async () => {
    const person = await newAccount()
    const asked = ask(person)
    const { callId } = await node.next('generation.start')
    const id = await newestId(person)
    await db.update(accountRows).set({ active: false }).where(eq(accountRows.id, person.account.id))
    node.send({ type: 'step', step: [[callId, TIME, [0]]] })
    node.send({
      type: 'call.end',
      callId,
      finishReason: 'stop',
      usage: { promptTokens: 1, cachedPromptTokens: 0, completionTokens: 1 },
    })
    await asked
    await expect
      .poll(async () => (await db.select().from(agentRuns).where(eq(agentRuns.id, id)))[0]?.state, {
        timeout: 5_000,
      })
      .toMatch(/failed|cancelled/)
  })
})

describe('a step that changes something after text from outside was read', () => {
  const READ = JSON.stringify({ action: 'read_document', arguments: { step: 1 } })
  const remember = (text: string) => JSON.stringify({ action: 'remember', arguments: { text } })

  /** A run that waits for a person's word. */
  const waiting = async (person: Person) => {
    const asked = ask(person)
    await node.answer([TIME])
    await node.answer([READ])
    await node.answer([remember('Seoul is late.')])
    const id = await newestId(person)
    await expect.poll(() => statusOf(person, id)).toBe('waiting_approval')
    return { id, asked }
  }
  const notesOf = async ({ token }: Person) =>
    (await (await world.request('/v1/agents/notes', { key: token })).json()) as { data: { text: string }[] }

  it('waits for a person, of whose two words at once the first stands, also after its object was lost', async () => {
    const person = await newAccount()
    const { id, asked } = await waiting(person)
    expect((await notesOf(person)).data).toEqual([])
    const stub = env.AGENT_RUN.getByName(id)
    await runInDurableObject(stub, (_instance, state) => state.abort('evicted')).catch(() => {})
    const words = await Promise.all([1, 2].map(() => post(person, id, 'approve', { step: 3, approve: true })))
    expect(words.map(({ status }) => status).toSorted()).toEqual([200, 409])
    await node.answer([ANSWER])
    await node.answer(['I will remember.'])
    await asked
    expect((await notesOf(person)).data.map(({ text }) => text)).toEqual(['Seoul is late.'])
    expect(await get<Run>(`/${id}`, person)).toMatchObject({
      status: 'completed',
      steps: [{ ok: true }, { ok: true }, { step: 3, tool: 'remember', ok: true }],
    })
  })

  it('is not done when a person refuses it, and the run goes on', async () => {
    const person = await newAccount()
    const { id, asked } = await waiting(person)
    expect((await post(person, id, 'approve', { step: 3, approve: false })).status).toBe(200)
    await node.answer([ANSWER])
    await node.answer(['It was refused.'])
    await asked
    expect((await notesOf(person)).data).toEqual([])
    expect(await get<Run>(`/${id}`, person)).toMatchObject({
      status: 'completed',
      steps: [{ ok: true }, { ok: true }, { ok: false, code: 'needs_approval' }],
    })
  })
})

describe('what a run keeps', () => {
  it('is also a result of 10 MB, whole', async () => {
    const text = `${'0123456789'.repeat(1_000_000)}é`
    const stub = env.AGENT_RUN.getByName(crypto.randomUUID())
    const kept = await runInDurableObject(stub, (_instance, state) => {
      new RunStore(state).write('use:1', { text })
      return new RunStore(state).read('use:1')
    })
    expect(kept).toEqual({ text })
  })
})

describe('/v1/agents/runs', () => {
  const ran = async (person: Person) => {
    const asked = ask(person)
    await node.answer([ANSWER])
    await node.answer(['Late.'])
    await asked
    return newestId(person)
  }

  it('lists an account’s own runs by pages, newest first', async () => {
    const person = await newAccount()
    const ids = [await ran(person), await ran(person), await ran(person)].toReversed()
    const page = await get<{ data: Run[]; has_more: boolean; last_id: string }>('?limit=2', person)
    expect([page.data.map(({ id }) => id), page.has_more]).toEqual([ids.slice(0, 2), true])
    const next = await get<{ data: Run[]; has_more: boolean }>(`?limit=2&after=${page.last_id}`, person)
    expect([next.data.map(({ id }) => id), next.has_more]).toEqual([ids.slice(2), false])
  })

  it('shows, follows, stops and approves nobody else’s', async () => {
    const [mine, theirs] = [await newAccount(), await newAccount()]
    const id = await ran(theirs)
    expect((await world.request(`/v1/agents/runs/${id}`, { key: mine.token })).status).toBe(404)
    expect((await world.request(`/v1/agents/runs/${id}/events`, { key: mine.token })).status).toBe(404)
    expect((await post(mine, id, 'cancel')).status).toBe(404)
    expect((await post(mine, id, 'approve', { step: 1, approve: true })).status).toBe(404)
    expect((await get<{ data: Run[] }>('', mine)).data).toEqual([])
  })

  it('tells the events again from where a listener stands', async () => {
    const person = await newAccount()
    const id = await ran(person)
    const events = async (query = '') =>
      (await world.request(`/v1/agents/runs/${id}/events${query}`, { key: person.token })).text()
    const whole = await events()
    expect(whole).toMatch(/"type":"run.started".*"type":"answer.delta".*"type":"run.ended"/s)
    const [, first = ''] = /id: (\S+)\n/.exec(whole) ?? []
    const rest = await events(`?starting_after=${first}`)
    expect(rest).not.toContain('run.started')
    expect(rest).toContain('run.ended')
    expect(
      (await world.request(`/v1/agents/runs/${id}/events?starting_after=x`, { key: person.token })).status,
    ).toBe(400)
  })

  it('has nothing to approve where no step waits', async () => {
    const person = await newAccount()
    const id = await ran(person)
    expect((await post(person, id, 'approve', { step: 1, approve: true })).status).toBe(409)
    expect((await post(person, id, 'approve', { step: 0, approve: true })).status).toBe(400)
  })

  it(`runs ${MAX_RUNS_AT_ONCE.free} of a free account at a time, and refuses one more`, async () => {
    const person = await newAccount({ plan: 'free' })
    const open = Array.from({ length: MAX_RUNS_AT_ONCE.free }, () =>
      ask(person, { session_id: crypto.randomUUID() }),
    )
    const calls = await Promise.all(open.map(() => node.next('generation.start')))
    const refused = await ask(person, { session_id: crypto.randomUUID() })
    expect(refused.status).toBe(429)
    expect(await refused.text()).toMatch(/at most 2 runs at a time/)
    for (const { callId } of calls) {
      node.send({ type: 'step', step: [[callId, ANSWER, [0]]] })
      node.send({
        type: 'call.end',
        callId,
        finishReason: 'stop',
        usage: { promptTokens: 1, cachedPromptTokens: 0, completionTokens: 1 },
      })
    }
    await Promise.all(open.map(() => node.answer(['Late.'])))
    await Promise.all(open)
  })

  it('keeps runs for 30 days, then forgets them whole', async () => {
    const person = await newAccount()
    const id = await ran(person)
    await db
      .update(agentRuns)
      .set({ createdAt: Date.now() - RUN_KEPT_MS + 60_000 })
      .where(eq(agentRuns.id, id))
    await runs.sweep()
    expect(await statusOf(person, id)).toBe('completed')
    await db
      .update(agentRuns)
      .set({ createdAt: Date.now() - RUN_KEPT_MS - 1 })
      .where(eq(agentRuns.id, id))
    expect(await runs.sweep()).toBeGreaterThan(0)
    expect((await world.request(`/v1/agents/runs/${id}`, { key: person.token })).status).toBe(404)
    const kept = await runInDurableObject(env.AGENT_RUN.getByName(id), (_instance, state) =>
      state.storage.kv.get('state'),
    )
    expect(kept).toBeUndefined()
  })
})
