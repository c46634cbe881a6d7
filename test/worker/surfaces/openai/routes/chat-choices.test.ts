import { beforeAll, describe, expect, it } from 'vitest'
import { RANDOM_SEED, samplerSeed } from '../../../../../shared/sampler-seed.ts'
import type { EdgeCommand } from '../../../../../shared/wire.ts'
import { eventsOf, uniqueModel, usage } from '../../../samples.ts'
import { createWorld, type TestNode, type World } from '../../../world.ts'

type Start = Extract<EdgeCommand, { type: 'generation.start' }>

const model = uniqueModel({ slots: 8 })
let world: World
let node: TestNode

beforeAll(async () => {
  world = await createWorld()
  node = await world.addNode({ models: [model.holding] })
})

const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather of a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
    strict: true,
  },
}

const named = (name: string) => ({ type: 'function', function: { name } })
const choiceAmong = (...names: string[]) => ({
  type: 'allowed_tools',
  allowed_tools: { mode: 'required', tools: names.map(named) },
})

const chat = (over: Record<string, unknown>) =>
  world.request('/v1/chat/completions', {
    body: { model: model.id, messages: [{ role: 'user', content: 'Hi' }], ...over },
  })

const finish = (
  { callId }: Start,
  finishReason: 'stop' | 'tool_calls' = 'stop',
  over: Parameters<typeof usage>[0] = {},
) => node.send({ type: 'call.end', callId, finishReason, usage: usage(over) })

/** A node that calls two tools, in pieces. */
async function callTools(): Promise<Start> {
  const start = await node.next('generation.start')
  const { callId } = start
  const pieces = [
    { index: 0, name: 'get_weather', arguments: '' },
    { index: 0, arguments: '{"city":' },
    { index: 0, arguments: '"Rome"}' },
    { index: 1, name: 'get_weather', arguments: '{}' },
  ]
  for (const [token, piece] of pieces.entries()) {
    node.send({ type: 'step', step: [[callId, '', [token], { toolCalls: [piece] }]] })
  }
  finish(start, 'tool_calls')
  return start
}

