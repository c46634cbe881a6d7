import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { lastResponse, ResponseObject, responseEvents } from '../../../../../support/response-events.ts'
import { uniqueModel, usage } from '../../../../samples.ts'
import { createWorld, type TestNode, type World } from '../../../../world.ts'

const model = uniqueModel({ slots: 8 })
let world: World
let node: TestNode

beforeAll(async () => {
  world = await createWorld()
  node = await world.addNode({ models: [model.holding] })
})

const ask = (over: Record<string, unknown> = {}, key?: string) =>
  world.request('/v1/responses', {
    body: { model: model.id, input: 'Hi', ...over },
    ...(key === undefined ? {} : { key }),
  })

/** Asks, and is answered with these words. */
async function answered(over: Record<string, unknown> = {}, pieces = ['Hel', 'lo']) {
  const start = node.answer(pieces)
  const response = await ask(over)
  const text = await response.text()
  expect(`${response.status} ${text}`).toMatch(/^200/)
  return { body: ResponseObject.parse(JSON.parse(text)), request: (await start).request }
}

const failureOf = async (response: Response) => {
  const { error } = (await response.json()) as { error: { message: string; param: string; code: string } }
  return { status: response.status, ...error }
}

const weather = {
  type: 'function',
  name: 'get_weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
  strict: true,
}

describe('a whole response', () => {
  it('has all the fields of OpenAI’s and the words of the node', async () => {
    const { body, request } = await answered({ instructions: 'Be brief.', metadata: { a: 'b' } })
    expect(body).toMatchObject({
      status: 'completed',
      instructions: 'Be brief.',
      metadata: { a: 'b' },
      store: true,
      output: [{ role: 'assistant', status: 'completed', content: [{ text: 'Hello', annotations: [] }] }],
      usage: { input_tokens: 5, output_tokens: 2, total_tokens: 7 },
    })
    expect(request.prompt).toMatchObject({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
      ],
    })
  })

  it('passes on how it is to be made', async () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }
    const one = { type: 'function', name: 'get_weather' }
    const { request } = await answered({
      temperature: 0.5,
      top_p: 0.25,
      max_output_tokens: 9,
      text: { format: { type: 'json_schema', name: 'answer', schema, strict: true } },
      tools: [weather],
      tool_choice: one,
      parallel_tool_calls: false,
    })
    expect(request).toMatchObject({
      sampling: { temperature: 0.5, topP: 0.25 },
      maxTokens: 9,
      format: { schema },
      tools: {
        definitions: [{ name: 'get_weather', strict: true }],
        choice: { name: 'get_weather' },
        parallel: false,
      },
    })
    const some = { type: 'allowed_tools', mode: 'required', tools: [one] }
    const named = await answered({ tools: [weather], tool_choice: some })
    expect(named.request.tools).toMatchObject({ choice: 'required', allowed: ['get_weather'] })
  })

  it('that was cut says so', async () => {
    const start = node.answer(['Hel'], 'length')
    const body = ResponseObject.parse(await (await ask({ max_output_tokens: 1 })).json())
    await start
    expect(body).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: [{ status: 'incomplete' }],
    })
  })

  it('takes what asks nothing of a model that does not reason', async () => {
    const { body } = await answered({
      reasoning: { effort: 'none', summary: 'auto' },
      include: ['reasoning.encrypted_content'],
      input: [
        { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'abc' },
        { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
      ],
    })
    expect(body.reasoning).toEqual({ effort: 'none', summary: 'auto' })
  })

  it('tells how likely its tokens were, where they are included', async () => {
    const start = node.next('generation.start')
    const response = ask({ include: ['message.output_text.logprobs'], top_logprobs: 1 })
    const { callId, request } = await start
    const logprob = {
      token: 'Hi',
      logprob: -0.5,
      bytes: [72, 105],
      top: [{ token: 'Hi', logprob: -0.5, bytes: [72, 105] }],
    }
    node.send({ type: 'step', step: [[callId, 'Hi', [1], { logprobs: [logprob] }]] })
    node.send({ type: 'call.end', callId, finishReason: 'stop', usage: usage() })
    const { output } = ResponseObject.parse(await (await response).json())
    expect(request.logprobs).toBe(1)
    expect(output).toMatchObject([
      { content: [{ logprobs: [{ token: 'Hi', top_logprobs: [{ token: 'Hi' }] }] }] },
    ])
  })
})

