import { beforeAll, describe, expect, it } from 'vitest'
import { eventsOf, uniqueModel } from '../worker/samples.ts'
import { createWorld, type TestNode } from '../worker/world.ts'
import { contractClient, newAccount, read } from './contract-client.ts'

const { call } = contractClient('agentic')
const PATH = '/v1/chat/completions'
const model = uniqueModel()

let node: TestNode
let token: string
beforeAll(async () => {
  node = await (await createWorld()).addNode({ models: [model.holding] })
  token = (await newAccount()).token
})

const user = (content: string) => ({ role: 'user', content })
const ask = (over: object = {}) =>
  call(PATH, { token, body: { model: model.id, messages: [user('Hello?')], ...over } })

/** The request at the node, where the chat is taken, and the answer at its client. */
async function answered(over: object, text = 'Hi.') {
  const taken = async () => {
    const response = await ask(over)
    expect(response.status).toBe(200)
    return response
  }
  const [{ request }, response] = await Promise.all([node.answer([text]), taken()])
  return { request, response }
}

const issue = (loc: (string | number)[], msg: string, type = 'value_error') => ({
  loc: ['body', ...loc],
  msg,
  type,
})

const permitted = (field: string, value: unknown) =>
  issue([field], `value is not a valid enumeration member; permitted: '${value}'`, 'type_error.enum')

describe('a chat completion takes what OpenAI’s does:', () => {
  it('all that says how to answer reaches the node', async () => {
    const { request } = await answered({
      temperature: 0.5,
      top_p: 0.9,
      top_k: 7,
      min_p: 0.1,
      frequency_penalty: -1,
      presence_penalty: 1,
      seed: 3,
      stop: ['END', 'STOP'],
      logit_bias: { 5: -100 },
      max_completion_tokens: 9,
      response_format: { type: 'json_object' },
    })
    expect(request).toEqual({
      cache: { scope: expect.any(String) },
      model: model.id,
      prompt: { kind: 'chat', messages: [user('Hello?')] },
      sampling: {
        temperature: 0.5,
        topP: 0.9,
        topK: 7,
        minP: 0.1,
        frequencyPenalty: -1,
        presencePenalty: 1,
        seed: 3,
      },
      stop: ['END', 'STOP'],
      logitBias: [[5, -100]],
      maxTokens: 9,
      format: 'json_object',
    })
  })

  it('one stop string, a schema, and the limit by its older name', async () => {
    const schema = { type: 'object', properties: { answer: { type: 'string' } } }
    const { request } = await answered({
      stop: 'END',
      max_tokens: 9,
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } },
    })
    expect(request).toMatchObject({ stop: ['END'], maxTokens: 9, format: { schema } })
  })

  it('null is as if nothing was said', async () => {
    const { request } = await answered({
      temperature: null,
      stop: null,
      stream: null,
      n: null,
      tools: null,
      response_format: null,
      max_completion_tokens: null,
      agent_type: null,
    })
    expect(request).toMatchObject({ sampling: { temperature: 0.7 }, stop: [], format: 'text' })
  })

  it('what changes nothing is taken', async () => {
    await answered({
      n: 1,
      store: false,
      modalities: ['text'],
      verbosity: 'medium',
      user: 'u-1',
      logprobs: false,
    })
  })

  it('turns in parts, of developers, and our own answers as clients print them', async () => {
    const parts = [
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ]
    const { request } = await answered({
      messages: [
        { role: 'developer', content: 'Be brief.' },
        { role: 'user', content: parts },
        {
          role: 'assistant',
          content: 'Hi.',
          refusal: null,
          annotations: null,
          audio: null,
          function_call: null,
          tool_calls: null,
          parsed: null,
        },
        { role: 'assistant', content: null, refusal: 'No.' },
        user('c'),
      ],
    })
    expect(request.prompt).toMatchObject({
      messages: [
        { role: 'system', content: 'Be brief.' },
        user('ab'),
        { role: 'assistant', content: 'Hi.' },
        { role: 'assistant', content: 'No.' },
        user('c'),
      ],
    })
  })

  it('the tier is said where one is asked for', async () => {
    const { response } = await answered({ service_tier: 'auto' })
    expect(await response.json()).toMatchObject({ service_tier: 'default' })
    const streamed = await answered({ service_tier: 'auto', stream: true })
    expect(eventsOf(await streamed.response.text())[0]).toMatchObject({ service_tier: 'default' })
  })

  it('usage comes in a chunk of its own where that is asked for', async () => {
    const { response } = await answered({ stream: true, stream_options: { include_usage: true } })
    const events = eventsOf(await response.text())
    const usage = { prompt_tokens: 5, completion_tokens: 1, total_tokens: 6 }
    expect(events.slice(-2)).toEqual([expect.objectContaining({ choices: [], usage }), '[DONE]'])
    for (const event of events.slice(0, -2)) expect(event.usage).toBeNull()
  })
})

describe('a chat completion refuses by name', () => {
  const tool = { type: 'function', function: { name: 'f' } }
  const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }

  it.each<[name: string, over: object, found: object]>([
    ['two answers', { n: 2 }, permitted('n', 1)],
    ['tools', { tools: [tool] }, issue(['tools'], 'it is not supported', 'type_error')],
    [
      'a choice of tools',
      { tool_choice: 'auto' },
      issue(['tool_choice'], 'it is not supported', 'type_error'),
    ],
    ['log probabilities', { logprobs: true }, permitted('logprobs', false)],
    ['both limits', { max_tokens: 1, max_completion_tokens: 1 }, issue(['max_tokens'], expect.any(String))],
    [
      'usage without a stream',
      { stream_options: { include_usage: true } },
      issue(['stream_options'], expect.any(String)),
    ],
    ['to store it', { store: true }, permitted('store', false)],
    [
      'an effort',
      { reasoning_effort: 'low' },
      issue(['reasoning_effort'], 'extra fields not permitted', 'value_error.extra'),
    ],
    [
      'what nobody knows',
      { colour: 'red' },
      issue(['colour'], 'extra fields not permitted', 'value_error.extra'),
    ],
    [
      'an image',
      { messages: [{ role: 'user', content: [{ type: 'text', text: 'What is it?' }, image] }] },
      issue(
        ['messages', 0, 'content'],
        "parts of type 'image_url' are not supported: expected a string or a list of text parts",
      ),
    ],
    [
      'a name',
      { messages: [{ ...user('x'), name: 'bob' }] },
      issue(['messages', 0, 'name'], 'it is not supported'),
    ],
    [
      'a call',
      { messages: [{ role: 'assistant', tool_calls: [call] }] },
      issue(['messages', 0, 'tool_calls'], 'it is not supported'),
    ],
    [
      'a call of the older form',
      { messages: [{ role: 'assistant', function_call: call.function }] },
      issue(['messages', 0, 'function_call'], 'it is not supported'),
    ],
    [
      'a result of a tool',
      { messages: [{ role: 'tool', tool_call_id: 'c', content: 'x' }] },
      issue(
        ['messages', 0, 'role'],
        "value is not a valid enumeration member; permitted: 'system', 'developer', 'user', 'assistant'",
        'type_error.enum',
      ),
    ],
    [
      'a field of a turn that nobody knows',
      { messages: [{ ...user('x'), colour: 'red' }] },
      issue(['messages', 0, 'colour'], 'extra fields not permitted', 'value_error.extra'),
    ],
  ])('%s', async (_name, over, found) => {
    expect(await read(await ask(over))).toEqual([422, { detail: [found] }])
    expect(node.unread).toBe(0)
  })
})
