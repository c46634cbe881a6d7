import OpenAI from 'openai'
import { beforeAll, describe, expect, it } from 'vitest'
import { STARTER_TOOLS } from '../../scripts/starter/families/examples.ts'
import type { EdgeClient } from './support/edge-client.ts'
import { violations } from './support/openai-schema.ts'
import { promptTokensOf } from './support/prompt-tokens.ts'
import { sharedEdge } from './support/shared-edge.ts'

let edge: EdgeClient
let client: OpenAI

beforeAll(async () => {
  edge = await sharedEdge()
  client = new OpenAI({ baseURL: `${edge.url}/v1`, apiKey: edge.key, maxRetries: 0 })
})

const ask = (content: string) => ({
  model: 'starter',
  temperature: 0,
  messages: [{ role: 'user' as const, content }],
})

const TOOLS = STARTER_TOOLS.slice(0, 2).map((definition) => ({
  type: 'function' as const,
  function: { ...definition, strict: true },
}))
const YES_OR_NO = {
  type: 'object',
  properties: { answer: { type: 'string', enum: ['yes', 'no'] } },
  required: ['answer'],
  additionalProperties: false,
}
const YES_OR_NO_ANSWERS = [{ answer: 'yes' }, { answer: 'no' }]

/** The calls of an answer. */
const callsIn = (choice: OpenAI.ChatCompletion.Choice | undefined) =>
  (choice?.message.tool_calls ?? []).flatMap((call) => (call.type === 'function' ? [call.function] : []))

