import { runDurableObjectAlarm, runInDurableObject, SELF } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { READER_GRACE_MS } from '../../../../worker/durable/agent-run/agent-run-object.ts'
import { RunStore } from '../../../../worker/durable/agent-run/run-store.ts'
import type { AgentRunStub } from '../../../../worker/services/agents/agent-run.ts'
import { APPROVAL_LIMIT_MS } from '../../../../worker/services/agents/limits.ts'
import { RUN_BEGINNING } from '../../../../worker/services/agents/run-events.ts'
import { KEEP_ALIVE_MS } from '../../../../worker/services/inference/event-lines.ts'
import { newAccount, requestInit } from '../../../contracts/contract-client.ts'
import { openTalk } from '../../chat-socket.ts'
import { ANSWER, decided, type Person, TIME, useAgents } from './agent-setup.ts'

const agents = useAgents({ errands: { kinds: ['math'], slots: 2 } })
const { ask, begin, run, statusOf, newestId, evict } = agents

const idOf = async (begun: Promise<Response>) => ((await (await begun).json()) as { id: string }).id

/** Reads a stream until a pattern stands in what has come; leaves it open. */
async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, pattern: RegExp): Promise<string> {
  const decoder = new TextDecoder()
  for (let text = ''; ; ) {
    if (pattern.test(text)) return text
    const { done, value } = await reader.read()
    if (done) throw new Error(`It ended: ${text}`)
    text += decoder.decode(value, { stream: true })
  }
}

/** Follows a run as a browser does. */
async function follow({ token }: Person, id: string, lastEventId?: string) {
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId }
  const response = await SELF.fetch(
    `http://localhost/v1/agents/runs/${id}/events`,
    requestInit({ token, headers }),
  )
  if (!response.body) throw new Error('It has no body.')
  return response.body.getReader()
}

describe('the events of a run', () => {
  it('go on behind the one that a listener has heard last, in the middle of an answer too', async () => {
    const person = await newAccount()
    const id = await idOf(begin(person, { background: true }))
    await agents.node.answer([TIME])
    await agents.node.answer([ANSWER])
    const { callId } = await agents.node.next('generation.start')
    agents.node.send({ type: 'step', step: [[callId, 'It is', [0]]] })
    const first = await follow(person, id)
    const heard = await readUntil(first, /"text":"It is"}\n\n/)
    const lastId = [...heard.matchAll(/^id: (\S+)$/gm)].at(-1)?.[1]
    await first.cancel()
    agents.endCall(callId, ' late.')
    const rest = await readUntil(await follow(person, id, lastId), /run\.ended/)
    expect(rest).not.toMatch(/run\.started|"type":"step"|It is/)
    expect(rest).toContain('"from":5,"text":" late."')
  })

  it('tell who waits for the whole answer nothing of its pieces, and all of it just before the end', async () => {
    const person = await newAccount()
    const id = await idOf(begin(person, { background: true }))
    const object = env.AGENT_RUN.getByName(id) as unknown as AgentRunStub
    const hear = async () => {
      const reading = await object.follow(person.account.id, RUN_BEGINNING, 'whole')
      return new Response(reading?.events).text()
    }
    await agents.node.answer([TIME])
    await agents.node.answer([ANSWER])
    const { callId } = await agents.node.next('generation.start')
    agents.node.send({ type: 'step', step: [[callId, 'It is', [0]]] })
    const early = hear()
    await readUntil(await follow(person, id), /"text":"It is"}\n\n/)
    const late = hear()
    agents.endCall(callId, ' late.')
    for (const text of [await early, await late, await hear()]) {
      const events = text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
      expect(events.map(({ type }) => type)).toEqual([
        ...['run.started', 'step.started', 'step.ended'],
        ...['answer.delta', 'run.ended'],
      ])
      expect(events.at(-2)).toMatchObject({ from: 0, text: 'It is late.' })
    }
  })

  it('show a sign of life within ten seconds, while a model, a tool or a person is waited for', async () => {
    expect(KEEP_ALIVE_MS).toBeLessThanOrEqual(10_000)
    const person = await newAccount()
    const asked = await ask(person, { stream: true })
    const reader = asked.body?.getReader()
    if (!reader) throw new Error('It has no body.')
    const sign = /^: keep-alive\n\n/m
    await readUntil(reader, sign)
    const follower = await follow(person, await newestId(person))
    await readUntil(follower, sign)
    await follower.cancel()
    await agents.node.answer([decided('math_calculator', { expression: '1' })])
    const { errandId } = await agents.node.next('errand.start')
    await readUntil(reader, sign)
    agents.node.send({ type: 'errand.end', errandId, output: '1', failed: false })
    await agents.node.answer([decided('read_document', { step: 1 })])
    await agents.node.answer([decided('remember', { text: 'late' })])
    await readUntil(reader, /"state":"waiting"/)
    await readUntil(reader, sign)
    await reader.cancel()
  })
})

