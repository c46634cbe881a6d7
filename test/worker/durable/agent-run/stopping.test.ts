import { runDurableObjectAlarm, SELF } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { createDb } from '../../../../worker/db/client.ts'
import { accounts } from '../../../../worker/db/tables/accounts.ts'
import { calls } from '../../../../worker/db/tables/metering.ts'
import { configOf } from '../../../../worker/env.ts'
import { createKeys } from '../../../../worker/services/accounts/keys.ts'
import type { RunSpec } from '../../../../worker/services/agents/spec.ts'
import { accountSubject, TOKENS_BUDGET } from '../../../../worker/services/limits/budget.ts'
import { MAX_CALL_TRIES } from '../../../../worker/services/tasks/task-calls.ts'
import { createRunServices } from '../../../../worker/wiring/runs.ts'
import { createServices } from '../../../../worker/wiring.ts'
import { newAccount, newAdmin } from '../../../contracts/contract-client.ts'
import { SPEC } from '../../services/agents/scripted-run.ts'
import { ANSWER, decided, type Person, TIME, useAgents } from './agent-setup.ts'

const agents = useAgents({ errands: { kinds: ['math', 'python'], slots: 2 } })
const { ask, begin, post, newestId, run, endCall } = agents
const db = createDb(env.DB)
const keys = createKeys(db)

/** A run that nobody reads, whose first decision is being made. */
async function deciding(person: Pick<Person, 'token'>, over: object = {}) {
  const begun = (await (await begin(person, { background: true, ...over })).json()) as { id: string }
  return { id: begun.id, ...(await agents.node.next('generation.start')) }
}

describe('a run goes on to no further step', () => {
  it('when the key that began it is revoked', async () => {
    const person = await newAccount()
    const key = await keys.create({ accountId: person.account.id, name: 'mine' })
    const { id, callId } = await deciding({ token: key.secret })
    await keys.revoke(person.account.id, key.key.id)
    endCall(callId, TIME)
    await expect.poll(async () => (await run(person, id)).status).toBe('failed')
    expect((await run(person, id)).error?.message).toBe('The API key that began the run was revoked.')
  })

  it('when the day’s tokens are spent, which is a limit that it tells', async () => {
    const person = await newAccount()
    const { id, callId } = await deciding(person)
    await env.RATE_LIMITER.getByName(accountSubject(person.account.id)).spend(TOKENS_BUDGET, 1_000_000)
    endCall(callId, TIME)
    await expect.poll(async () => (await run(person, id)).status).toBe('failed')
    expect(await run(person, id)).toMatchObject({ limit: 'tokens', error: { code: 'limit_exceeded' } })
  })

  it('when a document is deleted that it has read', async () => {
    const person = await newAccount()
    const form = new FormData()
    form.append('file', new File(['Rent is due on the first day of each month.'], 'contract.txt'))
    const headers = { authorization: `Bearer ${person.token}` }
    const stored = await SELF.fetch('http://localhost/agentic/api/files/upload', {
      ...{ method: 'POST', headers, body: form },
    })
    const { file_id } = (await stored.json()) as { file_id: string }
    const { id, callId } = await deciding(person)
    endCall(callId, decided('search_documents', { query: 'rent' }))
    const second = await agents.node.next('generation.start')
    expect(JSON.stringify(second.request.prompt)).toContain('Rent is due')
    const removed = await SELF.fetch(`http://localhost/agentic/api/files/documents/${file_id}`, {
      ...{ method: 'DELETE', headers },
    })
    expect(removed.status).toBe(200)
    endCall(second.callId, TIME)
    await expect.poll(async () => (await run(person, id)).status).toBe('failed')
    expect((await run(person, id)).error?.message).toBe('A document that the run has read was deleted.')
  })
})

describe('whether a run may go on', () => {
  // An isolate that remembers nothing.
  const look = (over: Partial<RunSpec>) =>
    createRunServices(createServices(env, configOf(env))).stillMay({ ...SPEC, ...over }, [])

  it('is asked of its account', async () => {
    const { account } = await newAccount()
    await look({ accountId: account.id })
    await db.update(accounts).set({ active: false }).where(eq(accounts.id, account.id))
    await expect(look({ accountId: account.id })).rejects.toThrow('runs no models now')
  })

  it('is asked of the deployment, which may be in maintenance', async () => {
    const { account } = await newAccount()
    const admin = await newAdmin()
    await admin.configure({ maintenance_mode: true })
    await expect(look({ accountId: account.id })).rejects.toThrow('runs no models now')
    await admin.configure({ maintenance_mode: false })
    await look({ accountId: account.id })
  })
})

