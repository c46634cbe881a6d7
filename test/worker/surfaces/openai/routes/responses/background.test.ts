import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { MAX_BACKGROUND_RESPONSES } from '../../../../../../worker/services/responses/response-limits.ts'
import { lastResponse, ResponseObject, responseEvents } from '../../../../../support/response-events.ts'
import { uniqueModel, usage } from '../../../../samples.ts'
import { createWorld, type TestNode, type World } from '../../../../world.ts'

const model = uniqueModel({ slots: 64 })
let world: World
let node: TestNode

beforeAll(async () => {
  world = await createWorld()
  node = await world.addNode({ models: [model.holding] })
})

const ask = (over: object = {}) =>
  world.request('/v1/responses', { body: { model: model.id, input: 'Hi', background: true, ...over } })
const read = async (response: Response) => ResponseObject.parse(await response.json())
const get = async ({ id }: { id: string }) => read(await world.request(`/v1/responses/${id}`))
const reads = (id: string, query: string) => world.request(`/v1/responses/${id}?stream=true${query}`)
const cancel = ({ id }: { id: string }, key?: string) =>
  world.request(`/v1/responses/${id}/cancel`, { method: 'POST', ...(key === undefined ? {} : { key }) })
const until = (response: { id: string }, status: string) =>
  expect.poll(async () => (await get(response)).status).toBe(status)
const runOf = ({ id }: { id: string }) => env.RESPONSE_RUN.getByName(id.slice('resp_'.length))

/** A response of which the node has said so much. */
async function begun(over: object = {}, text = 'Hel') {
  const start = node.next('generation.start')
  const made = await read(await ask(over))
  const { callId, request } = await start
  node.send({ type: 'step', step: [[callId, text, [1]]] })
  return { made, callId, request }
}
const end = (callId: string, text = 'lo') => {
  node.send({ type: 'step', step: [[callId, text, [2]]] })
  node.send({ type: 'call.end', callId, finishReason: 'stop', usage: usage() })
}

