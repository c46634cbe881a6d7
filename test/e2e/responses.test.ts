import { createOpenAI } from '@ai-sdk/openai'
import {
  Agent,
  tool as agentTool,
  hostedMcpTool,
  OpenAIProvider,
  Runner,
  setTracingDisabled,
} from '@openai/agents'
import { generateText, jsonSchema, Output, stepCountIs, streamText, tool } from 'ai'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { EdgeClient } from './support/edge-client.ts'
import { startTicketServer, type TicketServer } from './support/mcp-server.ts'
import { promptTokensOf } from './support/prompt-tokens.ts'
import { sharedEdge } from './support/shared-edge.ts'

let edge: EdgeClient
let client: OpenAI
let tickets: TicketServer

beforeAll(async () => {
  tickets = await startTicketServer()
  edge = await sharedEdge()
  client = new OpenAI({ baseURL: `${edge.url}/v1`, apiKey: edge.key, maxRetries: 0 })
})

afterAll(() => tickets?.stop())

const PARIS = 'The capital of France is Paris.'
const asked = { model: 'starter', input: 'What is the capital of France?', temperature: 0 } as const
const calculator = {
  type: 'object' as const,
  properties: { expression: { type: 'string' as const } },
  required: ['expression'],
  additionalProperties: false,
}

describe('the unchanged openai client', () => {
  it('creates, reads, lists and deletes', async () => {
    const made = await client.responses.create(asked)
    expect(made.output_text).toBe(PARIS)
    expect(made.usage).toMatchObject({ input_tokens: await promptTokensOf(asked.input) })
    expect((await client.responses.retrieve(made.id)).output_text).toBe(PARIS)
    const items: unknown[] = []
    for await (const item of client.responses.inputItems.list(made.id)) items.push(item)
    expect(items).toMatchObject([{ role: 'user', content: [{ type: 'input_text', text: asked.input }] }])
    await client.responses.delete(made.id)
    await expect(client.responses.retrieve(made.id)).rejects.toMatchObject({ status: 404 })
  })

  it('streams, and its helper has the whole response', async () => {
    const stream = client.responses.stream(asked)
    const deltas: string[] = []
    stream.on('response.output_text.delta', ({ delta }) => deltas.push(delta))
    const last = await stream.finalResponse()
    expect(deltas.join('')).toBe(PARIS)
    expect(deltas.length).toBeGreaterThan(2)
    expect(last.output_text).toBe(PARIS)
  })

  it('goes on from a response, and parses an answer that a schema holds', async () => {
    const first = await client.responses.create({ ...asked, input: 'My name is Alice.' })
    const second = await client.responses.create({
      ...asked,
      input: 'What is my name?',
      previous_response_id: first.id,
    })
    expect(second.output_text).toBe('Your name is Alice.')
    const schema = {
      type: 'object',
      properties: { yes: { type: 'boolean' } },
      required: ['yes'],
      additionalProperties: false,
    }
    const parsed = await client.responses.parse({
      ...asked,
      text: { format: { type: 'json_schema', name: 'answer', schema, strict: true } },
    })
    expect(typeof JSON.parse(parsed.output_text).yes).toBe('boolean')
  })

  it('calls a function, and takes its result back', async () => {
    const first = await client.responses.create({
      ...asked,
      input: 'Calculate the derivative of x^3 + 2x^2',
      tools: [{ type: 'function', name: 'math_calculator', parameters: calculator, strict: true }],
      tool_choice: 'required',
      max_output_tokens: 120,
    })
    const call = first.output.find((item) => item.type === 'function_call')
    expect(Object.keys(JSON.parse(call?.arguments ?? '{}'))).toEqual(['expression'])
    const second = await client.responses.create({
      model: 'starter',
      previous_response_id: first.id,
      input: [{ type: 'function_call_output', call_id: call?.call_id ?? '', output: '3x^2 + 4x' }],
      max_output_tokens: 40,
    })
    expect(second.output).toHaveLength(1)
  })

  it('talks in a conversation', async () => {
    const conversation = await client.conversations.create({ metadata: { topic: 'names' } })
    await client.responses.create({ ...asked, input: 'My name is Alice.', conversation: conversation.id })
    const answer = await client.responses.create({
      ...asked,
      input: 'What is my name?',
      conversation: conversation.id,
    })
    expect(answer.output_text).toBe('Your name is Alice.')
    const roles: string[] = []
    for await (const item of client.conversations.items.list(conversation.id, { order: 'asc', limit: 3 }))
      roles.push(item.type === 'message' ? item.role : item.type)
    expect(roles).toEqual(['user', 'assistant', 'user', 'assistant'])
    expect(await client.conversations.delete(conversation.id)).toMatchObject({ deleted: true })
  })

  it('has a tool of an MCP server called once a person has approved it, whole and streamed', async () => {
    const closing = {
      ...asked,
      input: 'Close ticket 7.',
      max_output_tokens: 80,
      tools: [{ type: 'mcp' as const, server_label: 'desk', server_url: tickets.url }],
    }
    const before = tickets.closed.length
    const first = await client.responses.create({ ...closing, tool_choice: 'required' })
    expect(first.output.map(({ type }) => type)).toEqual(['mcp_list_tools', 'mcp_approval_request'])
    expect(tickets.closed).toHaveLength(before)
    const [, request] = first.output
    const stream = client.responses.stream({
      ...closing,
      previous_response_id: first.id,
      input: [{ type: 'mcp_approval_response', approval_request_id: request?.id ?? '', approve: true }],
    })
    const types: string[] = []
    stream.on('event', ({ type }) => types.push(type))
    const second = await stream.finalResponse()
    expect(types).toContain('response.mcp_call.completed')
    expect(second.output[0]).toMatchObject({
      ...{ type: 'mcp_call', server_label: 'desk', name: 'close', arguments: '{"id":"7"}' },
      ...{ output: 'Ticket 7 is closed.', error: null, approval_request_id: request?.id },
    })
    expect(tickets.closed).toHaveLength(before + 1)
  })

  it('reads our errors', async () => {
    const refused = client.responses.create({ ...asked, model: 'gpt-9' })
    await expect(refused).rejects.toMatchObject({ status: 404, code: 'model_not_found' })
    const unsupported = client.responses.create({ ...asked, reasoning: { effort: 'high' } })
    await expect(unsupported).rejects.toMatchObject({ status: 400, param: 'reasoning.effort' })
  })
})