describe('an answer that is heard as it comes', () => {
  /** All that its reader has heard so far. */
  type Heard = () => string
  const streamed =
    (path: string) =>
    async (person: Person): Promise<Heard> => {
      const body = agents.bodyOf({ stream: true })
      const response = await SELF.fetch(`http://localhost${path}`, requestInit({ token: person.token, body }))
      let text = ''
      const reading = async () => {
        for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) text += piece
      }
      reading().catch((thrown) => {
        text += String(thrown)
      })
      return () => text
    }
  const bySocket = async ({ token }: Person): Promise<Heard> => {
    const socket = await openTalk({ token })
    await socket.first('joined')
    const { model, agent_type, messages } = agents.bodyOf()
    socket.send({ type: 'ask', text: messages[0]?.content, model, agent_type })
    return () => socket.unread.map((frame) => JSON.stringify(frame)).join('\n')
  }
  const wordsIn = (heard: string) =>
    [...heard.matchAll(/"(?:content|text)":"([^"]*)"/g)].map(([, text]) => text).join('')

  /** An answer whose run was lost in a step, and that has begun. */
  const begun = async (person: Person, open: (person: Person) => Promise<Heard>) => {
    const opened = open(person)
    await agents.node.answer([TIME])
    const deciding = await agents.node.next('generation.start')
    const [heard, id] = [await opened, await newestId(person)]
    await evict(id)
    agents.endCall(deciding.callId)
    await agents.node.answer([ANSWER])
    const { callId } = await agents.node.next('generation.start')
    agents.node.send({ type: 'step', step: [[callId, 'It is ea', [7]]] })
    await expect.poll(heard).toContain('It is ea')
    return { heard, id, callId }
  }

  it.each([
    ['a chat completion', streamed('/v1/chat/completions'), '[DONE]'],
    ['a run that is asked for as such', streamed('/v1/agents/runs'), 'run.ended'],
    ['a chat of a conversation', streamed('/agentic/v1/chat/completions'), '[DONE]'],
    ['frames of a socket', bySocket, '"type":"end"'],
  ])(
    'has each step and word once as %s though its object is lost in a step and in the answer',
    async (_, open, end) => {
      const person = await newAccount()
      const { heard, id, callId } = await begun(person, open)
      await evict(id)
      agents.endCall(callId)
      const again = await agents.node.answer(['rly.'])
      expect(again.request.resume).toEqual([7])
      await expect.poll(heard).toContain(end)
      expect(wordsIn(heard())).toBe('It is early.')
      const states = [...heard().matchAll(/"(?:x_step|step)":\{.*?"state":"(\w+)"/g)].map(
        ([, state]) => state,
      )
      expect(states).toEqual(['started', 'ended'])
      expect(await run(person, id)).toMatchObject({ status: 'completed', answer: 'It is early.' })
    },
  )

  it('goes on behind what was heard, of which its object has written down nothing', async () => {
    const person = await newAccount()
    const { heard, id, callId } = await begun(person, streamed('/agentic/v1/chat/completions'))
    await runInDurableObject(env.AGENT_RUN.getByName(id), async (_instance, { storage }) => {
      storage.sql.exec('delete from said')
      await storage.sync()
    })
    await evict(id)
    agents.endCall(callId)
    expect((await agents.node.answer(['rly.'])).request.resume).toEqual([7])
    await expect.poll(heard).toContain('[DONE]')
    expect(wordsIn(heard())).toBe('It is early.')
    expect(await run(person, id)).toMatchObject({ status: 'completed', answer: 'It is early.' })
  })
})

