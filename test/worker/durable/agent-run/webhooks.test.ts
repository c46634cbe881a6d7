import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { contractClient, newAccount } from '../../../contracts/contract-client.ts'
import { ANSWER, useAgents } from './agent-setup.ts'

const agents = useAgents()
const { ask, begin, post } = agents

interface Told {
  event: string
  data: object
}

/** Receivers that keep what they get, by their addresses. */
let received: Map<string, Told[]>
beforeEach(() => {
  received = new Map()
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (asked, init) => {
    const url = String(asked instanceof Request ? asked.url : asked)
    if (url.startsWith('https://cloudflare-dns.com/'))
      return Response.json({ Status: 0, Answer: [{ type: 1, data: '8.8.8.8' }] })
    received.set(url, [...(received.get(url) ?? []), JSON.parse(String(init?.body)) as Told])
    return new Response('ok')
  })
})
afterEach(() => vi.restoreAllMocks())

/** An account that wants to be told, and what it was told by now. */
async function listening() {
  const person = await newAccount()
  const url = `https://hooks.example.com/${crypto.randomUUID()}`
  const events = ['agent.execution.started', 'agent.execution.completed']
  const { token } = person
  const added = await contractClient('v1').call('/webhooks', { token, body: { url, events } })
  expect(added.status).toBe(201)
  return { person, told: () => received.get(url) ?? [] }
}

describe('webhooks', () => {
  it('are told of the start and of the end of a run, once each', async () => {
    const { person, told } = await listening()
    const asked = ask(person, { session_id: 'mine' })
    const { callId } = await agents.node.next('generation.start')
    const about = { session_id: 'mine', model: agents.model.id, agent_type: 'react' }
    await expect.poll(told).toMatchObject([{ event: 'agent.execution.started', data: about }])
    agents.endCall(callId, ANSWER)
    await agents.node.answer(['Late.'])
    await asked
    const end = { event: 'agent.execution.completed', data: { ...about, status: 'completed' } }
    await expect.poll(told).toMatchObject([{}, end])
  })

  it('are told how a run ended that was stopped', async () => {
    const { person, told } = await listening()
    const { id } = (await (await begin(person, { background: true })).json()) as { id: string }
    const { callId } = await agents.node.next('generation.start')
    await expect.poll(told).toHaveLength(1)
    const cancelled = post(person, id, 'cancel')
    await agents.node.next('call.cancel')
    agents.endCall(callId)
    await cancelled
    await expect.poll(told).toMatchObject([{ data: { id } }, { data: { id, status: 'cancelled' } }])
  })
})
