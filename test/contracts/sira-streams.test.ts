import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { configOf } from '../../worker/env.ts'
import { createServices } from '../../worker/wiring.ts'
import { usage } from '../worker/samples.ts'
import { type newAccount, newAdmin, read } from './contract-client.ts'
import { call, createSiraWorld, eventsIn, idOf, query, readerOf, refused, textOf } from './sira-client.ts'

const services = createServices(env, configOf(env))

let sira: Awaited<ReturnType<typeof createSiraWorld>>
let node: Awaited<ReturnType<typeof createSiraWorld>>['node']
let ada: Awaited<ReturnType<typeof newAccount>>
beforeAll(async () => {
  sira = await createSiraWorld()
  ;({ node, ada } = sira)
})

describe('a reader who comes back', () => {
  it('in mid-answer does not ask again, and hears the rest without gap or repeat', async () => {
    const session = await sira.talk()
    const asking = sira.ask(session)
    const { callId } = await node.next('generation.start')
    node.send({ type: 'step', step: [[callId, 'ETH Zurich', [1]]] })
    const first = readerOf(await asking)
    const [before] = eventsIn(await first.until('ETH Zurich"'))
    const again = await sira.ask(session, 'Tell me about ETH Zurich', before?.id)
    await first.leave()
    node.send({ type: 'step', step: [[callId, ' is a', [2]]] })
    node.send({ type: 'step', step: [[callId, ' leading…', [3]]] })
    node.send({ type: 'call.end', callId, finishReason: 'stop', usage: usage() })
    const events = eventsIn(await again.text())
    expect(textOf(events)).toBe(' is a leading…')
    expect(events.at(-1)?.data).toEqual({ type: 'done', content: '', metadata: {} })
    await node.ping()
    expect(node.unread).toBe(0)
    const { messages: stored } = await services.conversations.messages.page(idOf(session), {
      limit: 9,
      offset: 0,
    })
    expect(stored.map(({ content, state }) => [content, state])).toEqual([
      ['Tell me about ETH Zurich', 'complete'],
      ['ETH Zurich is a leading…', 'complete'],
    ])
  })

  it('after the answer has ended hears the rest, and with everything heard that there is no more', async () => {
    const session = await sira.talk()
    const [response] = await Promise.all([sira.ask(session), node.answer(['ETH', ' Zurich', ' is…'])])
    const events = eventsIn(await response.text())
    for (const id of ['2.0', '2.3', '2.10', '2.14']) {
      const rest = eventsIn(await (await sira.ask(session, 'x', id)).text())
      expect(textOf(rest), id).toBe('ETH Zurich is…'.slice(Number(id.slice(2))))
      expect(rest.at(-1)?.data).toEqual({ type: 'done', content: '', metadata: {} })
    }
    const over = await sira.ask(session, 'x', events.at(-1)?.id)
    expect([over.status, await over.text()]).toEqual([204, ''])
  })

  it('after a failure hears no more of it', async () => {
    const session = await sira.talk()
    const asking = sira.ask(session)
    const { callId } = await node.next('generation.start')
    node.send({ type: 'step', step: [[callId, 'ETH', [1]]] })
    const response = await asking
    node.send({ type: 'call.error', callId, code: 'invalid_request', message: 'Not like this.' })
    const events = eventsIn(await response.text())
    const rest = eventsIn(await (await sira.ask(session, 'x', events[0]?.id)).text())
    expect(rest.map(({ data }) => data)).toEqual([
      { type: 'error', content: '', metadata: {}, message: 'Not like this.' },
    ])
    expect((await sira.ask(session, 'x', events.at(-1)?.id)).status).toBe(204)
  })

  it('with an id that is none of ours, or of no answer, is refused and asks nothing', async () => {
    const session = await sira.talk()
    expect(await read(await sira.ask(session, 'x', 'seven'))).toEqual(
      refused(400, 'Bad Request', expect.stringContaining('Last-Event-ID')),
    )
    expect(await read(await sira.ask(session, 'x', '7.0'))).toEqual(
      refused(404, 'Not Found', 'There is no such answer.'),
    )
    await node.ping()
    expect(node.unread).toBe(0)
  })

  it('finds an answer that had said nothing yet', async () => {
    const session = await sira.talk()
    const first = readerOf(await sira.ask(session))
    const { callId } = await node.next('generation.start')
    const [, id] = /id: (\S+)/.exec(await first.until('id: ')) ?? []
    expect(id).toBe('2.0')
    const again = sira.ask(session, 'x', id)
    node.send({ type: 'step', step: [[callId, 'ETH', [1]]] })
    const response = await again
    await first.leave()
    node.send({ type: 'call.end', callId, finishReason: 'stop', usage: usage() })
    expect(textOf(eventsIn(await response.text()))).toBe('ETH')
  })
})