describe('a response in the background', () => {
  it('is answered at once as queued, and goes on without its reader', async () => {
    const { made, callId } = await begun({ metadata: { a: 'b' } })
    expect(made).toMatchObject({ status: 'queued', background: true, output: [], metadata: { a: 'b' } })
    await until(made, 'in_progress')
    end(callId)
    await until(made, 'completed')
    expect(await get(made)).toMatchObject({
      output: [{ content: [{ text: 'Hello' }] }],
      usage: { output_tokens: 2 },
    })
  })

  it('waits for a node that takes it', async () => {
    const other = uniqueModel()
    const late = await world.addNode({ models: [other.holding] })
    const first = await read(await ask({ model: other.id }))
    const { callId } = await late.next('generation.start')
    late.send({ type: 'call.error', callId, code: 'no_capacity', message: 'Busy.' })
    const answered = late.answer(['Hello'])
    await until(first, 'completed')
    await answered
  })

  it('can be heard from its beginning, and from any of its events on, while it is made and after', async () => {
    const { made, callId } = await begun()
    const heard = reads(made.id, '')
    await until(made, 'in_progress')
    end(callId)
    const events = responseEvents(await (await heard).text())
    expect(events.map(({ type }) => type).slice(0, 3)).toEqual([
      'response.created',
      'response.queued',
      'response.in_progress',
    ])
    expect(lastResponse(events)).toEqual(await get(made))
    for (const after of [0, 4, events.length - 2]) {
      const text = await (await reads(made.id, `&starting_after=${after}`)).text()
      expect(responseEvents(text, after + 1)).toEqual(events.slice(after + 1))
    }
    expect(await (await reads(made.id, `&starting_after=${events.length - 1}`)).text()).toBe('')
  })

  it('is streamed to whoever asks so, and goes on when they leave', async () => {
    const start = node.next('generation.start')
    const response = await ask({ stream: true })
    const reader = response.body?.getReader()
    const first = new TextDecoder().decode((await reader?.read())?.value)
    const id = /resp_[0-9a-f]{24}/.exec(first)?.[0] ?? ''
    await reader?.cancel()
    const { callId } = await start
    end(callId, 'Hello')
    await until({ id }, 'completed')
  })

  it('goes on behind its last token when its object is lost', async () => {
    const { made, callId } = await begun()
    await until(made, 'in_progress')
    const resumed = node.next('generation.start')
    // An object with work under way is not evicted by the test's own tool: this is what a deploy does to it.
    await runInDurableObject(runOf(made), (_, state) => state.abort('moved')).catch(() => {})
    const heard = reads(made.id, '')
    const again = await resumed
    expect(again.callId).not.toBe(callId)
    expect(again.request.resume).toEqual([1])
    end(again.callId)
    const events = responseEvents(await (await heard).text())
    expect(lastResponse(events)).toMatchObject({
      status: 'completed',
      output: [{ content: [{ text: 'Hello' }] }],
    })
  })

  it('is cancelled at once, and once and for all', async () => {
    const { made, callId } = await begun()
    await until(made, 'in_progress')
    const heard = reads(made.id, '')
    const stopped = node.next('call.cancel')
    const cancelled = await read(await cancel(made))
    await stopped
    expect(cancelled).toMatchObject({ status: 'cancelled', output: [{ status: 'incomplete' }] })
    end(callId)
    expect(await read(await cancel(made))).toEqual(cancelled)
    expect(await get(made)).toEqual(cancelled)
    expect(lastResponse(responseEvents(await (await heard).text()))).toEqual(cancelled)
  })

  it('that fails says why', async () => {
    const start = node.next('generation.start')
    const made = await read(await ask())
    const { callId } = await start
    node.send({ type: 'call.error', callId, code: 'context_length_exceeded', message: 'Too long.' })
    await until(made, 'failed')
    expect((await get(made)).error).toEqual({ code: 'invalid_prompt', message: 'Too long.' })
  })

  it('that is deleted stops, and leaves nothing in its object', async () => {
    const { made } = await begun()
    await until(made, 'in_progress')
    const stopped = node.next('call.cancel')
    expect((await world.request(`/v1/responses/${made.id}`, { method: 'DELETE' })).status).toBe(200)
    const { callId } = await stopped
    node.send({ type: 'call.end', callId, finishReason: 'cancelled', usage: usage() })
    expect((await reads(made.id, '')).status).toBe(404)
    const tables = await runInDurableObject(runOf(made), (_, { storage }) =>
      storage.sql.exec("select name from sqlite_master where name in ('plan', 'records')").toArray(),
    )
    expect(tables).toEqual([])
  })

  it('is one of a conversation when it has ended', async () => {
    const conversation = (await (await world.request('/v1/conversations', { body: {} })).json()) as {
      id: string
    }
    const { made, callId } = await begun({ conversation: conversation.id })
    end(callId)
    await until(made, 'completed')
    const items = await (await world.request(`/v1/conversations/${conversation.id}/items?order=asc`)).json()
    expect(items).toMatchObject({ data: [{ content: [{ text: 'Hi' }] }, { content: [{ text: 'Hello' }] }] })
  })

  it('is not gone on from before it is answered', async () => {
    const { made, callId } = await begun()
    const response = await ask({ previous_response_id: made.id, background: false })
    expect([response.status, await response.json()]).toMatchObject([
      409,
      { error: { param: 'previous_response_id' } },
    ])
    end(callId)
    await until(made, 'completed')
  })

  it('is nothing that another account can stop or hear', async () => {
    const { made, callId } = await begun()
    expect((await cancel(made, world.viewerKey)).status).toBe(404)
    const stream = await world.request(`/v1/responses/${made.id}?stream=true`, { key: world.viewerKey })
    expect(stream.status).toBe(404)
    end(callId)
    await until(made, 'completed')
  })

  it('needs to be stored, and to be one for what is only for those', async () => {
    const refused = await ask({ store: false })
    expect(await refused.json()).toMatchObject({ error: { param: 'background' } })
    const start = node.answer(['Hello'])
    const made = await read(await ask({ background: false }))
    await start
    expect(await (await cancel(made)).json()).toMatchObject({ error: { param: 'response_id' } })
    expect(await (await reads(made.id, '')).json()).toMatchObject({ error: { param: 'stream' } })
    const alone = await world.request(`/v1/responses/${made.id}?starting_after=1`)
    expect(await alone.json()).toMatchObject({ error: { param: 'starting_after' } })
  })

  it(`of one account are at most ${MAX_BACKGROUND_RESPONSES} at a time`, async () => {
    const begunAll = []
    for (let index = 0; index < MAX_BACKGROUND_RESPONSES; index += 1) begunAll.push(await begun())
    const refused = await ask()
    expect([refused.status, await refused.json()]).toMatchObject([429, { error: { param: 'background' } }])
    for (const { callId } of begunAll) end(callId)
    for (const { made } of begunAll) await until(made, 'completed')
    const { callId } = await begun()
    end(callId)
  })
})
