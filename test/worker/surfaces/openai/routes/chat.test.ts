import { beforeAll, describe, expect, it } from 'vitest'
import { RANDOM_SEED, samplerSeed } from '../../../../../shared/sampler-seed.ts'
import { eventsOf, uniqueModel, usage } from '../../../samples.ts'
import { createWorld, type TestNode, type World } from '../../../world.ts'
import { expectNamed, expectUnknownModel } from '../refusals.ts'

const CHAT = '/v1/chat/completions'
const model = uniqueModel()
let world: World
let node: TestNode

beforeAll(async () => {
  world = await createWorld()
  node = await world.addNode({ models: [model.holding] })
})

const chat = (over: Record<string, unknown> = {}, key?: string) =>
  world.request(CHAT, {
    body: { model: model.id, messages: [{ role: 'user', content: 'Hi' }], ...over },
    ...(key === undefined ? {} : { key }),
  })

describe('POST /v1/chat/completions', () => {
  it('answers whole, with the required nulls of the schema and true usage', async () => {
    const answered = node.answer(['Hello', '!'])
    const response = await chat()
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      id: expect.stringMatching(/^chatcmpl-[0-9a-f]{24}$/),
      object: 'chat.completion',
      created: expect.any(Number),
      model: model.id,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello!', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 5,
        completion_tokens: 2,
        total_tokens: 7,
        prompt_tokens_details: { cached_tokens: 0 },
      },
    })
    await answered
  })

  it('streams: role first, then text, then the reason, then [DONE]', async () => {
    const answered = node.answer(['Hel', 'lo'], 'length')
    const response = await chat({ stream: true })
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const events = eventsOf(await response.text())
    const deltas = events.filter((event) => event !== '[DONE]').map((event) => event.choices[0])
    expect(deltas.map((choice) => choice.delta)).toEqual([
      { role: 'assistant', content: '' },
      { content: 'Hel' },
      { content: 'lo' },
      {},
    ])
    expect(deltas.at(-1)?.finish_reason).toBe('length')
    expect(events.at(-1)).toBe('[DONE]')
    expect(new Set(events.slice(0, -1).map((event) => event.id)).size).toBe(1)
    await answered
  })

  it('with include_usage, every chunk has usage null and one last chunk without choices has the figures', async () => {
    const answered = node.answer(['x'])
    const events = eventsOf(
      await (await chat({ stream: true, stream_options: { include_usage: true } })).text(),
    )
    const [last] = events.slice(-2)
    expect(last).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 5, completion_tokens: 1, total_tokens: 6 },
    })
    for (const event of events.slice(0, -2)) expect(event.usage).toBeNull()
    await answered
  })

  it('hands on what a message says as it came, also what nobody sees in it', async () => {
    const content = 'a\u0000b\u0007\u202ec'
    const answered = node.answer(['x\u0000y'])
    const response = await chat({ messages: [{ role: 'user', content }] })
    expect((await answered).request.prompt).toMatchObject({ messages: [{ role: 'user', content }] })
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'x\u0000y' } }] })
  })

  it('hands every parameter to the node', async () => {
    const answered = node.answer(['{}'])
    await chat({
      messages: [
        { role: 'developer', content: 'Be short.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        },
      ],
      temperature: 0.5,
      top_p: 0.9,
      top_k: 7,
      min_p: 0.1,
      frequency_penalty: -1,
      presence_penalty: 1,
      seed: -1,
      stop: 'END',
      max_completion_tokens: 9,
      response_format: { type: 'json_object' },
      user: 'u-1',
    })
    expect((await answered).request).toEqual({
      cache: { scope: expect.stringMatching(/^[0-9a-f]{64}$/) },
      model: model.id,
      prompt: {
        kind: 'chat',
        messages: [
          { role: 'system', content: 'Be short.' },
          { role: 'user', content: 'ab' },
        ],
      },
      sampling: {
        temperature: 0.5,
        topP: 0.9,
        topK: 7,
        minP: 0.1,
        frequencyPenalty: -1,
        presencePenalty: 1,
        seed: samplerSeed(RANDOM_SEED),
      },
      stop: ['END'],
      maxTokens: 9,
      format: 'json_object',
    })
  })

  it('hands on who speaks', async () => {
    const name = '7:é.'.repeat(16)
    const toolCall = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }
    const answered = node.answer(['x'])
    const response = await chat({
      messages: [
        { role: 'system', content: 'a', name: 'example_user' },
        { role: 'developer', content: 'b', name: 'example_assistant' },
        { role: 'user', content: 'c', name },
        { role: 'assistant', content: 'd', name: 'bob', tool_calls: [toolCall] },
        { role: 'tool', content: 'e', tool_call_id: 'c', name: 'f' },
      ],
    })
    expect(response.status).toBe(200)
    expect((await answered).request.prompt).toMatchObject({
      messages: [
        { role: 'system', content: 'a', name: 'example_user' },
        { role: 'system', content: 'b', name: 'example_assistant' },
        { role: 'user', content: 'c', name },
        { role: 'assistant', content: 'd', name: 'bob' },
        { role: 'tool', content: 'e', name: 'f' },
      ],
    })
  })

  it('takes an answer back as clients print it, with the nulls of what it does not have', async () => {
    const answered = node.answer(['x'])
    const printed = { role: 'assistant', content: 'd', refusal: null, audio: null, function_call: null }
    const response = await chat({
      messages: [
        { ...printed, tool_calls: null },
        { role: 'user', content: 'e' },
      ],
    })
    expect(response.status).toBe(200)
    await answered
  })

  it('says which tier served a request that gave one, whole or streamed', async () => {
    const first = node.answer(['x'])
    expect(await (await chat({ service_tier: 'auto' })).json()).toMatchObject({ service_tier: 'default' })
    await first
    const second = node.answer(['x'])
    const events = eventsOf(await (await chat({ service_tier: 'default', stream: true })).text())
    for (const event of events.slice(0, -1)) expect(event.service_tier).toBe('default')
    await second
  })

  it('takes what changes nothing', async () => {
    const answered = node.answer(['x'])
    const nothing = { store: false, metadata: null, verbosity: 'medium', modalities: ['text'] }
    expect((await chat(nothing)).status).toBe(200)
    await answered
  })

  it('gives requests of one prompt_cache_key to one node, however they begin, and those of others to others', {
    timeout: 30_000,
  }, async () => {
    const shared = uniqueModel({ slots: 32 })
    // A model of its own besides: only then is each waited for until it can be placed on.
    const addNode = () => world.addNode({ models: [shared.holding, uniqueModel().holding] })
    const nodes = await Promise.all([1, 2, 3, 4].map(addNode))
    const counts = async (keys: readonly string[]) => {
      const taken = nodes.map(() => 0)
      for (const [turn, prompt_cache_key] of keys.entries()) {
        const messages = [{ role: 'user', content: `Question ${turn}` }]
        const asked = chat({ model: shared.id, messages, prompt_cache_key })
        const arrived = () => nodes.findIndex((each) => each.unread > 0)
        await expect.poll(arrived).toBeGreaterThanOrEqual(0)
        const at = arrived()
        await nodes[at]?.answer(['x'])
        expect((await asked).status).toBe(200)
        taken[at] = (taken[at] ?? 0) + 1
      }
      return taken.filter((count) => count > 0)
    }
    const key = 'k'.repeat(64)
    expect(await counts(Array.from({ length: 8 }, () => key))).toEqual([8])
    expect((await counts(Array.from({ length: 8 }, (_, index) => `key ${index}`))).length).toBeGreaterThan(1)
  })

  it("answers a node's refusal with its own status and code, streamed or not", async () => {
    for (const stream of [false, true]) {
      const refused = node.next('generation.start').then(({ callId }) =>
        node.send({
          type: 'call.error',
          callId,
          code: 'context_length_exceeded',
          message: "This model's maximum context length is 4 tokens.",
          param: 'messages',
        }),
      )
      const response = await chat({ stream })
      expect(response.status).toBe(400)
      expect(await response.json()).toEqual({
        error: {
          message: "This model's maximum context length is 4 tokens.",
          type: 'invalid_request_error',
          param: 'messages',
          code: 'context_length_exceeded',
        },
      })
      await refused
    }
  })

  it('ends a stream that has begun with an error event when its node is lost and no other comes', {
    timeout: 20_000,
  }, async () => {
    const lost = uniqueModel()
    const dying = await world.addNode({ models: [lost.holding] })
    const started = dying.next('generation.start').then(({ callId }) => {
      dying.send({ type: 'step', step: [[callId, 'Hel', [1]]] })
      dying.close()
    })
    const events = eventsOf(await (await chat({ model: lost.id, stream: true })).text())
    expect(events.at(-1)).toMatchObject({ error: { type: 'server_error', code: 'node_failed' } })
    await started
  })

  it('stops the generation on the node when its client leaves', async () => {
    const response = await chat({ stream: true, max_tokens: 100 })
    const { callId } = await node.next('generation.start')
    const reader = response.body?.getReader()
    node.send({ type: 'step', step: [[callId, 'x', [1]]] })
    await reader?.read()
    await reader?.cancel()
    expect((await node.next('call.cancel')).callId).toBe(callId)
    node.send({ type: 'call.end', callId, finishReason: 'cancelled', usage: usage() })
  })
})

