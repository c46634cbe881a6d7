import { beforeAll, describe, expect, it } from 'vitest'
import type { Message } from '../../../../../shared/generation.ts'
import { eventsOf, uniqueModel, usage } from '../../../samples.ts'
import { createWorld, type TestNode, type World } from '../../../world.ts'
import { expectNamed } from '../refusals.ts'

const CHAT = '/v1/chat/completions'
const model = uniqueModel()
let world: World
let node: TestNode

beforeAll(async () => {
  world = await createWorld()
  node = await world.addNode({ models: [model.holding] })
})

const ARGUMENTS = '{"city":"Rome"}'
const parameters = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
}
const weather = { type: 'function', function: { name: 'get_weather', parameters, strict: true } }
const user = { role: 'user', content: 'Weather?' }

/** The node's next answer: one call of a tool, its arguments in two pieces. */
async function callTool(): Promise<void> {
  const { callId } = await node.next('generation.start')
  const toolCalls = [{ index: 0, name: 'get_weather', arguments: '' }]
  node.send({ type: 'step', step: [[callId, '', [1], { toolCalls }]] })
  for (const piece of ['{"city":', '"Rome"}'])
    node.send({ type: 'step', step: [[callId, '', [2], { toolCalls: [{ index: 0, arguments: piece }] }]] })
  node.send({ type: 'call.end', callId, finishReason: 'tool_calls', usage: usage() })
}

/** The turns that the node's next answer is for. */
async function shownNext(text = 'Fine.'): Promise<Message[]> {
  const { prompt } = (await node.answer([text])).request
  if (prompt.kind !== 'chat') throw new Error('The node was not asked for a chat.')
  return prompt.messages
}

const chat = (messages: object[], over: object = {}) =>
  world.request(CHAT, { body: { model: model.id, messages, ...over } })

/** The messages that the model is shown of these turns, which are taken. */
async function shown(messages: object[]): Promise<Message[]> {
  const taken = async () => expect((await chat(messages)).status).toBe(200)
  const [turns] = await Promise.all([shownNext(), taken()])
  return turns
}

interface OwnCall {
  id: string
  type: string
  function: { name: string; arguments: string }
}
interface OwnMessage {
  role: string
  content: string | null
  refusal: null
  tool_calls?: OwnCall[]
}

/** Our own answer to a chat with tools. */
async function ownAnswer(answering: Promise<unknown>): Promise<OwnMessage> {
  const [response] = await Promise.all([chat([user], { tools: [weather] }), answering])
  const { choices } = (await response.json()) as { choices: [{ message: OwnMessage }] }
  return choices[0].message
}

/** The same, put together from the pieces of a stream. */
async function ownStream(answering: Promise<unknown>): Promise<OwnMessage> {
  const [response] = await Promise.all([chat([user], { tools: [weather], stream: true }), answering])
  const message: OwnMessage = { role: '', content: '', refusal: null }
  for (const { choices } of eventsOf(await response.text()).slice(0, -1)) {
    const { role = '', content = '', tool_calls: [call] = [] } = choices[0].delta
    message.role += role
    message.content += content
    if (call?.id) message.tool_calls = [{ ...call }]
    else if (call && message.tool_calls?.[0])
      message.tool_calls[0].function.arguments += call.function.arguments
  }
  return message
}

/** Fields that an answer does not have, as openai-python prints them. */
const NONE = { annotations: null, audio: null, function_call: null }

const parsed = (call: OwnCall) => ({
  ...call,
  function: { ...call.function, parsed_arguments: { city: 'Rome' } },
})

/** Everything in which openai-python (3.22) prints an answer of ours: `model_dump()` and its kin. */
const DUMPS: [name: string, print: (message: OwnMessage) => object][] = [
  ['model_dump() of create()', (message) => ({ ...NONE, tool_calls: null, ...message })],
  ['model_dump(exclude_unset=True)', (message) => message],
  [
    'model_dump(exclude_none=True)',
    (message) => Object.fromEntries(Object.entries(message).filter(([, value]) => value !== null)),
  ],
  [
    'model_dump() of parse()',
    ({ tool_calls: calls, ...message }) => ({
      ...NONE,
      ...message,
      parsed: calls ? null : { city: 'Rome' },
      tool_calls: calls?.map(parsed) ?? null,
    }),
  ],
  [
    'model_dump() of stream()',
    ({ tool_calls: calls, ...message }) => ({
      ...NONE,
      ...message,
      parsed: null,
      tool_calls: calls?.map((call, index) => ({ ...parsed(call), index })) ?? null,
    }),
  ],
  [
    'the deltas’ model_dump(), added up',
    // The last piece has no type, and says so.
    ({ tool_calls: calls, ...message }) => ({
      ...message,
      function_call: null,
      tool_calls: calls?.map((call, index) => ({ index, ...call, type: null })) ?? null,
    }),
  ],
]

