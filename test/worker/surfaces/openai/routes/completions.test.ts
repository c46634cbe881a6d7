import { beforeAll, describe, expect, it } from 'vitest'
import { MAX_PROMPTS } from '../../../../../worker/surfaces/openai/schemas/completion.ts'
import { eventsOf, uniqueModel, usage } from '../../../samples.ts'
import { createWorld, type TestNode, type World } from '../../../world.ts'
import { expectNamed, expectUnknownModel } from '../refusals.ts'

const model = uniqueModel({ slots: MAX_PROMPTS })
let world: World
let node: TestNode

beforeAll(async () => {
  world = await createWorld()
  node = await world.addNode({ models: [model.holding] })
})

const complete = (over: Record<string, unknown> = {}) =>
  world.request('/v1/completions', { body: { model: model.id, prompt: 'Once', ...over } })

/** The generations of a request by the text of their prompts. */
async function startsByPrompt(count: number): Promise<Record<string, string>> {
  const ids: Record<string, string> = {}
  for (let taken = 0; taken < count; taken += 1) {
    const { callId, request } = await node.next('generation.start')
    if (request.prompt.kind === 'text') ids[request.prompt.text] = callId
  }
  return ids
}
const say = (callId = '', text = '') => node.send({ type: 'step', step: [[callId, text, [1]]] })
const finish = (callId = '', finishReason: 'stop' | 'length' | 'cancelled' = 'stop') =>
  node.send({ type: 'call.end', callId, finishReason, usage: usage() })

