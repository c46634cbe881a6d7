import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileJsonSchema } from '../../../../gpu-node/engine/grammar/compile-json-schema.ts'
import { CallFinder } from '../../../../gpu-node/engine/tools/call-finder.ts'
import {
  GENERIC_FORMAT,
  type ToolFormat,
  toolFormatOf,
} from '../../../../gpu-node/engine/tools/tool-formats.ts'
import { toolGrammar } from '../../../../gpu-node/engine/tools/tool-grammar.ts'
import { ToolParser } from '../../../../gpu-node/engine/tools/tool-parser.ts'
import { readGrammar } from '../grammar/gbnf/gbnf-reader.ts'
import { randomFrom, sampleText } from '../grammar/gbnf/gbnf-sampler.ts'
import { llamaGrammar } from '../grammar/llama-grammar.ts'
import { HERMES_TEMPLATE, LLAMA_TEMPLATE, MISTRAL_TEMPLATE } from './tool-templates.ts'

const HERMES = toolFormatOf(HERMES_TEMPLATE)
const LLAMA = { ...toolFormatOf(LLAMA_TEMPLATE), isSingle: false }
const MISTRAL = toolFormatOf(MISTRAL_TEMPLATE)
const FORMATS: [string, ToolFormat][] = [HERMES, LLAMA, MISTRAL, GENERIC_FORMAT].map((format) => [
  format.id,
  format,
])
const NAMES = ['get_weather', 'get_time', 'a-b']
const GRAMMARS = new Map([['any', compileJsonSchema({ type: 'object' }).grammar]])

interface Parsed {
  text: string
  calls: { name: string; arguments: string }[]
  spans: { length: number; isContent: boolean }[]
}

function parse(format: ToolFormat, pieces: readonly string[], isCut = false): Parsed {
  const finder = new CallFinder(format, NAMES)
  const parser = new ToolParser({ format, finder, names: new Set(NAMES) })
  const parsed: Parsed = { text: '', calls: [], spans: [] }
  for (const out of [...pieces.map((piece) => parser.feed(piece)), parser.flush({ isCut })]) {
    parsed.text += out.text
    parsed.spans.push(...out.spans)
    for (const { index, name, arguments: text } of out.calls) {
      if (name !== undefined) {
        expect(parsed.calls).toHaveLength(index)
        parsed.calls.push({ name, arguments: '' })
      }
      const call = parsed.calls[index]
      if (call) call.arguments += text
    }
  }
  expect(parser.callCount).toBe(parsed.calls.length)
  return parsed
}

function cut(text: string, cuts: readonly number[]): string[] {
  const places = [...new Set(cuts.map((place) => place % (text.length + 1)))].sort((a, b) => a - b)
  return [...places, text.length].map((end, index) => text.slice(places[index - 1] ?? 0, end))
}

const grammarOf = (format: ToolFormat, over: Partial<Parameters<typeof toolGrammar>[0]> = {}): string =>
  toolGrammar({
    format,
    finder: new CallFinder(format, NAMES),
    tools: NAMES.map((name) => ({ name, grammar: 'any' })),
    grammars: GRAMMARS,
    otherwise: 'text',
    mayCall: true,
    isParallel: true,
    ...over,
  })

const weather = (text: string) => ({ name: 'get_weather', arguments: text })

