import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDb } from '../../../../../../worker/db/client.ts'
import { createConversations } from '../../../../../../worker/services/conversations/conversations.ts'
import { lastResponse, responseEvents } from '../../../../../support/response-events.ts'
import { uniqueModel } from '../../../../samples.ts'
import { createWorld, type TestNode, type World } from '../../../../world.ts'

const model = uniqueModel({ slots: 8 })
const conversations = createConversations(createDb(env.DB))
let world: World
let node: TestNode

beforeAll(async () => {
  world = await createWorld()
  node = await world.addNode({ models: [model.holding] })
})

interface Conversation {
  id: string
  metadata: Record<string, string>
}
interface Item {
  id: string
  type: string
  role?: string
  content?: { text: string }[]
  output?: string
}
interface Items {
  data: Item[]
  has_more: boolean
  last_id: string
}

const at = async <Body>(path: string, options: Parameters<World['request']>[1] = {}) => {
  const response = await world.request(`/v1/conversations${path}`, options)
  expect(`${path} ${response.status}`).toBe(`${path} 200`)
  return (await response.json()) as Body
}
const create = (body: object = {}) => at<Conversation>('', { body })
const itemsOf = ({ id }: Conversation, query = 'order=asc') => at<Items>(`/${id}/items?${query}`)
const said = ({ data }: Items) => data.map(({ content, type }) => content?.[0]?.text ?? type)
const user = (content: string) => ({ role: 'user', content })
const rowId = ({ id }: { id: string }) => id.slice(id.indexOf('_') + 1)

