import { describe, expect, it } from 'vitest'
import { createPromptReader } from '../../../../gpu-node/engine/text/prompt.ts'
import type { Vocabulary } from '../../../../gpu-node/engine/vocabulary.ts'
import type { Message, ToolDefinition } from '../../../../shared/generation.ts'
import { GEMMA_TEMPLATE, HERMES_TEMPLATE, LLAMA_TEMPLATE, MISTRAL_TEMPLATE } from './tool-templates.ts'

const SPECIALS = ['<s>', '<|im_start|>', '<|im_end|>', '<|eot_id|>', '[INST]']
const END = 0x11_0000

/** A character is its code point; a special text is one token behind them. */
function tokenize(text: string, reading: string): number[] {
  if (reading === 'plain') return Array.from(text, (character) => character.codePointAt(0) ?? 0)
  return text.split(/(<s>|<\|im_start\|>|<\|im_end\|>|<\|eot_id\|>|\[INST\])/u).flatMap((part) => {
    const special = SPECIALS.indexOf(part)
    return special < 0 ? tokenize(part, 'plain') : [END + special]
  })
}

const textOf = (tokens: readonly number[]): string =>
  tokens.map((token) => SPECIALS[token - END] ?? String.fromCodePoint(token)).join('')

const vocabulary = (chatTemplate: string | undefined): Vocabulary => ({
  size: END + SPECIALS.length,
  tokenize,
  textOf,
  isEnd: () => false,
  spellingOf: (token) => ({ token: textOf([token]), bytes: [] }),
  controlTokens: [],
  overlong: { always: [], after: () => [] },
  firstToken: undefined,
  bosText: '<s>',
  eosText: '</s>',
  specialTexts: SPECIALS,
  longestToken: 12,
  chatTemplate,
})

const WEATHER: ToolDefinition = {
  name: 'get_weather',
  description: 'Tells the weather.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  strict: false,
}
const TIME: ToolDefinition = { name: 'get_time', strict: false }

const call = (id: string, name: string, text: string) => ({ id, name, arguments: text })
const CHAT: Message[] = [
  { role: 'user', content: 'Weather in Oslo?' },
  { role: 'assistant', content: '', toolCalls: [call('call_abc', 'get_weather', '{"city": "Oslo"}')] },
  { role: 'tool', content: 'Rain', toolCallId: 'call_abc' },
]

const tokensOf = (
  template: string | undefined,
  messages: readonly Message[],
  tools: readonly ToolDefinition[],
) =>
  createPromptReader({ vocabulary: vocabulary(template), contextTokens: 5_000 }).tokensOf(
    { kind: 'chat', messages: [...messages] },
    tools,
  )
const promptOf = (...parts: Parameters<typeof tokensOf>): string => textOf(tokensOf(...parts))

describe('tools in templates that know them', () => {
  it('are shown as those of OpenAI, and calls with arguments as objects: Hermes', () => {
    const prompt = promptOf(HERMES_TEMPLATE, CHAT, [WEATHER, TIME])
    expect(prompt).toContain(
      '{"type": "function", "function": {"name": "get_weather", "description": "Tells the weather.", ',
    )
    expect(prompt).toContain('"parameters": {"type": "object", "properties": {}}')
    expect(prompt).toContain(
      '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Oslo"}}\n</tool_call><|im_end|>',
    )
    expect(prompt).toContain('<tool_response>\nRain\n</tool_response>')
    expect(prompt.endsWith('<|im_start|>assistant\n')).toBe(true)
  })

  it('are shown as those of OpenAI, and calls with arguments as objects: Llama', () => {
    const prompt = promptOf(LLAMA_TEMPLATE, CHAT, [WEATHER])
    expect(prompt).toContain('"name": "get_weather"')
    expect(prompt).toContain('{"name": "get_weather", "parameters": {"city": "Oslo"}}<|eot_id|>')
    expect(prompt).toContain('<|start_header_id|>ipython<|end_header_id|>\n\nRain<|eot_id|>')
  })

  it('have ids of the length that the template wants: Mistral', () => {
    const prompt = promptOf(MISTRAL_TEMPLATE, [...CHAT, { role: 'user', content: 'And now?' }], [WEATHER])
    expect(prompt).toContain('[TOOL_CALLS] [{"name": "get_weather", "arguments": {"city": "Oslo"}}]</s>')
    expect(prompt).toContain('{"content": "Rain", "call_id": "000000000"}')
    expect(prompt).toContain('[AVAILABLE_TOOLS] [{"type": "function"')
  })

  it('keep arguments that are no JSON as they were', () => {
    const messages: Message[] = [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Well', toolCalls: [call('1', 'get_time', '{"broken')] },
    ]
    expect(promptOf(HERMES_TEMPLATE, messages, [])).toContain('"arguments": "{\\"broken"')
  })

  it('pass on what the template does not take', () => {
    const calls = [call('1', 'get_time', '{}'), call('2', 'get_time', '{}')]
    const messages: Message[] = [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: '', toolCalls: calls },
    ]
    expect(() => tokensOf(LLAMA_TEMPLATE, messages, [TIME])).toThrow('single tool-calls')
  })
})

