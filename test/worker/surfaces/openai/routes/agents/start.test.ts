import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { accountSubject, TOKENS_BUDGET } from '../../../../../../worker/services/limits/budget.ts'
import { newAccount } from '../../../../../contracts/contract-client.ts'
import { ANSWER, TIME, useAgents } from '../../../../durable/agent-run/agent-setup.ts'

const agents = useAgents()
const { begin, run, statusOf, newest } = agents

describe('POST /v1/agents/runs', () => {
  it('answers with the whole run at its end', async () => {
    const person = await newAccount()
    const asked = begin(person)
    await agents.node.answer([TIME])
    await agents.node.answer([ANSWER])
    await agents.node.answer(['It is late.'])
    const response = await asked
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({
      object: 'agent.run',
      status: 'completed',
      answer: 'It is late.',
      steps: [{ tool: 'current_time', ok: true, decided_by: 'model' }],
    })
  })

  it('streams its events', async () => {
    const person = await newAccount()
    const asked = begin(person, { stream: true })
    await agents.node.answer([ANSWER])
    await agents.node.answer(['Late.'])
    const types = [...(await (await asked).text()).matchAll(/^id: [\d.]+\ndata: {"type":"([\w.]+)"/gm)]
    expect(types.map(([, type]) => type)).toEqual(['run.started', 'answer.delta', 'run.ended'])
  })

  it('goes on without a reader in the background', async () => {
    const person = await newAccount()
    const response = await begin(person, { background: true })
    expect(response.status).toBe(202)
    const { id, status } = (await response.json()) as { id: string; status: string }
    expect(status).toBe('running')
    expect(response.headers.get('location')).toBe(`/v1/agents/runs/${id}`)
    await agents.node.answer([ANSWER])
    await agents.node.answer(['Late.'])
    await expect.poll(() => statusOf(person, id)).toBe('completed')
    expect((await run(person, id)).answer).toBe('Late.')
  })

  it('goes on in the background when the reader of its stream has left', async () => {
    const person = await newAccount()
    const asked = await begin(person, { background: true, stream: true })
    await asked.body?.cancel()
    await agents.node.answer([ANSWER])
    await agents.node.answer(['Late.'])
    await expect.poll(async () => (await newest(person))?.status).toBe('completed')
  })

  it('is an agent also where a chat would be a plain one', async () => {
    const person = await newAccount()
    const hello = [{ role: 'user', content: 'Hello!' }]
    const asked = begin(person, { agent_type: undefined, messages: hello })
    await agents.node.answer([ANSWER])
    await agents.node.answer(['Hello.'])
    expect(await (await asked).json()).toMatchObject({ agent: 'react', answer: 'Hello.' })
  })

  it.each([
    ['messages', { messages: [] }],
    ['agent_type', { agent_type: 'guided' }],
    ['background', { background: 'yes' }],
    ['tools', { tools: [] }],
  ])('refuses %s by its name, and begins nothing', async (param, over) => {
    const person = await newAccount()
    const refused = await begin(person, over)
    expect(refused.status).toBe(400)
    expect(await refused.json()).toMatchObject({ error: { param } })
    expect(await newest(person)).toBeUndefined()
  })

  it('tells why a run failed that somebody has waited for', async () => {
    const refused = await begin(await newAccount(), {
      model: 'nobody-has-it',
      messages: [{ role: 'user', content: 'Hello!' }],
    })
    expect(refused.status).toBe(404)
    expect(await refused.json()).toMatchObject({ error: { code: 'model_not_found' } })
  })

  it('is refused where the day’s tokens are spent', async () => {
    const person = await newAccount()
    await env.RATE_LIMITER.getByName(accountSubject(person.account.id)).spend(TOKENS_BUDGET, 1_000_000)
    const refused = await begin(person, { background: true })
    expect(refused.status).toBe(429)
    expect(await newest(person)).toBeUndefined()
  })
})
