import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { embed, generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai'
import { beforeAll, describe, expect, it } from 'vitest'
import type { EdgeClient } from './support/edge-client.ts'
import { promptTokensOf } from './support/prompt-tokens.ts'
import { sharedEdge } from './support/shared-edge.ts'

let edge: EdgeClient
let provider: ReturnType<typeof createOpenAICompatible>

beforeAll(async () => {
  edge = await sharedEdge()
  provider = createOpenAICompatible({
    name: 'switchyard',
    baseURL: `${edge.url}/v1`,
    apiKey: edge.key,
    includeUsage: true,
  })
})

describe('the ai SDK with @ai-sdk/openai-compatible', () => {
  it('generates text', async () => {
    const { text, finishReason, usage } = await generateText({
      model: provider('starter'),
      prompt: 'What is the capital of France?',
      temperature: 0,
    })
    expect(text).toBe('The capital of France is Paris.')
    expect(finishReason).toBe('stop')
    expect(usage.inputTokens).toBe(await promptTokensOf('What is the capital of France?'))
  })

  it('streams text with usage at the end', async () => {
    const result = streamText({ model: provider('starter'), prompt: 'Who are you?', temperature: 0 })
    const pieces: string[] = []
    for await (const piece of result.textStream) pieces.push(piece)
    expect(pieces.length).toBeGreaterThan(3)
    expect(pieces.join('')).toBe(
      'I am the Switchyard starter model, a tiny model that comes with Switchyard.',
    )
    expect((await result.usage).outputTokens).toBeGreaterThan(3)
  })

  it('runs a tool over several steps, sending our answers and what it makes of them back', async () => {
    const inputSchema = jsonSchema({
      type: 'object',
      properties: { expression: { type: 'string' } },
      required: ['expression'],
      additionalProperties: false,
    })
    const { steps } = await generateText({
      model: provider('starter'),
      prompt: 'Calculate the derivative of x^3 + 2x^2',
      tools: { math_calculator: tool({ inputSchema, execute: async () => '3x^2 + 4x' }) },
      toolChoice: 'required',
      stopWhen: stepCountIs(2),
      maxOutputTokens: 120,
      temperature: 0,
    })
    expect(steps).toHaveLength(2)
    expect(steps[0]?.toolResults).toHaveLength(1)
  })

  it('takes back what a model has thought', async () => {
    const { text } = await generateText({
      model: provider('starter'),
      messages: [
        { role: 'user', content: 'My name is Alice.' },
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'They tell me their name.' },
            { type: 'text', text: 'Nice to meet you, Alice!' },
          ],
        },
        { role: 'user', content: 'What is my name?' },
      ],
      temperature: 0,
    })
    expect(text).toBe('Your name is Alice.')
  })

  it('embeds', async () => {
    const { embedding } = await embed({ model: provider.embeddingModel('starter'), value: 'Paris' })
    expect(Math.hypot(...embedding)).toBeCloseTo(1, 4)
  })

  it('reads our errors', async () => {
    const refused = generateText({ model: provider('gpt-9'), prompt: 'x', maxRetries: 0 })
    await expect(refused).rejects.toThrow("The model 'gpt-9' does not exist.")
  })
})