describe('the calls of a run', () => {
  const callsOf = ({ account }: Person) =>
    db.select({ outcome: calls.outcome }).from(calls).where(eq(calls.accountId, account.id))

  it('are written down together at its end, also those from before its object was lost', async () => {
    const person = await newAccount()
    const { id, callId } = await deciding(person)
    endCall(callId, TIME)
    const second = await agents.node.next('generation.start')
    const budget = { name: TOKENS_BUDGET, limit: 1_000_000 }
    const limiter = env.RATE_LIMITER.getByName(accountSubject(person.account.id))
    const left = async () => (await limiter.take({ windows: [], budget, isFree: true })).budget?.remaining
    await expect.poll(left).toBeLessThan(budget.limit)
    expect(await callsOf(person)).toEqual([])
    await agents.evict(id)
    endCall(second.callId)
    await runDurableObjectAlarm(env.AGENT_RUN.getByName(id))
    await agents.node.answer([ANSWER])
    await agents.node.answer(['Late.'])
    await expect
      .poll(async () => (await callsOf(person)).filter(({ outcome }) => outcome === 'stop').length)
      .toBe(3)
    expect((await run(person, id)).status).toBe('completed')
  })

  it('are written down within a lease of a run that goes on', async () => {
    const person = await newAccount()
    const { id, callId } = await deciding(person)
    endCall(callId, TIME)
    const second = await agents.node.next('generation.start')
    await runDurableObjectAlarm(env.AGENT_RUN.getByName(id))
    expect(await callsOf(person)).toEqual([{ outcome: 'stop' }])
    expect((await run(person, id)).status).toBe('running')
    endCall(second.callId, ANSWER)
    await agents.node.answer(['Late.'])
    await expect.poll(() => callsOf(person)).toHaveLength(3)
  })
})

describe('a run that is cancelled', () => {
  it('has its tool stopped on its node, from another device', async () => {
    const person = await newAccount()
    const asked = ask(person)
    await agents.node.answer([decided('python_executor', { code: 'while True: pass' })])
    const { errandId } = await agents.node.next('errand.start')
    const id = await newestId(person)
    const cancelled = post(person, id, 'cancel')
    expect(await agents.node.next('errand.cancel')).toMatchObject({ errandId })
    expect((await cancelled).status).toBe(200)
    expect(await run(person, id)).toMatchObject({ status: 'cancelled', steps: [{ state: 'started' }] })
    await asked
  })

  it('is not woken by a word on a step that waited', async () => {
    const person = await newAccount()
    const asked = ask(person)
    await agents.node.answer([TIME])
    await agents.node.answer([decided('read_document', { step: 1 })])
    await agents.node.answer([decided('remember', { text: 'late' })])
    const id = await newestId(person)
    await expect.poll(async () => (await run(person, id)).status).toBe('waiting_approval')
    expect((await post(person, id, 'cancel')).status).toBe(200)
    expect((await post(person, id, 'approve', { step: 3, approve: true })).status).toBe(409)
    expect((await run(person, id)).status).toBe('cancelled')
    await asked
  })
})

describe('a tool that loses its node', () => {
  it('fails its step, which says so, and the run goes on', async () => {
    const person = await newAccount()
    const asked = ask(person)
    await agents.node.answer([decided('math_calculator', { expression: '1 + 1' })])
    // It is tried once more.
    for (let tries = 0; tries < MAX_CALL_TRIES; tries += 1) {
      const { errandId } = await agents.node.next('errand.start')
      agents.node.send({ type: 'errand.error', errandId, code: 'died', message: 'It has ended.' })
    }
    const next = await agents.node.answer([ANSWER])
    expect(JSON.stringify(next.request.prompt)).toContain('Step 1 (math_calculator) failed')
    await agents.node.answer(['No result.'])
    const answer = (await (await asked).json()) as { x_agent: object }
    expect(answer.x_agent).toMatchObject({ status: 'completed', steps: [{ ok: false, code: 'failed' }] })
  })
})