describe('a streamed response', () => {
  it('is events of OpenAI’s in order, and ends with the response that is kept', async () => {
    const start = node.answer(['Hel', 'lo'])
    const events = responseEvents(await (await ask({ stream: true })).text())
    await start
    expect(events.map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ])
    const last = lastResponse(events)
    expect(await (await world.request(`/v1/responses/${last.id}`)).json()).toEqual(last)
  })

  it('calls functions in items of their own, behind what is said', async () => {
    const start = node.next('generation.start')
    const response = ask({ stream: true, tools: [weather] })
    const { callId } = await start
    node.send({ type: 'step', step: [[callId, 'Let me see.', [1]]] })
    const pieces = [
      { index: 0, name: 'get_weather', arguments: '{"city":' },
      { index: 0, arguments: '"Rome"}' },
      { index: 1, name: 'get_weather', arguments: '{}' },
    ]
    for (const [token, piece] of pieces.entries())
      node.send({ type: 'step', step: [[callId, '', [token], { toolCalls: [piece] }]] })
    node.send({ type: 'call.end', callId, finishReason: 'tool_calls', usage: usage() })
    const last = lastResponse(responseEvents(await (await response).text()))
    expect(last.output).toMatchObject([
      { type: 'message', content: [{ text: 'Let me see.' }] },
      { type: 'function_call', name: 'get_weather', arguments: '{"city":"Rome"}', status: 'completed' },
      { type: 'function_call', name: 'get_weather', arguments: '{}', status: 'completed' },
    ])
    const ids = last.output.flatMap((item) => ('call_id' in item ? [item.id, item.call_id] : [item.id]))
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('that fails in the middle says so, and is kept so', async () => {
    const start = node.next('generation.start')
    const response = ask({ stream: true })
    const { callId } = await start
    node.send({ type: 'step', step: [[callId, 'Hel', [1]]] })
    node.send({ type: 'call.error', callId, code: 'invalid_request', message: 'It cannot go on.' })
    const last = lastResponse(responseEvents(await (await response).text()))
    expect(last).toMatchObject({
      status: 'failed',
      error: { code: 'invalid_prompt', message: 'It cannot go on.' },
      output: [{ status: 'incomplete', content: [{ text: 'Hel' }] }],
    })
    expect(await (await world.request(`/v1/responses/${last.id}`)).json()).toEqual(last)
  })

  it('that fails before its first word is an error with its status', async () => {
    const start = node.next('generation.start')
    const response = ask({ stream: true })
    const { callId } = await start
    node.send({ type: 'call.error', callId, code: 'context_length_exceeded', message: 'Too long.' })
    expect(await failureOf(await response)).toMatchObject({ status: 400, code: 'context_length_exceeded' })
  })

  it('of a reader who leaves stops on the node, and is kept as cancelled', async () => {
    const start = node.next('generation.start')
    const response = await (async () => {
      const asked = ask({ stream: true })
      const { callId } = await start
      node.send({ type: 'step', step: [[callId, 'Hel', [1]]] })
      return asked
    })()
    const reader = response.body?.getReader()
    const first = new TextDecoder().decode((await reader?.read())?.value)
    const id = /resp_[0-9a-f]{24}/.exec(first)?.[0]
    await reader?.cancel()
    const { callId } = await node.next('call.cancel')
    node.send({ type: 'call.end', callId, finishReason: 'cancelled', usage: usage() })
    await expect.poll(async () => (await world.request(`/v1/responses/${id}`)).status).toBe(200)
    expect(await (await world.request(`/v1/responses/${id}`)).json()).toMatchObject({ status: 'cancelled' })
  })
})

describe('what is kept', () => {
  it('goes on with previous_response_id, without the instructions of before', async () => {
    const first = await answered({ instructions: 'Be brief.', input: 'My name is Ada.' })
    const second = await answered({ previous_response_id: first.body.id, input: 'Who am I?' })
    const third = await answered({ previous_response_id: second.body.id, input: 'And now?' })
    expect(third.request.prompt).toEqual({
      kind: 'chat',
      messages: [
        { role: 'user', content: 'My name is Ada.' },
        { role: 'assistant', content: 'Hello' },
        { role: 'user', content: 'Who am I?' },
        { role: 'assistant', content: 'Hello' },
        { role: 'user', content: 'And now?' },
      ],
    })
  })

  it('is shown to a model again where an item is named by its id', async () => {
    const { body } = await answered()
    const { request } = await answered({
      store: false,
      input: [
        { role: 'user', content: 'Hi' },
        { type: 'item_reference', id: body.output[0]?.id },
        { role: 'user', content: 'Again' },
      ],
    })
    expect(request.prompt).toMatchObject({
      messages: [{ content: 'Hi' }, { role: 'assistant', content: 'Hello' }, { content: 'Again' }],
    })
  })

  it('takes the output of a function back behind its call', async () => {
    const call = { type: 'function_call', call_id: 'call_1', name: 'get_weather', arguments: '{}' }
    const output = {
      type: 'function_call_output',
      call_id: 'call_1',
      output: [{ type: 'input_text', text: 'Sunny' }],
    }
    const { request } = await answered({
      input: [{ role: 'user', content: 'Weather?' }, call, output],
      tools: [weather],
    })
    expect(request.prompt).toMatchObject({
      messages: [
        { role: 'user' },
        {
          role: 'assistant',
          content: '',
          toolCalls: [{ id: 'call_1', name: 'get_weather', arguments: '{}' }],
        },
        { role: 'tool', toolCallId: 'call_1', content: 'Sunny' },
      ],
    })
  })

  it('lists its input in pages', async () => {
    const input = ['one', 'two', 'three'].map((content) => ({ role: 'user', content }))
    const { body } = await answered({ input })
    const page = async (query: string) => {
      const response = await world.request(`/v1/responses/${body.id}/input_items?${query}`)
      return (await response.json()) as {
        data: { id: string; content: { text: string }[] }[]
        has_more: boolean
        last_id: string
      }
    }
    const texts = ({ data }: Awaited<ReturnType<typeof page>>) => data.map(({ content }) => content[0]?.text)
    const first = await page('limit=2')
    expect([texts(first), first.has_more]).toEqual([['three', 'two'], true])
    const second = await page(`limit=2&after=${first.last_id}`)
    expect([texts(second), second.has_more]).toEqual([['one'], false])
    expect(texts(await page('order=asc'))).toEqual(['one', 'two', 'three'])
    expect((await world.request(`/v1/responses/${body.id}/input_items?after=msg_1`)).status).toBe(404)
  })

  it('is nothing with store: false', async () => {
    const { body } = await answered({ store: false })
    expect((await world.request(`/v1/responses/${body.id}`)).status).toBe(404)
    expect(await failureOf(await ask({ previous_response_id: body.id }))).toMatchObject({
      status: 404,
      param: 'previous_response_id',
    })
  })

  it('can be deleted, once', async () => {
    const { body } = await answered()
    const path = `/v1/responses/${body.id}`
    expect(await (await world.request(path, { method: 'DELETE' })).json()).toEqual({
      id: body.id,
      object: 'response',
      deleted: true,
    })
    expect((await world.request(path, { method: 'DELETE' })).status).toBe(404)
    expect((await world.request(path)).status).toBe(404)
  })

  it('does not exist for another account', async () => {
    const { body } = await answered()
    const key = world.viewerKey
    for (const [path, method] of [
      ['', 'GET'],
      ['', 'DELETE'],
      ['/input_items', 'GET'],
    ])
      expect(
        (await world.request(`/v1/responses/${body.id}${path}`, { key, method: method ?? '' })).status,
      ).toBe(404)
    expect((await ask({ previous_response_id: body.id }, key)).status).toBe(404)
    const input = [{ type: 'item_reference', id: body.output[0]?.id }]
    expect(await failureOf(await ask({ input }, key))).toMatchObject({ status: 404, param: 'input[0].id' })
    expect((await world.request(`/v1/responses/${body.id}`)).status).toBe(200)
  })
})

describe('a question', () => {
  const used = async () =>
    Number(await env.DB.prepare('select sum(queries_used) as n from accounts').first('n'))

  it.each([
    ['streamed and kept', { stream: true }],
    ['streamed', { stream: true, store: false }],
    ['whole and kept', {}],
    ['whole', { store: false }],
  ])('whose answer is %s is counted once', async (_, over) => {
    const before = await used()
    const start = node.answer(['Hi', ' Ho'])
    await (await ask(over)).text()
    await start
    await expect.poll(used).toBe(before + 1)
  })

  it('whose answer fails in the middle is counted once, and none that no node answers', async () => {
    const before = await used()
    const start = node.next('generation.start')
    const response = ask({ stream: true })
    const { callId } = await start
    node.send({ type: 'step', step: [[callId, 'Hel', [1]]] })
    node.send({ type: 'call.error', callId, code: 'invalid_request', message: 'It cannot go on.' })
    await (await response).text()
    expect((await ask({ stream: true, model: 'none' })).status).toBe(404)
    expect(await used()).toBe(before + 1)
  })
})

describe('a request that is not taken', () => {
  it.each([
    [{ input: [] }, 'input'],
    [{ input: undefined }, 'input'],
    [
      { input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'x' }] }] },
      'input[0].content[0]',
    ],
    [{ input: [{ role: 'user', content: [{ type: 'input_text' }] }] }, 'input[0].content[0].text'],
    [{ input: [{ role: 'critic', content: 'x' }] }, 'input[0].role'],
    [{ input: [{ type: 'computer_call' }] }, 'input[0].type'],
    [{ input: [{ type: 'function_call_output', call_id: 'c', output: 'x' }] }, 'input'],
    [{ tools: [{ type: 'image_generation' }] }, 'tools[0].type'],
    [{ tools: [weather, weather] }, 'tools'],
    [{ tool_choice: { type: 'function', name: 'no' } }, 'tool_choice'],
    [{ reasoning: { effort: 'high' } }, 'reasoning.effort'],
    [{ include: ['computer_call_output.output.image_url'] }, 'include[0]'],
    [{ prompt: { id: 'pmpt_1' } }, 'prompt'],
    [{ text: { verbosity: 'low' } }, 'text.verbosity'],
    [{ previous_response_id: 'resp_none' }, 'previous_response_id'],
    [{ seed: 1 }, 'seed'],
    [{ temperature: 3 }, 'temperature'],
    [{ max_output_tokens: 0 }, 'max_output_tokens'],
    [{ metadata: { a: 1 } }, 'metadata.a'],
  ])('%j names %s', async (over, param) => {
    const response = await ask(over)
    expect([400, 404]).toContain(response.status)
    expect((await failureOf(response)).param).toBe(param)
  })

  it('is one of a model that nobody has', async () => {
    expect(await failureOf(await ask({ model: 'nobody-has-it' }))).toMatchObject({
      status: 404,
      code: 'model_not_found',
    })
  })
})