describe('tools', () => {
  it('reach the node as they came, with the choice and whether several calls may be made', async () => {
    const answered = callTools()
    await chat({
      tools: [weather],
      tool_choice: { type: 'function', function: { name: 'get_weather' } },
      parallel_tool_calls: false,
      messages: [
        { role: 'user', content: 'Weather?' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'Sunny.' },
      ],
    })
    expect((await answered).request).toMatchObject({
      tools: {
        definitions: [
          {
            name: 'get_weather',
            description: 'The weather of a city.',
            strict: true,
            parameters: weather.function.parameters,
          },
        ],
        choice: { name: 'get_weather' },
        parallel: false,
      },
      prompt: {
        messages: [
          { role: 'user', content: 'Weather?' },
          {
            role: 'assistant',
            content: '',
            toolCalls: [{ id: 'call_1', name: 'get_weather', arguments: '{}' }],
          },
          { role: 'tool', content: 'Sunny.', toolCallId: 'call_1' },
        ],
      },
    })
  })

  it('stay shown where a choice allows some of them, and the node is told which', async () => {
    const answered = callTools()
    const clock = { type: 'function', function: { name: 'get_time' } }
    await chat({ tools: [weather, clock], tool_choice: choiceAmong('get_weather') })
    const { tools } = (await answered).request
    expect(tools).toMatchObject({ choice: 'required', allowed: ['get_weather'] })
    expect(tools?.definitions.map(({ name }) => name)).toEqual(['get_weather', 'get_time'])
  })

  it.each(['none', 'auto', 'required'])(
    'reach the node together with a form of answer: %s',
    async (choice) => {
      const answered = node.answer(['{}'])
      const response = await chat({
        tools: [weather],
        tool_choice: choice,
        response_format: { type: 'json_object' },
      })
      expect(response.status).toBe(200)
      expect((await answered).request).toMatchObject({ format: 'json_object', tools: { choice } })
    },
  )

  it('that are called come back whole, with ids of their own and no content', async () => {
    const answered = callTools()
    const { choices } = (await (await chat({ tools: [weather] })).json()) as { choices: unknown[] }
    expect(choices).toEqual([
      {
        index: 0,
        finish_reason: 'tool_calls',
        logprobs: null,
        message: {
          role: 'assistant',
          content: null,
          refusal: null,
          tool_calls: [
            {
              id: expect.stringMatching(/^call_[0-9a-f]{24}0_0$/),
              type: 'function',
              function: { name: 'get_weather', arguments: '{"city":"Rome"}' },
            },
            {
              id: expect.stringMatching(/^call_[0-9a-f]{24}0_1$/),
              type: 'function',
              function: { name: 'get_weather', arguments: '{}' },
            },
          ],
        },
      },
    ])
    await answered
  })

  it('that are called are streamed: id and name once, then the arguments', async () => {
    const answered = callTools()
    const events = eventsOf(await (await chat({ tools: [weather], stream: true })).text())
    const calls = events.flatMap((event) => event.choices?.[0]?.delta.tool_calls ?? [])
    expect(calls).toEqual([
      {
        index: 0,
        id: expect.any(String),
        type: 'function',
        function: { name: 'get_weather', arguments: '' },
      },
      { index: 0, function: { arguments: '{"city":' } },
      { index: 0, function: { arguments: '"Rome"}' } },
      {
        index: 1,
        id: expect.any(String),
        type: 'function',
        function: { name: 'get_weather', arguments: '{}' },
      },
    ])
    expect(events.at(-2)?.choices[0].finish_reason).toBe('tool_calls')
    await answered
  })

  it.each([
    ['a choice without tools', { tool_choice: 'auto' }, 'tool_choice'],
    [
      'a choice of a tool that is not there',
      { tools: [weather], tool_choice: { type: 'function', function: { name: 'x' } } },
      'tool_choice',
    ],
    ['two tools of one name', { tools: [weather, weather] }, 'tools'],
    [
      'a name with a space',
      { tools: [{ type: 'function', function: { name: 'a b' } }] },
      'tools[0].function.name',
    ],
    [
      'a name of 65 characters',
      { tools: [{ type: 'function', function: { name: 'x'.repeat(65) } }] },
      'tools[0].function.name',
    ],
    [
      '129 tools',
      {
        tools: Array.from({ length: 129 }, (_, index) => ({
          type: 'function',
          function: { name: `t${index}` },
        })),
      },
      'tools',
    ],
    [
      'a choice among tools of which one is not there',
      { tools: [weather], tool_choice: choiceAmong('get_weather', 'x') },
      'tool_choice',
    ],
    [
      'a choice among no tools',
      { tools: [weather], tool_choice: choiceAmong() },
      'tool_choice.allowed_tools.tools',
    ],
    [
      'a choice among tools of which none may be called',
      {
        tools: [weather],
        tool_choice: {
          type: 'allowed_tools',
          allowed_tools: { mode: 'none', tools: [named('get_weather')] },
        },
      },
      'tool_choice',
    ],
    ['a choice among tools without tools', { tool_choice: choiceAmong('get_weather') }, 'tool_choice'],
    ['parallel calls without tools', { parallel_tool_calls: true }, 'parallel_tool_calls'],
    ['an assistant turn of nothing', { messages: [{ role: 'assistant' }] }, 'messages[0].content'],
    ['a result of no call', { messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].tool_call_id'],
  ])('are refused: %s', async (_case, over, param) => {
    const response = await chat(over)
    expect(response.status).toBe(400)
    expect(((await response.json()) as { error: { param: string } }).error.param).toBe(param)
    expect(node.unread).toBe(0)
  })
})

describe('several choices', () => {
  it('are generations of their own, seeded one after the other; the prompt is counted once', async () => {
    // They come to the node in any order: each answers by its seed.
    void Promise.all([node.next('generation.start'), node.next('generation.start')]).then((starts) => {
      for (const start of starts) {
        node.send({ type: 'step', step: [[start.callId, `seed ${start.request.sampling.seed}`, [1, 2]]] })
        finish(start, 'stop', { completionTokens: 3 })
      }
    })
    const body = (await (await chat({ n: 2, seed: 0xffff_fffe })).json()) as {
      choices: { index: number; message: { content: string } }[]
      usage: object
    }
    expect(body.choices.map(({ index, message }) => [index, message.content])).toEqual([
      [0, `seed ${0xffff_fffe}`],
      [1, `seed ${samplerSeed(RANDOM_SEED)}`],
    ])
    expect(body.usage).toMatchObject({ prompt_tokens: 5, completion_tokens: 6, total_tokens: 11 })
  })

  it.each([8, 9])('are at most 8 (%i)', async (n) => {
    if (n > 8) {
      const response = await chat({ n })
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({
        error: { param: 'n', message: expect.stringContaining('Expected a value <= 8, but got 9') },
      })
      return
    }
    const answered = Promise.all(Array.from({ length: n }, () => node.answer(['x'])))
    expect((await chat({ n })).status).toBe(200)
    await answered
  })
})

describe('log probabilities, biases and schemas', () => {
  const likely = { token: 'Hi', logprob: -0.1, bytes: [72, 105] }

  it('log probabilities come with the text they belong to', async () => {
    const answered = node.next('generation.start').then((start) => {
      node.send({
        type: 'step',
        step: [[start.callId, 'Hi', [1], { logprobs: [{ ...likely, top: [likely] }] }]],
      })
      finish(start)
      return start
    })
    const body = (await (await chat({ logprobs: true, top_logprobs: 1 })).json()) as {
      choices: { logprobs: object }[]
    }
    expect(body.choices[0]?.logprobs).toEqual({
      content: [{ ...likely, top_logprobs: [likely] }],
      refusal: null,
    })
    expect((await answered).request.logprobs).toBe(1)
  })

  it('biases reach the node as numbers', async () => {
    const answered = node.answer(['x'])
    await chat({ logit_bias: { '17': -100, '42': 5.5 } })
    expect((await answered).request.logitBias).toEqual([
      [17, -100],
      [42, 5.5],
    ])
  })

  it('a schema reaches the node whole', async () => {
    const answered = node.answer(['{}'])
    const schema = { type: 'object', additionalProperties: false }
    await chat({ response_format: { type: 'json_schema', json_schema: { name: 'x', schema, strict: true } } })
    expect((await answered).request.format).toEqual({ schema })
  })

  it.each([
    ['a bias above 100', { logit_bias: { '1': 101 } }, 'logit_bias.1'],
    ['a bias of no token', { logit_bias: { hello: 1 } }, 'logit_bias.hello'],
    [
      '1,025 biases',
      { logit_bias: Object.fromEntries(Array.from({ length: 1_025 }, (_, id) => [id, 0])) },
      'logit_bias',
    ],
    ['likeliest tokens without logprobs', { top_logprobs: 1 }, 'top_logprobs'],
    ['21 likeliest tokens', { logprobs: true, top_logprobs: 21 }, 'top_logprobs'],
    [
      'a schema without a name',
      { response_format: { type: 'json_schema', json_schema: { schema: {} } } },
      'response_format.json_schema.name',
    ],
  ])('%s is refused', async (_case, over, param) => {
    const response = await chat(over)
    expect(response.status).toBe(400)
    expect(((await response.json()) as { error: { param: string } }).error.param).toBe(param)
  })
})

describe('a stream whose node is lost', () => {
  it('goes on from another node behind its tokens, under the same id, as if nothing had been', async () => {
    const shared = uniqueModel()
    const first = await world.addNode({ models: [shared.holding] })
    const response = chat({ model: shared.id, stream: true })
    const start = await first.next('generation.start')
    first.send({ type: 'step', step: [[start.callId, 'Hel', [7, 8]]] })
    const reading = (await response).text()
    const second = await world.addNode({ models: [shared.holding] })
    first.close()
    const resumed = await second.next('generation.start')
    expect(resumed.request).toEqual({ ...start.request, resume: [7, 8] })
    second.send({ type: 'step', step: [[resumed.callId, 'lo', [9]]] })
    second.send({
      type: 'call.end',
      callId: resumed.callId,
      finishReason: 'stop',
      usage: usage({ completionTokens: 3 }),
    })
    const events = eventsOf(await reading)
    expect(events.map((event) => event.choices?.[0]?.delta.content ?? '').join('')).toBe('Hello')
    expect(new Set(events.slice(0, -1).map((event) => event.id)).size).toBe(1)

    await expect
      .poll(async () => (await world.request('/v1/metrics')).text())
      .toMatch(new RegExp(`switchyard_moves_total\\{node="${second.id}",model="${shared.id}"\\} 1`))
  })
})

describe('GET /v1/metrics', () => {
  it('is Prometheus text, for administrators alone', async () => {
    const response = await world.request('/v1/metrics')
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4')
    const text = await response.text()
    for (const name of [
      'node_up',
      'open_calls',
      'slots',
      'queue_length',
      'calls_total',
      'completion_tokens_total',
    ]) {
      expect(text).toContain(`# TYPE switchyard_${name} `)
    }
    expect((await world.request('/v1/metrics', { key: world.viewerKey })).status).toBe(403)
    expect((await world.request('/v1/metrics', { key: '' })).status).toBe(401)
  })
})