describe('the unchanged ai SDK with its default OpenAI provider', () => {
  const provider = () => createOpenAI({ baseURL: `${edge.url}/v1`, apiKey: edge.key })

  it('generates and streams text', async () => {
    const whole = await generateText({ model: provider()('starter'), prompt: asked.input, temperature: 0 })
    expect([whole.text, whole.finishReason, whole.usage.inputTokens]).toEqual([PARIS, 'stop', 18])
    const result = streamText({ model: provider()('starter'), prompt: asked.input, temperature: 0 })
    const pieces: string[] = []
    for await (const piece of result.textStream) pieces.push(piece)
    expect(pieces.join('')).toBe(PARIS)
    expect(pieces.length).toBeGreaterThan(2)
  })

  it.each([true, false])('runs a tool over several steps, with store: %s', async (store) => {
    const { steps } = await generateText({
      model: provider()('starter'),
      prompt: 'Calculate the derivative of x^3 + 2x^2',
      tools: {
        math_calculator: tool({ inputSchema: jsonSchema(calculator), execute: async () => '3x^2 + 4x' }),
      },
      toolChoice: 'required',
      stopWhen: stepCountIs(2),
      maxOutputTokens: 120,
      temperature: 0,
      providerOptions: { openai: { store } },
    })
    expect(steps).toHaveLength(2)
    expect(steps[0]?.toolResults).toHaveLength(1)
  })

  it('makes an object', async () => {
    const { output } = await generateText({
      model: provider()('starter'),
      output: Output.object({ schema: z.object({ answer: z.enum(['yes', 'no']) }) }),
      prompt: 'Is Paris the capital of France?',
      temperature: 0,
    })
    expect(['yes', 'no']).toContain(output.answer)
  })
})

describe('the unchanged @openai/agents', () => {
  setTracingDisabled(true)
  const runner = () =>
    new Runner({
      modelProvider: new OpenAIProvider({ openAIClient: client, useResponses: true }),
      tracingDisabled: true,
    })

  it('runs an agent, whole and streamed', async () => {
    const agent = new Agent({ name: 'Guide', model: 'starter', modelSettings: { temperature: 0 } })
    expect((await runner().run(agent, asked.input)).finalOutput).toBe(PARIS)
    const streamed = await runner().run(agent, asked.input, { stream: true })
    let text = ''
    for await (const piece of streamed.toTextStream()) text += piece
    expect(text).toBe(PARIS)
  })

  it('lets an agent use a tool', async () => {
    const calls: string[] = []
    const agent = new Agent({
      name: 'Mathematician',
      model: 'starter',
      modelSettings: { temperature: 0, toolChoice: 'required', maxTokens: 120 },
      tools: [
        agentTool({
          name: 'math_calculator',
          description: 'Calculates.',
          parameters: z.object({ expression: z.string() }),
          execute: async ({ expression }) => {
            calls.push(expression)
            return '3x^2 + 4x'
          },
        }),
      ],
      toolUseBehavior: 'stop_on_first_tool',
    })
    const { finalOutput } = await runner().run(agent, 'Calculate the derivative of x^3 + 2x^2')
    expect([finalOutput, calls.length]).toEqual(['3x^2 + 4x', 1])
  })

  it('lets an agent use a tool of an MCP server, and asks a person first', async () => {
    const agent = new Agent({
      name: 'Clerk',
      model: 'starter',
      modelSettings: { temperature: 0, toolChoice: 'required', maxTokens: 80 },
      tools: [hostedMcpTool({ serverLabel: 'desk', serverUrl: tickets.url, requireApproval: 'always' })],
    })
    const before = tickets.closed.length
    const waiting = await runner().run(agent, 'Close ticket 7.')
    expect(waiting.interruptions).toHaveLength(1)
    expect(tickets.closed).toHaveLength(before)
    for (const asked of waiting.interruptions) waiting.state.approve(asked)
    const ended = await runner().run(agent, waiting.state)
    expect(tickets.closed.slice(before)).toEqual(['7'])
    expect(ended.newItems.map(({ type }) => type)).toContain('tool_call_item')
  })
})