describe('POST /v1/chat/completions refuses', () => {
  const user = { role: 'user', content: 'x' }
  it.each([
    ['no model', { model: undefined }, 'model'],
    ['no messages', { messages: undefined }, 'messages'],
    ['empty messages', { messages: [] }, 'messages'],
    ['an unknown role', { messages: [{ role: 'wizard', content: 'x' }] }, 'messages[0].role'],
    [
      'an image part',
      { messages: [{ role: 'user', content: [{ type: 'image_url' }] }] },
      'messages[0].content',
    ],
    ['a temperature above 2', { temperature: 2.1 }, 'temperature'],
    ['a temperature that is text', { temperature: 'hot' }, 'temperature'],
    ['a top_p above 1', { top_p: 1.1 }, 'top_p'],
    ['no tokens at all', { max_tokens: 0 }, 'max_tokens'],
    ['both limits', { max_tokens: 1, max_completion_tokens: 1 }, 'max_tokens'],
    ['200 stop strings', { stop: Array.from({ length: 200 }, String) }, 'stop'],
    ['an empty stop string', { stop: '' }, 'stop'],
    ['stream_options without stream', { stream_options: { include_usage: true } }, 'stream_options'],
    ['no choice at all', { n: 0 }, 'n'],
    ['an empty list of tools', { tools: [] }, 'tools'],
    ['more log probabilities than there are', { logprobs: true, top_logprobs: 21 }, 'logprobs'],
    ['a json_schema without a schema', { response_format: { type: 'json_schema' } }, 'response_format'],
    ['an unknown parameter', { colour: 'red' }, 'colour'],
    ['a name with a blank', { messages: [{ ...user, name: 'bob b' }] }, 'messages[0].name'],
    ['a name with a mark', { messages: [{ ...user, name: 'bob<b' }] }, 'messages[0].name'],
    ['an empty name', { messages: [{ ...user, name: '' }] }, 'messages[0].name'],
    ['a name of 65 characters', { messages: [{ ...user, name: 'b'.repeat(65) }] }, 'messages[0].name'],
    ['a reasoning effort', { reasoning_effort: 'low' }, 'reasoning_effort'],
    ['an answer that is longer than usual', { verbosity: 'high' }, 'verbosity'],
    ['a tier that there is not', { service_tier: 'flex' }, 'service_tier'],
    ['a cache key of 65 characters', { prompt_cache_key: 'k'.repeat(65) }, 'prompt_cache_key'],
    ['an identifier of 129 characters', { safety_identifier: 's'.repeat(129) }, 'safety_identifier'],
    ['metadata, which belong to stored completions', { metadata: { a: 'b' } }, 'metadata'],
    ['to store completions', { store: true, metadata: { a: 'b' } }, 'store'],
  ])('%s, naming it', async (_case, over, param) => {
    await expectNamed(await chat(over), param)
    expect(node.unread).toBe(0)
  })

  it.each([4, 5])('takes up to 4 stop strings (%i)', async (count) => {
    const answered = count <= 4 ? node.answer(['x']) : undefined
    const response = await chat({ stop: Array.from({ length: count }, String) })
    expect(response.status).toBe(count <= 4 ? 200 : 400)
    await answered
  })

  it('an unknown model with 404 model_not_found', async () => {
    await expectUnknownModel(await chat({ model: 'gpt-9' }))
  })

  it('a model whose node is away with 503 and when to come back', async () => {
    const away = uniqueModel()
    const gone = await world.addNode({ models: [away.holding] })
    gone.close()
    await gone.closed
    const response = await chat({ model: away.id })
    expect(response.status).toBe(503)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  it.each([
    ['no key', ''],
    ['a key that does not exist', `sk-${'x'.repeat(43)}`],
    ['a token of our form that we did not sign', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.'],
  ])('%s with 401 invalid_api_key', async (_case, key) => {
    const response = await chat({}, key)
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ error: { code: 'invalid_api_key' } })
  })
})
