import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { createDb } from '../../../../worker/db/client.ts'
import { agentRuns } from '../../../../worker/db/tables/agents.ts'
import { RunStore } from '../../../../worker/durable/agent-run/run-store.ts'
import { configOf } from '../../../../worker/env.ts'
import { MAX_RUNS_AT_ONCE, RUN_KEPT_MS } from '../../../../worker/services/agents/limits.ts'
import { createServices } from '../../../../worker/wiring.ts'
import { newAccount } from '../../../contracts/contract-client.ts'
import { eventsOf } from '../../samples.ts'
import { ANSWER, decided, type Person, type ShownRun, TIME, useAgents } from './agent-setup.ts'

const db = createDb(env.DB)
const { agentRuns: runs } = createServices(env, configOf(env))

const agents = useAgents()
const { ask, get, post, newestId, statusOf, endCall, evict } = agents
type Run = ShownRun

describe('the size from which models decide', () => {
  it('is the one of GUIDED_BELOW_WEIGHTS', async () => {
    const decides = (variables: object) =>
      createServices(env, configOf({ ...env, ...variables })).modelSizes.decides('unknown')
    expect(await decides({})).toBe(false)
    expect(await decides({ GUIDED_BELOW_WEIGHTS: '0' })).toBe(true)
  })
})

describe('a run of an agent', () => {
  it('answers a chat in steps, which its answer tells and its trace keeps', async () => {
    const person = await newAccount()
    const asked = ask(person)
    const first = await agents.node.answer([TIME])
    expect(first.request.format).toEqual({ schema: expect.objectContaining({ anyOf: expect.any(Array) }) })
    await agents.node.answer([ANSWER])
    await agents.node.answer(['It is', ' late.'])
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
      steps: [
        {
          ...{ step: 1, state: 'ended', tool: 'current_time', decided_by: 'model', ok: true },
          ...{ arguments: { time_zone: 'Asia/Seoul' }, result: expect.stringMatching(/Seoul/) },
          ...{ ms: expect.any(Number), usage: { completion_tokens: 1 }, sources: [] },
        },
      ],
    })
  })

  it('streams its steps as reasoning, its answer as content, and no JSON of a tool', async () => {
    const person = await newAccount()
    const asked = ask(person, { stream: true })
    await agents.node.answer([TIME])
    await agents.node.answer([ANSWER])
    await agents.node.answer(['It is late.'])
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
    await agents.node.answer([ANSWER])
    await agents.node.answer(['Late.'])
    await asked
    const next = ask(person, {
      session_id,
      agent_type: 'react',
      messages: [{ role: 'user', content: 'And now?' }],
    })
    const { request } = await agents.node.answer([ANSWER])
    await agents.node.answer(['Later.'])
    await next
    expect(JSON.stringify(request.prompt)).toContain('Late.')
  })

  it('stops its model within a second when it is cancelled from another device', async () => {
    const person = await newAccount()
    const asked = ask(person)
    const { callId } = await agents.node.next('generation.start')
    const id = await newestId(person)
    const cancelled = post(person, id, 'cancel')
    expect((await agents.node.next('call.cancel')).callId).toBe(callId)
    endCall(callId)
    expect((await cancelled).status).toBe(200)
    expect(await statusOf(person, id)).toBe('cancelled')
    expect((await post(person, id, 'cancel')).status).toBe(409)
    await asked
  })

  it('goes on from its last finished step after its object was lost', async () => {
    const person = await newAccount()
    const asked = ask(person)
    await agents.node.answer([TIME])
    const second = await agents.node.next('generation.start')
    const id = await newestId(person)
    await evict(id)
    endCall(second.callId)
    const again = await agents.node.answer([ANSWER])
    expect(JSON.stringify(again.request.prompt)).toContain('Result of step 1 (current_time)')
    await agents.node.answer(['Late.'])
    await asked
    const { status, steps, answer } = await get<Run>(`/${id}`, person)
    expect([status, answer]).toEqual(['completed', 'Late.'])
    expect(steps).toHaveLength(1)
  })

  const whole = (path: string) => (person: Person) =>
    agents.world.request(path, { key: person.token, body: agents.bodyOf() })

  it.each([
    ['a chat completion', whole('/v1/chat/completions')],
    ['a run that is asked for as such', whole('/v1/agents/runs')],
    ['a chat of a conversation', (person: Person) => ask(person)],
  ])('is waited for whole as %s though its object is lost in a step and in the answer', async (_, ask) => {
    const person = await newAccount()
    const asked = ask(person)
    await agents.node.answer([TIME])
    const id = await newestId(person)
    const deciding = await agents.node.next('generation.start')
    await evict(id)
    endCall(deciding.callId)
    await agents.node.answer([ANSWER])
    const answering = await agents.node.next('generation.start')
    agents.node.send({ type: 'step', step: [[answering.callId, 'It is ea', [0]]] })
    await expect.poll(async () => (await get<Run>(`/${id}`, person)).answer).toBe('It is ea')
    await evict(id)
    endCall(answering.callId)
    const again = await agents.node.answer(['rly.'])
    expect(JSON.stringify(again.request.prompt)).toContain('Result of step 1 (current_time)')
    expect(again.request.resume).toEqual([0])
    const response = await asked
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('"It is early."')])
    const { status, steps, answer } = await get<Run>(`/${id}`, person)
    expect([status, answer]).toEqual(['completed', 'It is early.'])
    expect(steps).toMatchObject([{ step: 1, tool: 'current_time', ok: true }])
  })
})

