import { SELF } from 'cloudflare:test'
import { beforeAll, describe, expect, it } from 'vitest'
import { MAX_SEARCHED_STORES } from '../../../../../../worker/surfaces/openai/schemas/responses/tools.ts'
import { lastResponse, ResponseObject, responseEvents } from '../../../../../support/response-events.ts'
import { uniqueModel, usage } from '../../../../samples.ts'
import { createWorld, ORIGIN, type TestNode, type World } from '../../../../world.ts'

const model = uniqueModel({ slots: 8 })
const TEXT = 'The whale is called Moby Dick. It is white.'
let world: World
let node: TestNode
let store: string
let file: string

beforeAll(async () => {
  world = await createWorld()
  node = await world.addNode({ models: [model.holding] })
  const form = new FormData()
  form.append('purpose', 'assistants')
  form.append('file', new File([TEXT], 'whale.txt'))
  const headers = { authorization: `Bearer ${world.adminKey}` }
  const uploaded = await SELF.fetch(`${ORIGIN}/v1/files`, { method: 'POST', headers, body: form })
  file = ((await uploaded.json()) as { id: string }).id
  const made = await world.request('/v1/vector_stores', { body: { file_ids: [file] } })
  store = ((await made.json()) as { id: string }).id
})

const search = (over: object = {}) => ({ type: 'file_search', vector_store_ids: [store], ...over })
const ask = (over: object, key?: string) =>
  world.request('/v1/responses', {
    body: { model: model.id, input: 'What is the whale called?', ...over },
    ...(key === undefined ? {} : { key }),
  })

/** Calls a tool with these arguments. */
async function calls(name: string, given: string) {
  const start = await node.next('generation.start')
  const { callId } = start
  const toolCalls = [{ index: 0, name, arguments: given }]
  node.send({ type: 'step', step: [[callId, '', [1], { toolCalls }]] })
  node.send({ type: 'call.end', callId, finishReason: 'tool_calls', usage: usage() })
  return start
}
const QUERY = '{"query":"whale name"}'