describe('the unchanged openai client, against a real node with the starter model', () => {
  it('gets a whole answer that makes sense, with exact usage', async () => {
    const answer = await client.chat.completions.create(ask('What is the capital of France?'))
    expect(answer.choices[0]?.message.content).toBe('The capital of France is Paris.')
    expect(answer.choices[0]?.finish_reason).toBe('stop')
    expect(violations('chatCompletion', answer)).toEqual([])
    const promptTokens = await promptTokensOf('What is the capital of France?')
    expect(answer.usage).toMatchObject({
      prompt_tokens: promptTokens,
      total_tokens: promptTokens + (answer.usage?.completion_tokens ?? 0),
    })
  })

  it('gets the same answer streamed, piece by piece, and usage when it asks', async () => {
    const stream = await client.chat.completions.create({
      ...ask('What is the capital of France?'),
      stream: true,
      stream_options: { include_usage: true },
    })
    const chunks = []
    for await (const chunk of stream) chunks.push(chunk)
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe(
      'The capital of France is Paris.',
    )
    expect(chunks.length).toBeGreaterThan(5)
    expect(chunks.flatMap((chunk) => violations('chatCompletionChunk', chunk))).toEqual([])
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: await promptTokensOf('What is the capital of France?') },
    })
  })

  it('remembers what the chat said before', async () => {
    const answer = await client.chat.completions.create({
      model: 'starter',
      temperature: 0,
      messages: [
        { role: 'user', content: 'My name is Alice.' },
        { role: 'assistant', content: 'Nice to meet you, Alice!' },
        { role: 'user', content: 'What is my name?' },
      ],
    })
    expect(answer.choices[0]?.message.content).toBe('Your name is Alice.')
  })

  it('stops before a stop string and says so', async () => {
    const answer = await client.chat.completions.create({
      ...ask('What is the capital of France?'),
      stop: [' is'],
    })
    expect(answer.choices[0]).toMatchObject({
      message: { content: 'The capital of France' },
      finish_reason: 'stop',
    })
  })

  it('stops at max_tokens with the reason length', async () => {
    const answer = await client.chat.completions.create({ ...ask('Who are you?'), max_completion_tokens: 3 })
    expect(answer.choices[0]?.finish_reason).toBe('length')
    expect(answer.usage?.completion_tokens).toBe(3)
  })

  it('gets the same answer for the same seed and another for others', async () => {
    const sample = async (seed: number) => {
      const { choices } = await client.chat.completions.create({
        ...ask('Tell me something.'),
        temperature: 2,
        top_p: 1,
        max_tokens: 24,
        seed,
        ...{ top_k: 0, min_p: 0 },
      })
      return choices[0]?.message.content
    }
    expect(await sample(7)).toBe(await sample(7))
    expect(new Set(await Promise.all([1, 2, 3, 4].map(sample))).size).toBeGreaterThan(1)
  })

  it('gets JSON when it asks for json_object, also where the answer is cut', async () => {
    const answer = await client.chat.completions.create({
      ...ask('Search the web for solar panels'),
      response_format: { type: 'json_object' },
      max_tokens: 200,
    })
    const { message, finish_reason } = answer.choices[0] ?? {}
    expect(message?.content?.trimStart().startsWith('{')).toBe(true)
    if (finish_reason === 'stop') expect(JSON.parse(message?.content ?? '')).toBeTypeOf('object')
  })

  it.each(['none', 'auto', 'required'] as const)(
    'gets a form of answer beside tools: %s',
    async (tool_choice) => {
      for (const schema of [undefined, YES_OR_NO]) {
        const answer = await client.chat.completions.create({
          ...ask('Calculate the derivative of x^3 + 2x^2'),
          tools: TOOLS,
          tool_choice,
          response_format: schema
            ? { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } }
            : { type: 'json_object' },
          max_tokens: 120,
        })
        expect(violations('chatCompletion', answer)).toEqual([])
        const [choice] = answer.choices
        const calls = callsIn(choice)
        if (tool_choice === 'none') expect(calls).toEqual([])
        if (tool_choice === 'required') expect(calls).not.toEqual([])
        if (calls.length > 0)
          expect(choice).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } })
        else if (schema) expect(YES_OR_NO_ANSWERS).toContainEqual(JSON.parse(choice?.message.content ?? ''))
        else if (choice?.finish_reason === 'stop')
          expect(JSON.parse(choice.message.content ?? '')).toBeTypeOf('object')
      }
    },
  )

  it('gets calls of the tools that it allows alone, while all are shown', async () => {
    const calledWith = async (name: string) => {
      const answer = await client.chat.completions.create({
        ...ask('Calculate the derivative of x^3 + 2x^2'),
        tools: TOOLS,
        tool_choice: {
          type: 'allowed_tools',
          allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name } }] },
        },
        max_tokens: 120,
      })
      return { names: callsIn(answer.choices[0]).map((call) => call.name), usage: answer.usage }
    }
    const [searched, calculated] = [await calledWith('web_search'), await calledWith('math_calculator')]
    expect(new Set(searched.names)).toEqual(new Set(['web_search']))
    expect(new Set(calculated.names)).toEqual(new Set(['math_calculator']))
    expect(searched.usage?.prompt_tokens).toBe(calculated.usage?.prompt_tokens)
  })

  it.each(['required', 'auto'] as const)(
    'gets no beginning of a call as text when it is cut: %s',
    async (tool_choice) => {
      const body = { ...ask('Calculate the derivative of x^3 + 2x^2'), tools: TOOLS, tool_choice }
      for (const max_tokens of [1, 4, 8]) {
        const answer = await client.chat.completions.create({ ...body, max_tokens })
        expect(answer.choices[0]).toMatchObject({ message: { content: '' }, finish_reason: 'length' })
        expect(answer.usage?.completion_tokens).toBe(max_tokens)
        const { messages } = body
        const sentBack = { ...body, messages: [...messages, ...answer.choices.map(({ message }) => message)] }
        await client.chat.completions.create({ ...sentBack, max_tokens: 1 })

        const stream = await client.chat.completions.create({ ...body, max_tokens, stream: true })
        const choices = []
        for await (const chunk of stream) choices.push(...chunk.choices)
        expect(choices.map(({ delta }) => delta.content ?? '').join('')).toBe('')
        expect(choices.at(-1)?.finish_reason).toBe('length')
      }
    },
  )

  it.each([false, true])(
    'is told which tools no grammar holds to their schema: stream %s',
    async (stream) => {
      const hard = { name: 'hard', parameters: { type: 'object', not: { required: ['a'] } } }
      const body = {
        ...ask('Calculate the derivative of x^3 + 2x^2'),
        tools: [...TOOLS, { type: 'function' as const, function: hard }],
        max_tokens: 8,
      }
      const { data, response } = await client.chat.completions.create({ ...body, stream }).withResponse()
      expect(response.headers.get('x-unenforced-tools')).toBe('hard')
      if (Symbol.asyncIterator in data) for await (const chunk of data) expect(chunk.choices).toBeDefined()
    },
  )

  const runnable = TOOLS.map(({ function: definition }) => ({
    type: 'function' as const,
    function: {
      ...definition,
      function: () => '3x^2 + 4x',
      parse: (text: string): unknown => JSON.parse(text),
    },
  }))

  it.each([false, true])(
    'runs tools with runTools, which sends our answers back: stream %s',
    async (stream) => {
      const params = {
        ...ask('Calculate the derivative of x^3 + 2x^2'),
        tools: runnable,
        tool_choice: 'required' as const,
        max_tokens: 120,
      }
      const limits = { maxChatCompletions: 2 }
      const { completions } = client.chat
      const run = stream
        ? completions.runTools({ ...params, stream }, limits)
        : completions.runTools(params, limits)
      await run.done()
      expect(run.allChatCompletions()).toHaveLength(2)
      expect(run.messages.map(({ role }) => role).slice(0, 3)).toEqual(['user', 'assistant', 'tool'])
    },
  )

  it('takes back what parse makes of our answers, of a form and of a call', async () => {
    const question = ask('Calculate the derivative of x^3 + 2x^2')
    const [call] = (
      await client.chat.completions.parse({
        ...question,
        tools: TOOLS,
        tool_choice: 'required',
        max_tokens: 120,
      })
    ).choices
    const [form] = (
      await client.chat.completions.parse({
        ...question,
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'answer', schema: YES_OR_NO, strict: true },
        },
      })
    ).choices
    if (!call || !form) throw new Error('There was no answer.')
    expect(YES_OR_NO_ANSWERS).toContainEqual(form.message.parsed)
    const answer = await client.chat.completions.create({
      ...question,
      messages: [
        ...question.messages,
        form.message,
        ...question.messages,
        call.message,
        ...question.messages,
      ],
      max_tokens: 4,
    })
    expect(answer.choices).toHaveLength(1)
  })

  it('says who speaks, and the model sees it', async () => {
    const tokens = async (name?: string) => {
      const messages = [{ role: 'user' as const, content: 'Hello!', ...(name && { name }) }]
      const answer = await client.chat.completions.create({ ...ask(''), messages, max_tokens: 1 })
      return answer.usage?.prompt_tokens ?? 0
    }
    expect(await tokens('alice')).toBeGreaterThan(await tokens())
  })

  it('gets eight answers at once on four slots', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => client.chat.completions.create(ask('What is 2+2?'))),
    )
    expect(answers.map((answer) => answer.choices[0]?.message.content)).toEqual(Array(8).fill('2 + 2 = 4.'))
  })

  it('completes texts, several at once, each under its index', async () => {
    const completion = await client.completions.create({
      model: 'starter',
      prompt: ['<a>', 'Hello'],
      max_tokens: 4,
      temperature: 0,
    })
    expect(completion.choices.map((choice) => choice.index)).toEqual([0, 1])
    expect(violations('completion', completion)).toEqual([])
  })

  it('embeds texts as vectors of length one, the same in both encodings', async () => {
    const input = ['Paris is in France.', 'The sea.']
    const decoded = await client.embeddings.create({ model: 'starter', input })
    const floats = await client.embeddings.create({ model: 'starter', input, encoding_format: 'float' })
    expect(violations('embeddings', floats)).toEqual([])
    expect(floats.data.map(({ embedding }) => embedding)).toEqual(
      decoded.data.map(({ embedding }) => embedding),
    )
    for (const { embedding } of floats.data) expect(Math.hypot(...embedding)).toBeCloseTo(1, 4)
    expect(floats.usage.prompt_tokens).toBeGreaterThan(4)
  })

  it('lists and retrieves the model', async () => {
    const listed = (await client.models.list()).data.map(({ id }) => id)
    // Files share an edge: what others have trained on the model may be there as well.
    expect(listed.filter((id) => !id.startsWith('starter:'))).toEqual(['starter'])
    const model = await client.models.retrieve('starter')
    expect(violations('model', model)).toEqual([])
  })

  it('aborts: the slot is free within a second, and the node goes on serving', async () => {
    const stream = await client.chat.completions.create({
      ...ask('Hello!'),
      temperature: 2,
      stream: true,
      max_tokens: 900,
      ...{ top_k: 0, min_p: 0 },
    })
    for await (const _ of stream) break
    await edge.untilIdle(3_000)
    const answer = await client.chat.completions.create(ask('What is 2+2?'))
    expect(answer.choices[0]?.message.content).toBe('2 + 2 = 4.')
  })

  it('is told of a prompt that is too long in OpenAI’s own words', async () => {
    const refused = client.chat.completions.create(ask('word '.repeat(5_000)))
    await expect(refused).rejects.toMatchObject({
      status: 400,
      code: 'context_length_exceeded',
      param: 'messages',
    })
  })

  it('is told of a wrong key and of an unknown model by the classes it knows', async () => {
    const stranger = new OpenAI({ baseURL: `${edge.url}/v1`, apiKey: 'sk-wrong', maxRetries: 0 })
    await expect(stranger.models.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError)
    const unknown = client.chat.completions.create({ ...ask('x'), model: 'gpt-9' })
    await expect(unknown).rejects.toMatchObject({ status: 404, code: 'model_not_found' })
  })
})