describe('POST /v1/completions', () => {
  it('continues a text, with the required nulls of the schema and true usage', async () => {
    const answered = node.answer([' upon', ' a time'], 'length')
    const response = await complete()
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      id: expect.stringMatching(/^cmpl-[0-9a-f]{24}$/),
      object: 'text_completion',
      created: expect.any(Number),
      model: model.id,
      choices: [{ index: 0, text: ' upon a time', logprobs: null, finish_reason: 'length' }],
      usage: {
        prompt_tokens: 5,
        completion_tokens: 2,
        total_tokens: 7,
        prompt_tokens_details: { cached_tokens: 0 },
      },
    })
    const { request } = await answered
    expect(request).toMatchObject({ prompt: { kind: 'text', text: 'Once' }, maxTokens: 16, format: 'text' })
  })

  it('draws a seed where none is given, another each time', async () => {
    const seeds: number[] = []
    for (let count = 0; count < 2; count += 1) {
      const answered = node.answer(['x'])
      await complete()
      seeds.push((await answered).request.sampling.seed)
    }
    expect(seeds[0]).not.toBe(seeds[1])
  })

  it.each<[name: string, prompt: unknown, expected: object[]]>([
    ['token ids', [1, 2, 3], [{ kind: 'tokens', tokens: [1, 2, 3] }]],
    ['an empty text', '', [{ kind: 'text', text: '' }]],
    ['a list of one text', ['a'], [{ kind: 'text', text: 'a' }]],
    [
      'lists of token ids',
      [[1], [2, 3]],
      [
        { kind: 'tokens', tokens: [1] },
        { kind: 'tokens', tokens: [2, 3] },
      ],
    ],
  ])('takes %s', async (_name, prompt, expected) => {
    const answers = expected.map(() => node.answer(['x']))
    const response = await complete({ prompt, max_tokens: 3 })
    expect(((await response.json()) as { choices: unknown[] }).choices).toHaveLength(expected.length)
    const prompts = (await Promise.all(answers)).map(({ request }) => request.prompt)
    expect(prompts).toEqual(expect.arrayContaining(expected))
  })

  it('answers each of several prompts under its own index, whichever ends first, and sums their usage', async () => {
    const answering = (async () => {
      const ids = await startsByPrompt(2)
      say(ids.second, 'two')
      finish(ids.second, 'length')
      say(ids.first, 'one')
      finish(ids.first)
    })()
    const body = await (await complete({ prompt: ['first', 'second'] })).json()
    expect(body).toMatchObject({
      choices: [
        { index: 0, text: 'one', finish_reason: 'stop' },
        { index: 1, text: 'two', finish_reason: 'length' },
      ],
      usage: { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 },
    })
    await answering
  })

  it('streams several prompts interleaved, each piece under its own index', async () => {
    const response = complete({
      prompt: ['first', 'second'],
      stream: true,
      stream_options: { include_usage: true },
    })
    const ids = await startsByPrompt(2)
    say(ids.second, 'B1')
    say(ids.first, 'A1')
    say(ids.second, 'B2')
    finish(ids.second)
    say(ids.first, 'A2')
    finish(ids.first, 'length')
    const events = eventsOf(await (await response).text())
    expect(events.at(-1)).toBe('[DONE]')
    const chunks = events.slice(0, -2).map((event) => event.choices[0])
    const of = (index: number) => chunks.filter((choice) => choice.index === index)
    const textOf = (index: number) =>
      of(index)
        .map((choice) => choice.text)
        .join('')
    expect([textOf(0), textOf(1)]).toEqual(['A1A2', 'B1B2'])
    expect([of(0).at(-1).finish_reason, of(1).at(-1).finish_reason]).toEqual(['length', 'stop'])
    expect(
      of(0)
        .slice(0, -1)
        .every((choice) => choice.finish_reason === null),
    ).toBe(true)
    expect(events.at(-2)).toMatchObject({ choices: [], usage: { prompt_tokens: 10, completion_tokens: 4 } })
    for (const event of events.slice(0, -2))
      expect(event).toMatchObject({ object: 'text_completion', usage: null })
  })

  it.each([false, true])(
    'stops the others when one of several prompts fails (stream: %s)',
    async (stream) => {
      const response = complete({ prompt: ['good', 'bad'], max_tokens: 100, stream })
      const ids = await startsByPrompt(2)
      node.send({
        type: 'call.error',
        callId: ids.bad ?? '',
        code: 'context_length_exceeded',
        message: 'Too long.',
      })
      expect((await response).status).toBe(400)
      expect(await (await response).json()).toMatchObject({ error: { code: 'context_length_exceeded' } })
      // The client has its answer: nobody will ever read the rest.
      expect((await node.next('call.cancel')).callId).toBe(ids.good)
      finish(ids.good, 'cancelled')
    },
  )

  it.each([MAX_PROMPTS, MAX_PROMPTS + 1])(`takes up to ${MAX_PROMPTS} prompts (%i)`, async (count) => {
    const fits = count <= MAX_PROMPTS
    const answers = fits ? Array.from({ length: count }, () => node.answer(['x'])) : []
    const response = await complete({
      prompt: Array.from({ length: count }, (_, index) => `prompt ${index}`),
    })
    expect(response.status).toBe(fits ? 200 : 400)
    await Promise.all(answers)
  })
})

describe('POST /v1/completions refuses', () => {
  it.each([
    ['no prompt', { prompt: undefined }, 'prompt'],
    ['an empty list of prompts', { prompt: [] }, 'prompt'],
    ['texts and tokens mixed', { prompt: ['a', [1]] }, 'prompt'],
    ['an empty list of tokens', { prompt: [[]] }, 'prompt'],
    ['a negative token', { prompt: [-1] }, 'prompt'],
    ['a broken token', { prompt: [1.5] }, 'prompt'],
    ['echo', { echo: true }, 'echo'],
    ['best_of', { best_of: 2 }, 'best_of'],
    ['no choice at all', { n: 0 }, 'n'],
    ['logprobs', { logprobs: 0 }, 'logprobs'],
    ['a suffix', { suffix: 'end' }, 'suffix'],
    ['a bias of what is no token', { logit_bias: { x: 1 } }, 'logit_bias'],
    ['no tokens at all', { max_tokens: 0 }, 'max_tokens'],
    ['messages, which are for chats', { messages: [] }, 'messages'],
    ['stream_options without stream', { stream_options: {} }, 'stream_options'],
  ])('%s, naming it', async (_case, over, param) => {
    await expectNamed(await complete(over), param)
    expect(node.unread).toBe(0)
  })

  it('an unknown model with 404 model_not_found, streamed or not', async () => {
    for (const stream of [false, true]) {
      await expectUnknownModel(await complete({ model: 'gpt-9', stream }))
    }
  })
})