describe('our own answer, as openai-python prints it, can be sent back:', () => {
  const ways = [
    ['whole', ownAnswer],
    ['streamed', ownStream],
  ] as const
  for (const [way, answer] of ways) {
    it.each(DUMPS)(`a ${way} call, %s`, async (_name, print) => {
      const message = await answer(callTool())
      const id = message.tool_calls?.[0]?.id ?? ''
      const result = { role: 'tool', tool_call_id: id, content: 'Sunny.' }
      expect(await shown([user, print(message), result])).toEqual([
        user,
        { role: 'assistant', content: '', toolCalls: [{ id, name: 'get_weather', arguments: ARGUMENTS }] },
        { role: 'tool', content: 'Sunny.', toolCallId: id },
      ])
    })

    it.each(DUMPS)(`a ${way} text, %s`, async (_name, print) => {
      const message = await answer(node.answer([ARGUMENTS]))
      expect(await shown([user, print(message), user])).toEqual([
        user,
        { role: 'assistant', content: ARGUMENTS },
        user,
      ])
    })
  }
})

describe('of an assistant’s turn the model is shown', () => {
  const assistant = (over: object) => ({ role: 'assistant', ...over })
  const REFUSAL = 'I will not say that.'
  const audio = { id: 'audio_1', data: 'UklGRg==', expires_at: 1, transcript: 'Good day.' }

  it.each<[name: string, turn: object, content: string]>([
    ['a refusal', assistant({ content: null, refusal: REFUSAL }), REFUSAL],
    ['a refusal without content', assistant({ refusal: REFUSAL }), REFUSAL],
    ['a refusal among the parts', assistant({ content: [{ type: 'refusal', refusal: REFUSAL }] }), REFUSAL],
    [
      'parts of both kinds',
      assistant({
        content: [
          { type: 'text', text: 'Well. ' },
          { type: 'refusal', refusal: REFUSAL },
        ],
      }),
      `Well. ${REFUSAL}`,
    ],
    ['the words of what was spoken', assistant({ content: null, audio }), 'Good day.'],
    [
      'its content before what else says the same',
      assistant({ content: 'Hi.', refusal: REFUSAL, audio }),
      'Hi.',
    ],
    [
      'neither citations, thoughts nor what a client has parsed',
      assistant({
        content: 'Hi.',
        annotations: [{ type: 'url_citation', url_citation: { url: 'http://x/', title: 'X' } }],
        audio: { id: 'audio_1' },
        reasoning_content: 'Hm.',
        reasoning: 'Hm.',
        parsed: [{ deep: { as: 'it likes' } }],
        tool_calls: [],
      }),
      'Hi.',
    ],
  ])('%s', async (_name, turn, content) => {
    expect(await shown([user, turn, user])).toEqual([user, { role: 'assistant', content }, user])
  })

  it('a call of the older form, and its result', async () => {
    const function_call = { name: 'get_weather', arguments: ARGUMENTS }
    const turns = [
      user,
      assistant({ content: null, function_call }),
      { role: 'function', name: 'get_weather', content: 'Sunny.' },
      assistant({ content: 'Sunny.', function_call: null }),
      user,
      assistant({ content: null, function_call }),
      { role: 'function', name: 'get_weather', content: 'Rain.' },
    ]
    const call = (id: string) => ({
      role: 'assistant',
      content: '',
      toolCalls: [{ id, name: 'get_weather', arguments: ARGUMENTS }],
    })
    const result = (toolCallId: string, content: string) => ({
      role: 'tool',
      name: 'get_weather',
      toolCallId,
      content,
    })
    expect(await shown(turns)).toEqual([
      user,
      call('function_call_1'),
      result('function_call_1', 'Sunny.'),
      { role: 'assistant', content: 'Sunny.' },
      user,
      call('function_call_5'),
      result('function_call_5', 'Rain.'),
    ])
  })

  it('a call once, where a server has written it in both forms', async () => {
    const given = { name: 'get_weather', arguments: ARGUMENTS }
    const turn = assistant({
      content: null,
      tool_calls: [{ id: 'call_1', type: 'function', function: given }],
      function_call: given,
    })
    expect((await shown([user, turn]))[1]).toMatchObject({ toolCalls: [{ id: 'call_1', ...given }] })
  })

  it.each([
    ['says nothing', assistant({}), 'messages[0].content'],
    [
      'says nothing, at length',
      assistant({ content: null, refusal: null, ...NONE, tool_calls: [] }),
      'messages[0].content',
    ],
    [
      'was spoken, and only its server knows the words',
      assistant({ audio: { id: 'a' } }),
      'messages[0].content',
    ],
    ['has a field that nobody sends', assistant({ content: 'x', colour: 'red' }), 'messages[0].colour'],
    [
      'calls what is no function',
      assistant({ tool_calls: [{ id: 'c', type: 'custom', function: { name: 'f', arguments: '' } }] }),
      'messages[0].tool_calls[0].type',
    ],
    [
      'has an image',
      assistant({ content: [{ type: 'image_url', image_url: { url: 'x' } }] }),
      'messages[0].content',
    ],
  ])('nothing that %s: it is refused by name', async (_name, turn, param) => {
    await expectNamed(await chat([turn]), param)
    expect(node.unread).toBe(0)
  })

  it('refusal parts in no other turn', async () => {
    const parts = [{ type: 'refusal', refusal: REFUSAL }]
    await expectNamed(await chat([{ role: 'user', content: parts }]), 'messages[0].content')
  })
})