const call = { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{}' }
const output = { type: 'function_call_output', call_id: 'call_1', output: 'done' }

const ask = (over: object) => world.request('/v1/responses', { body: { model: model.id, ...over } })

describe('a conversation', () => {
  it('is made, read, changed and deleted', async () => {
    const made = await create({ metadata: { a: 'b' } })
    expect(made).toEqual({
      id: expect.stringMatching(/^conv_[0-9a-f]{24}$/),
      object: 'conversation',
      created_at: expect.any(Number),
      metadata: { a: 'b' },
    })
    expect(await at(`/${made.id}`)).toEqual(made)
    expect(await at(`/${made.id}`, { body: { metadata: { c: 'd' } } })).toMatchObject({
      metadata: { c: 'd' },
    })
    expect(await at(`/${made.id}`, { method: 'DELETE' })).toEqual({
      id: made.id,
      object: 'conversation.deleted',
      deleted: true,
    })
    expect((await world.request(`/v1/conversations/${made.id}`)).status).toBe(404)
  })

  it('has its items in order, calls between messages, in pages from either end', async () => {
    const made = await create({ items: [user('one'), call, output] })
    await at(`/${made.id}/items`, { body: { items: [{ ...call, call_id: 'call_2' }, user('two')] } })
    const order = ['one', 'function_call', 'function_call_output', 'function_call', 'two']
    expect(said(await itemsOf(made))).toEqual(order)
    const pages: string[] = []
    let after = ''
    for (let more = true; more; ) {
      const page = await itemsOf(made, `limit=2${after}`)
      pages.push(...said(page))
      after = `&after=${page.last_id}`
      more = page.has_more
    }
    expect(pages).toEqual(order.toReversed())
  })

  it('has single items that can be read and deleted', async () => {
    const made = await create({ items: [user('one'), call] })
    const { data } = await itemsOf(made)
    for (const item of data) {
      expect(await at(`/${made.id}/items/${item.id}`)).toEqual(item)
      expect(await at(`/${made.id}/items/${item.id}`, { method: 'DELETE' })).toEqual(made)
      expect((await world.request(`/v1/conversations/${made.id}/items/${item.id}`)).status).toBe(404)
    }
    expect(said(await itemsOf(made))).toEqual([])
  })

  it('is one of the account’s other surfaces, without the calls', async () => {
    const made = await create({
      items: [user('Hello there'), call, { role: 'developer', content: 'Be brief.' }],
    })
    const page = await conversations.messages.page(rowId(made), { limit: 10, offset: 0 })
    expect(page.messages.map(({ role, content }) => [role, content])).toEqual([
      ['user', 'Hello there'],
      ['system', 'Be brief.'],
    ])
  })

  it('of another account does not exist', async () => {
    const made = await create({ items: [user('one')] })
    const { data } = await itemsOf(made)
    const key = world.viewerKey
    for (const [path, method, body] of [
      ['', 'GET', undefined],
      ['', 'POST', { metadata: {} }],
      ['', 'DELETE', undefined],
      ['/items', 'GET', undefined],
      ['/items', 'POST', { items: [user('x')] }],
      [`/items/${data[0]?.id}`, 'GET', undefined],
      [`/items/${data[0]?.id}`, 'DELETE', undefined],
    ] as const) {
      const response = await world.request(`/v1/conversations/${made.id}${path}`, { key, method, body })
      expect(`${method} ${path} ${response.status}`).toBe(`${method} ${path} 404`)
    }
    const response = await world.request('/v1/responses', {
      key,
      body: { model: model.id, input: 'Hi', conversation: made.id },
    })
    expect(response.status).toBe(404)
    expect(said(await itemsOf(made))).toEqual(['one'])
  })

  it.each([
    [{ items: Array.from({ length: 21 }, () => user('x')) }, 'items'],
    [
      { items: [{ role: 'user', content: [{ type: 'input_file', file_id: 'file-1' }] }] },
      'items[0].content[0]',
    ],
    [{ items: [{ type: 'item_reference', id: 'msg_none' }] }, 'items[0].id'],
    [{ metadata: { a: 'x'.repeat(513) } }, 'metadata.a'],
    [{ title: 'x' }, 'title'],
  ])('is not made of %j', async (body, param) => {
    const response = await world.request('/v1/conversations', { body })
    expect([400, 404]).toContain(response.status)
    expect(await response.json()).toMatchObject({ error: { param } })
  })
})

describe('a response in a conversation', () => {
  it('is answered from it, and added to it before its end is told', async () => {
    const made = await create({ items: [{ role: 'system', content: 'Be brief.' }, user('I am Ada.')] })
    const start = node.answer(['Hel', 'lo'])
    const response = await ask({ input: 'Who am I?', conversation: made.id, stream: true })
    const events = responseEvents(await response.text())
    expect((await start).request.prompt).toMatchObject({
      messages: [{ content: 'Be brief.' }, { content: 'I am Ada.' }, { role: 'user', content: 'Who am I?' }],
    })
    const last = lastResponse(events)
    expect(last.conversation).toEqual({ id: made.id })
    const items = await itemsOf(made)
    expect(said(items)).toEqual(['Be brief.', 'I am Ada.', 'Who am I?', 'Hello'])
    expect(items.data.at(-1)?.id).toBe(last.output[0]?.id)
  })

  it('is added also where the response itself is not kept', async () => {
    const made = await create()
    const start = node.answer(['Hello'])
    expect(
      (await ask({ input: [user('a'), call, output], conversation: { id: made.id }, store: false })).status,
    ).toBe(200)
    await start
    expect(said(await itemsOf(made))).toEqual(['a', 'function_call', 'function_call_output', 'Hello'])
  })

  it('that no node takes leaves nothing behind', async () => {
    const made = await create()
    expect((await ask({ model: 'nobody-has-it', input: 'x', conversation: made.id })).status).toBe(404)
    expect(said(await itemsOf(made))).toEqual([])
  })

  it('does not go on from a response too', async () => {
    const response = await ask({ input: 'x', conversation: 'conv_1', previous_response_id: 'resp_1' })
    expect(await response.json()).toMatchObject({ error: { param: 'previous_response_id' } })
  })
})