describe('file_search', () => {
  it('is run here, its item and its events are told, and the answer cites the file', async () => {
    const first = calls('file_search', QUERY)
    const text = ask({
      tools: [search()],
      tool_choice: 'required',
      include: ['file_search_call.results'],
      stream: true,
    }).then((response) => response.text())
    expect((await first).request.tools).toMatchObject({
      choice: 'required',
      definitions: [{ name: 'file_search' }],
    })
    const second = await node.answer(['Moby Dick', ' [1], not [2].'])
    expect(second.request.tools?.choice).toBe('auto')
    expect(second.request.prompt).toMatchObject({
      messages: [
        { role: 'user' },
        { role: 'assistant', toolCalls: [{ name: 'file_search', arguments: QUERY }] },
        { role: 'tool', content: expect.stringContaining(`[1] whale.txt: ${TEXT}`) },
      ],
    })
    const events = responseEvents(await text)
    expect(events.map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.file_search_call.in_progress',
      'response.file_search_call.searching',
      'response.file_search_call.completed',
      'response.output_item.done',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.annotation.added',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ])
    const last = lastResponse(events)
    expect(last.output).toMatchObject([
      {
        type: 'file_search_call',
        status: 'completed',
        queries: ['whale name'],
        results: [{ file_id: file, text: TEXT }],
      },
      {
        type: 'message',
        content: [
          { annotations: [{ type: 'file_citation', file_id: file, filename: 'whale.txt', index: 10 }] },
        ],
      },
    ])
    // What both calls of the model used.
    expect(last.usage).toMatchObject({ input_tokens: 10, output_tokens: 4 })
    expect(await (await world.request(`/v1/responses/${last.id}`)).json()).toEqual(last)
  })

  it('shows its results where they are included alone, and is left to the model', async () => {
    const first = calls('file_search', QUERY)
    const response = ask({ tools: [search()] })
    expect((await first).request.tools?.choice).toBe('auto')
    await node.answer(['Moby Dick.'])
    const body = ResponseObject.parse(await (await response).json())
    expect(body.output[0]).toMatchObject({ type: 'file_search_call', results: null })
    const go = node.answer(['Yes.'])
    const on = await ask({ previous_response_id: body.id, input: 'Really?' })
    expect(on.status).toBe(200)
    expect((await go).request.prompt).toMatchObject({
      messages: [{ role: 'user' }, { role: 'assistant', content: 'Moby Dick.' }, { role: 'user' }],
    })
  })

  it('stands beside functions, whose calls go to the client', async () => {
    const tools = [search(), { type: 'function', name: 'f', parameters: { type: 'object', properties: {} } }]
    const first = calls('f', '{}')
    const body = ResponseObject.parse(await (await ask({ tools })).json())
    await first
    expect(body.output).toMatchObject([{ type: 'function_call', name: 'f', status: 'completed' }])
  })

  it.each(['{"query":""}', 'no JSON'])(
    'fails for the arguments %s, and the answer goes on',
    async (given) => {
      const first = calls('file_search', given)
      const response = ask({ tools: [search()] })
      await first
      await node.answer(['I do not know.'])
      const { output } = ResponseObject.parse(await (await response).json())
      expect(output).toMatchObject([
        { type: 'file_search_call', status: 'failed' },
        { content: [{ text: 'I do not know.' }] },
      ])
    },
  )

  it('is called no more often than max_tool_calls says: then the model answers without it', async () => {
    const first = calls('file_search', QUERY)
    const response = ask({ tools: [search()], max_tool_calls: 1 })
    await first
    const second = await node.answer(['Done.'])
    expect(second.request.tools).toBeUndefined()
    expect((await response).status).toBe(200)
  })

  it('finds nothing in another account’s store', async () => {
    const response = await ask({ tools: [search()] }, world.viewerKey)
    expect([response.status, await response.json()]).toMatchObject([
      404,
      { error: { param: 'tools[0].vector_store_ids' } },
    ])
  })

  it('needs a key that reads files', async () => {
    const made = await world.request('/v1/keys', { body: { name: 'narrow', scopes: ['inference'] } })
    const { secret } = (await made.json()) as { secret: string }
    expect((await ask({ tools: [search()] }, secret)).status).toBe(403)
  })

  it.each([
    [{ tools: [{ type: 'file_search', vector_store_ids: [] }] }, 'tools[0].vector_store_ids'],
    [
      {
        tools: [
          {
            type: 'file_search',
            vector_store_ids: Array.from({ length: MAX_SEARCHED_STORES + 1 }, () => 'vs_1'),
          },
        ],
      },
      'tools[0].vector_store_ids',
    ],
    [{ tools: [{ type: 'code_interpreter', container: { type: 'auto' } }] }, 'tools[0].type'],
    [{ tools: [{ type: 'image_generation' }] }, 'tools[0].type'],
    [{ tools: [{ type: 'web_search', user_location: { type: 'approximate' } }] }, 'tools[0].user_location'],
    [{ tool_choice: { type: 'file_search' } }, 'tool_choice'],
  ])('%j names %s', async (over, param) => {
    const response = await ask(over)
    expect([response.status, await response.json()]).toMatchObject([400, { error: { param } }])
  })

  it('leaves its citations with the items of its conversation', async () => {
    const made = await world.request('/v1/conversations', { body: {} })
    const { id } = (await made.json()) as { id: string }
    const first = calls('file_search', QUERY)
    const response = ask({ tools: [search()], conversation: id })
    await first
    await node.answer(['Moby Dick [1].'])
    expect((await response).status).toBe(200)
    const items = await (await world.request(`/v1/conversations/${id}/items?order=asc`)).json()
    expect(items).toMatchObject({
      data: [
        { role: 'user' },
        { type: 'file_search_call' },
        { content: [{ annotations: [{ type: 'file_citation', filename: 'whale.txt', index: 10 }] }] },
      ],
    })
  })

  it('is run in the background too', async () => {
    const first = calls('file_search', QUERY)
    const { id } = (await (await ask({ tools: [search()], background: true })).json()) as { id: string }
    await first
    await node.answer(['Moby Dick [1].'])
    const stored = async () =>
      (await (await world.request(`/v1/responses/${id}`)).json()) as { status: string }
    await expect.poll(stored).toMatchObject({
      status: 'completed',
      output: [
        { type: 'file_search_call', status: 'completed' },
        { content: [{ annotations: [{ type: 'file_citation', filename: 'whale.txt' }] }] },
      ],
    })
  })
})

describe('web_search', () => {
  it.each(['web_search', 'web_search_preview'])(
    'is run here by the operator’s engines, as %s',
    async (type) => {
      const first = calls('web_search', '{"query":"whales"}')
      const response = ask({ tools: [{ type }], include: ['web_search_call.action.sources'] })
      expect((await first).request.tools?.definitions.map(({ name }) => name)).toEqual(['web_search'])
      const second = await node.answer(['Done.'])
      expect(second.request.prompt).toMatchObject({ messages: [{}, {}, { role: 'tool' }] })
      const { output } = (await (await response).json()) as { output: object[] }
      expect(output).toMatchObject([
        { type: 'web_search_call', action: { type: 'search', query: 'whales', sources: expect.any(Array) } },
        { type: 'message' },
      ])
    },
  )
})