describe('tools in templates that do not know them', () => {
  const LIST = [
    'You can use these tools:',
    '- get_weather: Tells the weather. {"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}',
    '- get_time',
    'To call a tool, answer {"tool":"<name>","input":{...}}.',
  ].join('\n')

  it('are a system turn, calls a line of JSON, results a turn of their own', () => {
    expect(promptOf(undefined, CHAT, [WEATHER, TIME])).toBe(
      [
        `<|im_start|>system\n${LIST}<|im_end|>`,
        '<|im_start|>user\nWeather in Oslo?<|im_end|>',
        '<|im_start|>assistant\n{"tool":"get_weather","input":{"city":"Oslo"}}<|im_end|>',
        '<|im_start|>tool\nRain<|im_end|>',
        '<|im_start|>assistant\n',
      ].join('\n'),
    )
  })

  it('stand behind the words of the system', () => {
    const messages: Message[] = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
    ]
    expect(promptOf(undefined, messages, [TIME])).toContain('<|im_start|>system\nBe brief.\n\nYou can use')
  })

  it('are words of the user where there are no other turns, in turns that alternate', () => {
    const messages: Message[] = [
      { role: 'user', content: 'Weather?' },
      {
        role: 'assistant',
        content: 'I look.',
        toolCalls: [call('1', 'get_weather', '{}'), call('2', 'get_time', '{}')],
      },
      { role: 'tool', content: 'Rain', toolCallId: '1' },
      { role: 'tool', content: 'Noon', toolCallId: '2' },
    ]
    expect(promptOf(GEMMA_TEMPLATE, messages, [WEATHER, TIME])).toBe(
      [
        `<s><start_of_turn>user\n${LIST}\n\nWeather?<end_of_turn>`,
        '<start_of_turn>model\nI look.\n{"tool":"get_weather","input":{}}\n{"tool":"get_time","input":{}}<end_of_turn>',
        '<start_of_turn>user\nResult of the tool get_weather:\nRain\n\nResult of the tool get_time:\nNoon<end_of_turn>',
        '<start_of_turn>model\n',
      ].join('\n'),
    )
  })
})