describe('a run whose only reader has left', () => {
  afterEach(() => vi.restoreAllMocks())

  it('goes on for ten seconds, in which the reader may come back, and then ends', async () => {
    expect(READER_GRACE_MS).toBe(10_000)
    const [set, cleared] = [vi.spyOn(globalThis, 'setTimeout'), vi.spyOn(globalThis, 'clearTimeout')]
    /** The timers of absences so far. */
    const absences = () =>
      set.mock.calls.flatMap(([late, ms], at) =>
        ms === READER_GRACE_MS ? [{ late, timer: set.mock.results[at]?.value }] : [],
      )
    const person = await newAccount()
    const asked = await ask(person, { stream: true })
    const { callId } = await agents.node.next('generation.start')
    const id = await newestId(person)
    await asked.body?.cancel()
    await expect.poll(absences).toHaveLength(1)
    const back = await follow(person, id)
    expect(await readUntil(back, /run\.started/)).toContain(id)
    expect(cleared).toHaveBeenCalledWith(absences()[0]?.timer)
    expect(await statusOf(person, id)).toBe('running')
    await back.cancel()
    await expect.poll(absences).toHaveLength(2)
    expect(await statusOf(person, id)).toBe('running')
    // Its time has come: what a timer does, it does in the place of its object.
    await runInDurableObject(env.AGENT_RUN.getByName(id), () => void absences()[1]?.late())
    expect(await agents.node.next('call.cancel')).toMatchObject({ callId })
    agents.endCall(callId)
    await expect.poll(() => statusOf(person, id)).toBe('cancelled')
  })
})

describe('a run in the background', () => {
  it('goes on by its alarm after its object was lost, with nobody there', async () => {
    const person = await newAccount()
    const id = await idOf(begin(person, { background: true }))
    await agents.node.answer([TIME])
    const { callId } = await agents.node.next('generation.start')
    await evict(id)
    agents.endCall(callId)
    await runDurableObjectAlarm(env.AGENT_RUN.getByName(id))
    await agents.node.answer([ANSWER])
    await agents.node.answer(['Late.'])
    await expect.poll(() => statusOf(person, id)).toBe('completed')
    expect(await run(person, id)).toMatchObject({ answer: 'Late.', steps: [{ step: 1, ok: true }] })
  })

  it('takes no word for a no after a day, and waits until then', async () => {
    const person = await newAccount()
    const id = await idOf(begin(person, { background: true }))
    await agents.node.answer([TIME])
    await agents.node.answer([decided('read_document', { step: 1 })])
    await agents.node.answer([decided('remember', { text: 'late' })])
    await expect.poll(() => statusOf(person, id)).toBe('waiting_approval')
    const stub = () => env.AGENT_RUN.getByName(id)
    const asked = async (agoMs: number) => {
      await runInDurableObject(stub(), async (_instance, state) => {
        new RunStore(state).write('waits:3', Date.now() - agoMs)
        await state.storage.sync()
      })
      await evict(id)
      await runDurableObjectAlarm(stub())
    }
    await asked(APPROVAL_LIMIT_MS - 60_000)
    expect(await statusOf(person, id)).toBe('waiting_approval')
    await asked(APPROVAL_LIMIT_MS)
    await agents.node.answer([ANSWER])
    await agents.node.answer(['Nobody said so.'])
    await expect.poll(() => statusOf(person, id)).toBe('completed')
    expect(await run(person, id)).toMatchObject({
      steps: [{}, {}, { ok: false, code: 'needs_approval', result: 'A person has refused it.' }],
    })
  })
})