describe('a step that changes something after text from outside was read', () => {
  const READ = decided('read_document', { step: 1 })
  const remember = (text: string) => decided('remember', { text })

  /** A run that waits for a person's word. */
  const waiting = async (person: Person) => {
    const asked = ask(person)
    await agents.node.answer([TIME])
    await agents.node.answer([READ])
    await agents.node.answer([remember('Seoul is late.')])
    const id = await newestId(person)
    await expect.poll(() => statusOf(person, id)).toBe('waiting_approval')
    return { id, asked }
  }
  const notesOf = async ({ token }: Person) =>
    (await (await agents.world.request('/v1/agents/notes', { key: token })).json()) as {
      data: { text: string }[]
    }

  it('waits for a person, of whose two words at once the first stands, also after its object was lost', async () => {
    const person = await newAccount()
    const { id, asked } = await waiting(person)
    expect((await notesOf(person)).data).toEqual([])
    await evict(id)
    const words = await Promise.all([1, 2].map(() => post(person, id, 'approve', { step: 3, approve: true })))
    expect(words.map(({ status }) => status).toSorted()).toEqual([200, 409])
    await agents.node.answer([ANSWER])
    await agents.node.answer(['I will remember.'])
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
    await agents.node.answer([ANSWER])
    await agents.node.answer(['It was refused.'])
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
    await agents.node.answer([ANSWER])
    await agents.node.answer(['Late.'])
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
    expect((await agents.world.request(`/v1/agents/runs/${id}`, { key: mine.token })).status).toBe(404)
    expect((await agents.world.request(`/v1/agents/runs/${id}/events`, { key: mine.token })).status).toBe(404)
    expect((await post(mine, id, 'cancel')).status).toBe(404)
    expect((await post(mine, id, 'approve', { step: 1, approve: true })).status).toBe(404)
    expect((await get<{ data: Run[] }>('', mine)).data).toEqual([])
  })

  it('tells the events again from where a listener stands', async () => {
    const person = await newAccount()
    const id = await ran(person)
    const events = async (query = '') =>
      (await agents.world.request(`/v1/agents/runs/${id}/events${query}`, { key: person.token })).text()
    const whole = await events()
    expect(whole).toMatch(/"type":"run.started".*"type":"answer.delta".*"type":"run.ended"/s)
    const [, first = ''] = /id: (\S+)\n/.exec(whole) ?? []
    const rest = await events(`?starting_after=${first}`)
    expect(rest).not.toContain('run.started')
    expect(rest).toContain('run.ended')
    expect(
      (await agents.world.request(`/v1/agents/runs/${id}/events?starting_after=x`, { key: person.token }))
        .status,
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
    const calls = await Promise.all(open.map(() => agents.node.next('generation.start')))
    const refused = await ask(person, { session_id: crypto.randomUUID() })
    expect(refused.status).toBe(429)
    expect(await refused.text()).toMatch(/at most 2 runs at a time/)
    for (const { callId } of calls) {
      endCall(callId, ANSWER)
    }
    await Promise.all(open.map(() => agents.node.answer(['Late.'])))
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
    expect((await agents.world.request(`/v1/agents/runs/${id}`, { key: person.token })).status).toBe(404)
    const kept = await runInDurableObject(env.AGENT_RUN.getByName(id), (_instance, state) =>
      state.storage.kv.get('state'),
    )
    expect(kept).toBeUndefined()
  })
})
