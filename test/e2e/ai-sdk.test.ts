import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { embed, generateText, streamText } from 'ai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Stack } from './support/stack.ts'

let stack: Stack
let provider: ReturnType<typeof createOpenAICompatible>

beforeAll(async () => {
  stack = await Stack.start()
  await stack.addNode()
  provider = createOpenAICompatible({
    name: 'switchyard',
    baseURL: `${stack.url}/v1`,
    apiKey: stack.key,
    includeUsage: true,
  })
})
afterAll(() => stack.close())

describe('the ai SDK with @ai-sdk/openai-compatible', () => {
  it('generates text', async () => {
    const { text, finishReason, usage } = await generateText({
      model: provider('starter'),
      prompt: 'What is the capital of France?',
      temperature: 0,
    })
    expect(text).toBe('The capital of France is Paris.')
    expect(finishReason).toBe('stop')
    expect(usage.inputTokens).toBe(18)
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

  it('embeds', async () => {
    const { embedding } = await embed({ model: provider.embeddingModel('starter'), value: 'Paris' })
    expect(Math.hypot(...embedding)).toBeCloseTo(1, 4)
  })

  it('reads our errors', async () => {
    const refused = generateText({ model: provider('gpt-9'), prompt: 'x', maxRetries: 0 })
    await expect(refused).rejects.toThrow("The model 'gpt-9' does not exist.")
  })
})