describe('tool calls in an answer', () => {
  it.each<[string, ToolFormat, string, Omit<Parsed, 'spans'>]>([
    [
      'one',
      HERMES,
      '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Oslo"}}\n</tool_call>',
      { text: '', calls: [weather('{"city": "Oslo"}')] },
    ],
    [
      'behind text',
      HERMES,
      'Let me see.\n<tool_call>{"name":"get_weather","arguments":{}}</tool_call>',
      { text: 'Let me see.\n', calls: [weather('{}')] },
    ],
    [
      'several',
      HERMES,
      '<tool_call>{"name":"get_weather","arguments":{}}</tool_call>\n<tool_call>{"name":"get_time","arguments":{"a":[{}]}}</tool_call>\n',
      { text: '', calls: [weather('{}'), { name: 'get_time', arguments: '{"a":[{}]}' }] },
    ],
    [
      'braces and quotes in strings',
      HERMES,
      '<tool_call>{"name":"get_weather","arguments":{"a":"}\\"{\\\\"}}</tool_call>',
      { text: '', calls: [weather('{"a":"}\\"{\\\\"}')] },
    ],
    [
      'no such tool',
      HERMES,
      '<tool_call>{"name":"other","arguments":{}}</tool_call>',
      { text: '<tool_call>{"name":"other","arguments":{}}</tool_call>', calls: [] },
    ],
    [
      'ended before the name',
      HERMES,
      ' Hm <tool_call>{"name":"get',
      { text: ' Hm <tool_call>{"name":"get', calls: [] },
    ],
    [
      'ended in the arguments',
      HERMES,
      '<tool_call>{"name":"get_weather","arguments":{"a":',
      { text: '', calls: [weather('{"a":')] },
    ],
    [
      'a mark behind a mark',
      HERMES,
      '<tool_call><tool_call>{"name":"get_weather","arguments":{}}</tool_call>',
      { text: '<tool_call>', calls: [weather('{}')] },
    ],
    [
      'text behind a call',
      HERMES,
      '<tool_call>{"name":"get_weather","arguments":{}}</tool_call> so',
      { text: ' so', calls: [weather('{}')] },
    ],
    [
      'no closing mark',
      HERMES,
      '<tool_call>{"name":"get_weather","arguments":{}}\nso',
      { text: 'so', calls: [weather('{}')] },
    ],
    [
      'one',
      LLAMA,
      '{"name": "get_weather", "parameters": {"city": "Oslo"}}',
      { text: '', calls: [weather('{"city": "Oslo"}')] },
    ],
    [
      'several',
      LLAMA,
      '{"name": "get_weather", "parameters": {}}; {"name": "a-b", "parameters": {}}',
      { text: '', calls: [weather('{}'), { name: 'a-b', arguments: '{}' }] },
    ],
    [
      'an object that is an answer',
      LLAMA,
      '{"name": "John", "parameters": {}}',
      { text: '{"name": "John", "parameters": {}}', calls: [] },
    ],
    [
      'an example in text',
      LLAMA,
      'Say {"name": "get_weather", "parameters": {}}',
      { text: 'Say {"name": "get_weather", "parameters": {}}', calls: [] },
    ],
    [
      'one',
      MISTRAL,
      '[TOOL_CALLS] [{"name": "get_weather", "arguments": {"a": 1}}]',
      { text: '', calls: [weather('{"a": 1}')] },
    ],
    [
      'several',
      MISTRAL,
      '[TOOL_CALLS][{"name":"get_weather","arguments":{}}, {"name":"get_time","arguments":{}}]',
      { text: '', calls: [weather('{}'), { name: 'get_time', arguments: '{}' }] },
    ],
    [
      'a malformed second',
      MISTRAL,
      '[TOOL_CALLS][{"name":"get_weather","arguments":{}}, 5]',
      { text: ' 5]', calls: [weather('{}')] },
    ],
    [
      'one',
      GENERIC_FORMAT,
      '{"tool":"get_weather","input":{"city":"Oslo"}}',
      { text: '', calls: [weather('{"city":"Oslo"}')] },
    ],
    [
      'one with blanks',
      GENERIC_FORMAT,
      '\n { "tool" : "get_weather" ,\n "input" : { } } \n',
      { text: '', calls: [weather('{ }')] },
    ],
    [
      'on a line of its own',
      GENERIC_FORMAT,
      'I look.\n{"tool":"get_weather","input":{}}\n{"tool":"get_time","input":{}}',
      { text: 'I look.\n', calls: [weather('{}'), { name: 'get_time', arguments: '{}' }] },
    ],
    [
      'inside a line',
      GENERIC_FORMAT,
      'I look: {"tool":"get_weather","input":{}}',
      { text: 'I look: {"tool":"get_weather","input":{}}', calls: [] },
    ],
    [
      'other keys',
      GENERIC_FORMAT,
      '{"tool":"get_weather","query":{}}',
      { text: '{"tool":"get_weather","query":{}}', calls: [] },
    ],
    [
      'arguments that are no object',
      GENERIC_FORMAT,
      '{"tool":"get_weather","input":7}',
      { text: '{"tool":"get_weather","input":7}', calls: [] },
    ],
    ['only blanks', GENERIC_FORMAT, ' \n', { text: ' \n', calls: [] }],
  ])('are found: %s (%#)', (_name, format, answer, expected) => {
    const { text, calls } = parse(format, [answer])
    expect({ text, calls }).toEqual(expected)
  })

  it.each(FORMATS)('go out as soon as they are certain: %s', (_id, format) => {
    const parser = new ToolParser({ format, finder: new CallFinder(format, NAMES), names: new Set(NAMES) })
    const { mark = '', nameKey, argumentsKey, isList } = format
    expect(
      parser.feed(`${mark}${isList ? '[' : ''}{"${nameKey}":"get_time","${argumentsKey}":`),
    ).toMatchObject({ text: '', calls: [] })
    expect(parser.feed('{"a"').calls).toEqual([{ index: 0, name: 'get_time', arguments: '{"a"' }])
    expect(parser.feed(':1').calls).toEqual([{ index: 0, arguments: ':1' }])
  })

  it.each(FORMATS)('are not told as text, wherever they are cut: %s', (_id, format) => {
    const { mark = '', closing = '', separator, nameKey, argumentsKey, isList } = format
    const object = `{"${nameKey}": "get_time", "${argumentsKey}": {"a": "}"}}`
    const one = mark + (isList ? `[${object}]` : object) + closing
    const two = isList ? `${mark}[${object}${separator}${object}]` : one + separator + one
    const before = format.place === 'start' ? '' : 'I look.\n'
    for (let length = 1; length <= two.length; length += 1) {
      for (const text of ['', before]) {
        const parsed = parse(format, [text + two.slice(0, length)], true)
        expect(parsed.text).toBe(text)
        for (const call of parsed.calls) expect('{"a": "}"}'.startsWith(call.arguments)).toBe(true)
      }
    }
    expect(parse(format, [two], true).calls).toHaveLength(2)
  })

  it.each(FORMATS)('leave text alone that is cut and can be none: %s', (_id, format) => {
    for (const text of [' \n', 'Is 3 ', 'Say "{a}" and ']) expect(parse(format, [text], true).text).toBe(text)
  })

  it('hold no more text than may be the beginning of one', () => {
    const finder = new CallFinder(HERMES, NAMES)
    const parser = new ToolParser({ format: HERMES, finder, names: new Set(NAMES) })
    expect(parser.feed('a <tool').text).toBe('a ')
    expect(parser.feed('bar <<').text).toBe('<toolbar <')
    expect(parser.feed('b').text).toBe('<b')
  })
})