describe('a reader who does not come back', () => {
  it('stops the answer on the node', async () => {
    const session = await sira.talk()
    const asking = sira.ask(session)
    const { callId } = await node.next('generation.start')
    node.send({ type: 'step', step: [[callId, 'ETH', [1]]] })
    const reader = readerOf(await asking)
    await reader.until('ETH')
    await reader.leave()
    expect((await node.next('call.cancel')).callId).toBe(callId)
    node.send({ type: 'call.end', callId, finishReason: 'cancelled', usage: usage() })
    await expect
      .poll(() => services.conversations.messages.at(idOf(session), 2))
      .toMatchObject({ state: 'cancelled', content: 'ETH' })
  })
})

describe('a feature that is switched off', () => {
  const flag = async (flags: object) => (await newAdmin()).configure({ feature_flags: flags })
  afterEach(() => flag({ chat_enabled: true, streaming_enabled: true }))

  it.each([
    ['chat_enabled', 'Chat is switched off.'],
    ['streaming_enabled', 'Streaming is switched off: ask for the whole answer.'],
  ])('is refused: %s', async (name, message) => {
    const session = await sira.talk()
    await flag({ [name]: false })
    expect(await read(await sira.ask(session))).toEqual(refused(503, 'Service Unavailable', message))
  })
})

describe('the log', () => {
  const lines: string[] = []
  const spies = (['log', 'info', 'warn', 'error', 'debug'] as const).map((channel) =>
    vi.spyOn(console, channel).mockImplementation((...parts) => void lines.push(parts.map(String).join(' '))),
  )
  afterEach(() => {
    for (const spy of spies) spy.mockRestore()
  })

  it('holds neither the token nor the message of a stream, whatever becomes of it', async () => {
    const session = await sira.talk()
    const message = `secret-${crypto.randomUUID()}`
    lines.length = 0
    const [response] = await Promise.all([sira.ask(session, message), node.answer(['Hello.'])])
    await response.text()
    await sira.ask('sess_x', message)
    await sira.ask(session, message, 'seven')
    await call(query({ token: `${ada.token}x`, session_id: session, message }))
    await call(query({ token: ada.token, session_id: session }))
    expect(lines.filter((line) => line.includes('/api/conversations/stream'))).toHaveLength(5)
    expect(lines.filter((line) => line.includes(ada.token) || line.includes(message))).toEqual([])
    expect(lines.filter((line) => line.includes('token='))).toEqual([])
  })
})

describe('an account that has spent the day’s tokens', () => {
  it('hears what was paid for, also when the answer took the account’s last tokens', async () => {
    const session = await sira.talk()
    const [response] = await Promise.all([sira.ask(session), node.answer(['ETH', ' Zurich', ' is…'])])
    const [first] = eventsIn(await response.text())
    await services.limiter.spend(`account:${ada.account.id}`, 'tokens', 10_000)
    const rest = eventsIn(await (await sira.ask(session, 'x', first?.id)).text())
    expect(textOf(rest)).toBe(' Zurich is…')
    expect(rest.at(-1)?.data).toEqual({ type: 'done', content: '', metadata: {} })
    expect((await sira.ask(session, 'x')).status).toBe(429)
    expect((await sira.ask(session, 'x', '')).status).toBe(429)
  })
})
