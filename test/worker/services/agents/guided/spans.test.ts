import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { OfferedTool } from '../../../../../worker/services/agent-tools/tool.ts'
import { MAX_SPANS, spanSchema, spansOf } from '../../../../../worker/services/agents/guided/spans.ts'

const tool = (name: string, properties: object, required: readonly string[]): OfferedTool => ({
  name,
  description: name,
  parameters: { type: 'object', properties, required, additionalProperties: false },
  effect: 'reads',
  brings: 'own words',
})
const choice = (name: string, args?: object) => ({
  type: 'object',
  properties: {
    tool: { const: name },
    ...(args && { arguments: { type: 'object', ...args, additionalProperties: false } }),
  },
  required: args ? ['tool', 'arguments'] : ['tool'],
  additionalProperties: false,
})

describe('spans', () => {
  it('are pieces of the words, and no others', () => {
    expect(spansOf('I want the news')).toEqual(['want', 'news', 'want the news'])
    fc.assert(
      fc.property(fc.lorem({ maxCount: 60 }), (request) => {
        const spans = spansOf(request)
        expect(spans.length).toBeLessThanOrEqual(MAX_SPANS)
        expect(new Set(spans).size).toBe(spans.length)
        for (const span of spans) expect(request).toContain(span)
      }),
    )
  })

  it('hold whole pieces of a long request', () => {
    const request =
      'I would be glad to hear anything that experts have written lately about solar panels on old roofs in the north of Korea'
    expect(spansOf(request)).toEqual(expect.arrayContaining(['solar panels on old roofs', 'solar panels']))
  })
})

describe('the schema of a choice', () => {
  it('allows tools with pieces of the user’s words, and none', () => {
    const text = { type: 'string' }
    const tools = [
      tool('web_search', { query: text, count: { type: 'integer' } }, ['query']),
      tool('current_time', { time_zone: text }, []),
      tool('python_executor', { code: text }, ['code']),
      tool('fetch_url', { url: text }, ['url']),
      tool('odd', { mode: { type: 'string', enum: ['a'] } }, ['mode']),
      tool('short', { word: { ...text, maxLength: 4 } }, ['word']),
    ]
    const found = spansOf('news please')
    expect(spanSchema(tools, 'news please')).toEqual({
      anyOf: [
        choice('web_search', { properties: { query: { enum: found } }, required: ['query'] }),
        choice('current_time', { properties: {}, required: [] }),
        choice('short', { properties: { word: { enum: ['news'] } }, required: ['word'] }),
        choice('none'),
      ],
    })
  })

  it('allows only addresses for an address', () => {
    const tools = [tool('fetch_url', { url: { type: 'string' } }, ['url'])]
    expect(spanSchema(tools, 'see https://a.example/b now')).toEqual({
      anyOf: [
        choice('fetch_url', { properties: { url: { enum: ['https://a.example/b'] } }, required: ['url'] }),
        choice('none'),
      ],
    })
  })
})