const fragment = fc.constantFrom(
  ...[
    '<tool_call>',
    '</tool_call>',
    '<tool',
    '[TOOL_CALLS]',
    '[',
    ']',
    '{"tool":"',
    '{"name":"',
    '{"name": "',
  ],
  ...['get_weather', 'get_time"', '","input":', '","arguments": ', '","parameters":', '{}', '{"a":"\\"}"}'],
  ...['}', '{', '"', ',', ';', ' ', '\n', 'text', 'é👋', '\\'],
)
const whole = (format: ToolFormat) => {
  const { mark = '', closing = '', nameKey, argumentsKey, isList } = format
  const object = `{"${nameKey}": "get_time", "${argumentsKey}": {"a": "}"}}`
  return fc.constant(`${mark}${isList ? `[${object}]` : object}${closing}`)
}
const answers = (format: ToolFormat): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof({ weight: 4, arbitrary: fragment }, { weight: 1, arbitrary: whole(format) }), {
      maxLength: 16,
    })
    .map((parts) => parts.join(''))

describe.each(FORMATS)('any answer (%s)', (_id, format) => {
  it('is read the same however it is cut, and nothing of it is lost', () => {
    fc.assert(
      fc.property(answers(format), fc.array(fc.nat(), { maxLength: 12 }), (answer, cuts) => {
        const once = parse(format, [answer])
        const { text, calls, spans } = parse(format, cut(answer, cuts))
        expect({ text, calls }).toEqual({ text: once.text, calls: once.calls })
        let at = 0
        let content = ''
        for (const { length, isContent } of spans) {
          if (isContent) content += answer.slice(at, at + length)
          at += length
        }
        expect(at).toBe(answer.length)
        expect(content).toBe(text)
        if (calls.length === 0) expect(text).toBe(answer)
      }),
      { numRuns: 500 },
    )
  })

  it('has whole calls of known tools where its grammar allows it, and none where that forbids them', async () => {
    const allowed = await llamaGrammar(grammarOf(format))
    const forbidden = await llamaGrammar(grammarOf(format, { mayCall: false }))
    let callCount = 0
    fc.assert(
      fc.property(answers(format), (answer) => {
        const { calls } = parse(format, [answer])
        if (allowed.matches(answer)) {
          callCount += calls.length
          for (const call of calls) expect(JSON.parse(call.arguments)).toEqual(expect.any(Object))
        }
        if (forbidden.matches(answer)) expect(calls).toEqual([])
      }),
      { numRuns: 500 },
    )
    expect(callCount).toBeGreaterThan(0)
  })

  it('has only calls where calls are required, one where there may be one', async () => {
    for (const isParallel of [true, false]) {
      const grammar = grammarOf(format, { otherwise: undefined, isParallel })
      await llamaGrammar(grammar)
      const read = readGrammar(grammar)
      for (let seed = 0; seed < 100; seed += 1) {
        const answer = sampleText(read, randomFrom(seed))
        for (let length = 1; length < answer.length; length += 1 + Math.floor(length / 40)) {
          expect(parse(format, [answer.slice(0, length)], true).text).toBe('')
        }
        const { text, calls } = parse(format, [answer])
        expect(text).toBe('')
        expect(calls.length).toBeGreaterThan(0)
        if (!isParallel) expect(calls).toHaveLength(1)
        for (const call of calls) {
          expect(NAMES).toContain(call.name)
          expect(JSON.parse(call.arguments)).toEqual(expect.any(Object))
        }
      }
    }
  })
})
