import { describe, expect, it } from 'vitest'
import { CHATML_TEMPLATE } from '../../../../gpu-node/engine/text/prompt.ts'
import { markTokens, toolFormatOf, withMarks } from '../../../../gpu-node/engine/tools/tool-formats.ts'
import {
  GEMMA_TEMPLATE,
  HERMES_TEMPLATE,
  LLAMA_TEMPLATE,
  MISTRAL_TEMPLATE,
  XML_TEMPLATE,
} from './tool-templates.ts'

describe('the format of tool calls', () => {
  it.each([
    ['hermes', HERMES_TEMPLATE],
    ['llama', LLAMA_TEMPLATE],
    ['mistral', MISTRAL_TEMPLATE],
    ['generic', GEMMA_TEMPLATE],
    ['generic', CHATML_TEMPLATE],
    ['generic', XML_TEMPLATE],
    ['generic', '{% if tools %}[TOOL_CALLS]{{ name }}[ARGS]{{ arguments }}{% endif %}'],
    ['generic', undefined],
  ])('is %s', (id, template) => {
    expect(toolFormatOf(template).id).toBe(id)
  })

  it('is one call at a time where the template says so', () => {
    expect(toolFormatOf(LLAMA_TEMPLATE).isSingle).toBe(true)
    expect(toolFormatOf(HERMES_TEMPLATE).isSingle).toBe(false)
  })
})

describe('marks', () => {
  const MARK = 5
  const tokenize = (text: string): number[] => (text === '[TOOL_CALLS]' ? [MARK] : [1, 2])
  const textOf = (tokens: readonly number[]): string =>
    tokens.map((token) => (token === MARK ? '' : String.fromCharCode(96 + token))).join('')

  it('are seen where their tokens have no text', () => {
    const marks = markTokens(toolFormatOf(MISTRAL_TEMPLATE), { tokenize, textOf })
    expect([...marks]).toEqual([[MARK, '[TOOL_CALLS]']])
    const shown = withMarks(textOf, marks)
    expect(shown([1, MARK, 2, MARK])).toBe('a[TOOL_CALLS]b[TOOL_CALLS]')
    expect(shown([1, 2])).toBe('ab')
  })

  it('are left where they are text', () => {
    expect(markTokens(toolFormatOf(HERMES_TEMPLATE), { tokenize, textOf }).size).toBe(0)
    expect(markTokens(toolFormatOf(undefined), { tokenize, textOf }).size).toBe(0)
  })
})