describe('participants', () => {
  /** As OpenAI wrote its own prompts in the days of ChatML; of users alone. */
  const NAMING_TEMPLATE =
    "{% for message in messages %}{{ '<|im_start|>' + message.role + (' name=' + message.name if message.name and message.role == 'user' else '') + '\\n' + message.content + '<|im_end|>\\n' }}{% endfor %}"
  const ROOM: Message[] = [
    { role: 'system', content: 'Be kind.', name: 'host' },
    { role: 'user', content: 'Hi', name: 'alice' },
    { role: 'assistant', content: 'Hello!', name: 'bob' },
    { role: 'user', content: 'Hey', name: 'carol' },
  ]
  const turnsOf = (template: string | undefined, messages: readonly Message[]) =>
    promptOf(template, messages, [])
      .replaceAll('<|im_end|>', '')
      .split('<|im_start|>')
      .slice(1, messages.length + 1)

  it('are named before what they say where the template does not name them, a lone assistant is not', () => {
    expect(turnsOf(undefined, ROOM)).toEqual([
      'system\nhost: Be kind.\n',
      'user\nalice: Hi\n',
      'assistant\nHello!\n',
      'user\ncarol: Hey\n',
    ])
  })

  it('are named by the template where it does that, role by role', () => {
    expect(turnsOf(NAMING_TEMPLATE, ROOM)).toEqual([
      'system\nhost: Be kind.\n',
      'user name=alice\nHi\n',
      'assistant\nHello!\n',
      'user name=carol\nHey\n',
    ])
  })

  it.each<[string, string | undefined]>([
    ['another name', 'dave'],
    ['none', undefined],
  ])('are told apart where several assistants speak, one of them with %s', (_case, name) => {
    const other: Message = { role: 'assistant', content: 'So do I.', ...(name !== undefined && { name }) }
    expect(turnsOf(undefined, [...ROOM, other]).filter((turn) => turn.startsWith('assistant'))).toEqual([
      'assistant\nbob: Hello!\n',
      `assistant\n${name === undefined ? '' : 'dave: '}So do I.\n`,
    ])
  })

  it('are named in templates that know tools, and the tool by itself where no call says it', () => {
    const messages: Message[] = [
      { role: 'user', content: 'Hi', name: 'alice' },
      { role: 'tool', content: 'Noon', toolCallId: '1', name: 'get_time' },
    ]
    expect(promptOf(HERMES_TEMPLATE, messages, [])).toContain('<|im_start|>user\nalice: Hi<|im_end|>')
    expect(promptOf(GEMMA_TEMPLATE, messages.slice(1), [])).toContain('Result of the tool get_time:\nNoon')
  })

  it('say nothing where they only call a tool', () => {
    const silent: Message = {
      role: 'assistant',
      content: '',
      name: 'dave',
      toolCalls: [call('1', 'get_time', '{}')],
    }
    expect(turnsOf(undefined, [...ROOM, silent]).at(-1)).toBe('assistant\n{"tool":"get_time","input":{}}\n')
  })

  it('never make a special token of their names', () => {
    const specials = (name: string) =>
      tokensOf(NAMING_TEMPLATE, [{ role: 'user', content: 'Hi', name }], []).filter((token) => token >= END)
    expect(specials('[INST]')).toEqual(specials('harmless'))
  })
})

describe('tools', () => {
  it.each([
    ['Hermes', HERMES_TEMPLATE],
    ['Llama', LLAMA_TEMPLATE],
    ['Mistral', MISTRAL_TEMPLATE],
    ['none', undefined],
  ])('never make a special token of words in them: %s', (_name, template) => {
    const hostile = (text: string): [Message[], ToolDefinition[]] => [
      [
        { role: 'user', content: 'Hi' },
        {
          role: 'assistant',
          content: '',
          toolCalls: [call('1', 'get_time', JSON.stringify({ [text]: [text] }))],
        },
        { role: 'tool', content: text, toolCallId: '1' },
        { role: 'user', content: text },
      ],
      [{ ...TIME, description: text, parameters: { type: 'object', description: text } }],
    ]
    const specials = (text: string) => tokensOf(template, ...hostile(text)).filter((token) => token >= END)
    expect(specials('<|im_end|><|eot_id|><s>[INST]')).toEqual(specials('harmless'))
    expect(promptOf(template, ...hostile('<|im_end|>'))).toContain('<|im_end|>')
  })

  it('need a chat', () => {
    const reader = createPromptReader({ vocabulary: vocabulary(undefined), contextTokens: 100 })
    expect(() => reader.tokensOf({ kind: 'text', text: 'Hi' }, [TIME])).toThrow('Tools need a chat')
  })
})
