import { describe, expect, it } from 'vitest'
import { CompileBudget } from '../../../../gpu-node/engine/grammar/budget.ts'
import { compileJsonSchema } from '../../../../gpu-node/engine/grammar/compile-json-schema.ts'
import { AnswerForms } from '../../../../gpu-node/engine/tools/answer-forms.ts'
import { answerGrammar } from '../../../../gpu-node/engine/tools/answer-grammar.ts'
import {
  GENERIC_FORMAT,
  type ToolFormat,
  toolFormatOf,
} from '../../../../gpu-node/engine/tools/tool-formats.ts'
import { withPrefix } from '../../../../gpu-node/engine/tools/tool-grammar.ts'
import type { GenerationRequest, ToolDefinition, Tools } from '../../../../shared/generation.ts'
import { llamaGrammar } from '../grammar/llama-grammar.ts'
import { HERMES_TEMPLATE, MISTRAL_TEMPLATE } from './tool-templates.ts'

const CITY = {
  type: 'object',
  properties: { city: { enum: ['Rome', 'Oslo'] } },
  required: ['city'],
  additionalProperties: false,
}
const WEATHER: ToolDefinition = { name: 'weather', parameters: CITY, strict: true }
const TIME: ToolDefinition = { name: 'get_time', strict: false }

const tools = (over: Partial<Tools> = {}): Tools => ({
  definitions: [WEATHER, TIME],
  choice: 'auto',
  parallel: true,
  ...over,
})

type Request = Partial<Pick<GenerationRequest, 'format' | 'tools'>>

const formsOf = (format: ToolFormat): AnswerForms =>
  new AnswerForms(format, async (asked) =>
    answerGrammar(JSON.parse(asked), {
      format,
      maxWays: 1_000,
      budget: new CompileBudget(),
      enforces: 'all',
      compile: compileJsonSchema,
    }),
  )
const formOf = async (request: Request) => formsOf(GENERIC_FORMAT).formOf({ format: 'text', ...request })

/** Which of some answers a request allows. */
async function allowed(request: Request, answers: readonly string[]): Promise<boolean[]> {
  const { matches } = await llamaGrammar((await formOf(request)).grammar ?? '')
  return answers.map(matches)
}

const ROME = '{"tool":"weather","input":{"city":"Rome"}}'
const PARIS = '{"tool":"weather","input":{"city":"Paris"}}'
const NOW = '{"tool":"get_time","input":{"anything":[1]}}'

describe('what an answer may be', () => {
  it('is anything unless something else is asked for', async () => {
    expect(await formOf({})).toMatchObject({ grammar: undefined, toolParser: undefined })
  })

  it.each<[string, Request, boolean[]]>([
    ['text or calls', { tools: tools() }, [true, true, false, true, true, true]],
    ['text or one call', { tools: tools({ parallel: false }) }, [true, true, false, true, false, true]],
    ['calls', { tools: tools({ choice: 'required' }) }, [false, true, false, true, true, false]],
    [
      'one call of one tool',
      { tools: tools({ choice: { name: 'weather' } }) },
      [false, true, false, false, false, false],
    ],
    ['only text', { tools: tools({ choice: 'none' }) }, [true, false, false, false, false, true]],
    [
      'a form or calls',
      { tools: tools(), format: { schema: { const: 'yes' } } },
      [false, true, false, true, true, false],
    ],
  ])('is %s', async (_name, request, expected) => {
    const answers = ['Hello "you"!\n{"tool":', ROME, PARIS, NOW, `${ROME}\n${NOW}`, '{"tool":"other"}']
    expect(await allowed(request, answers)).toEqual(expected)
  })

  it.each<[string, Partial<Tools>, boolean[]]>([
    ['text or calls of an allowed tool', { allowed: ['weather'] }, [true, true, false, false, false]],
    [
      'calls of an allowed tool',
      { choice: 'required', allowed: ['weather'] },
      [false, true, false, false, false],
    ],
    [
      'calls of any allowed tool',
      { choice: 'required', allowed: ['get_time', 'weather'] },
      [false, true, false, true, true],
    ],
  ])('is %s', async (_name, over, expected) => {
    const answers = ['Hello!', ROME, PARIS, NOW, `${ROME}\n${NOW}`]
    expect(await allowed({ tools: tools(over) }, answers)).toEqual(expected)
  })

  it.each([
    ['Hermes', HERMES_TEMPLATE, (call: string) => `<tool_call>\n${call}\n</tool_call>`],
    ['Mistral', MISTRAL_TEMPLATE, (call: string) => `[TOOL_CALLS][${call}]`],
  ])('is text or calls of an allowed tool in the words of %s', async (_family, template, written) => {
    const forms = formsOf(toolFormatOf(template))
    const { grammar } = await forms.formOf({ format: 'text', tools: tools({ allowed: ['weather'] }) })
    const { matches } = await llamaGrammar(grammar ?? '')
    const callOf = (name: string) => written(`{"name":"${name}","arguments":{"city":"Rome"}}`)
    const answers = ['Hello!', callOf('weather'), callOf('get_time'), `I look. ${callOf('get_time')}`]
    expect(answers.map(matches)).toEqual([true, true, false, false])
  })

  it('is a form or calls of an allowed tool', async () => {
    const request: Request = { tools: tools({ allowed: ['weather'] }), format: { schema: { const: 'yes' } } }
    expect(await allowed(request, ['"yes"', ROME, NOW, 'yes'])).toEqual([true, true, false, false])
  })

  it('is not to be among tools that are not there', async () => {
    const refused = formOf({ tools: tools({ allowed: ['weather', 'news'] }) })
    await expect(refused).rejects.toThrow(
      expect.objectContaining({ code: 'invalid_request', param: 'tool_choice' }),
    )
  })

  it('is text and then calls', async () => {
    const answers = [`I look.\n${ROME}`, `I look.\n${PARIS}`, `I look: ${PARIS}`, `${ROME} So.`]
    expect(await allowed({ tools: tools() }, answers)).toEqual([true, false, true, false])
  })

  it('is the form alone where no tool may be called', async () => {
    const request: Request = { tools: tools({ choice: 'none' }), format: { schema: { const: 'yes' } } }
    expect(await allowed(request, ['"yes"', ROME])).toEqual([true, false])
    expect((await formOf(request)).toolParser).toBeUndefined()
  })

  it('has arguments that are an object, whatever else a schema says', async () => {
    const strict = (parameters: ToolDefinition['parameters']): Request => ({
      tools: tools({
        choice: 'required',
        definitions: [{ name: 'weather', strict: true, ...(parameters !== undefined && { parameters }) }],
      }),
    })
    const answers = ['{"tool":"weather","input":{}}', '{"tool":"weather","input":null}']
    for (const parameters of [undefined, true, {}, { type: ['object', 'null'] }]) {
      expect(await allowed(strict(parameters), answers)).toEqual([true, false])
    }
    for (const parameters of [false, { type: 'null' }])
      await expect(formOf(strict(parameters))).rejects.toThrow('are an object')
  })
})

describe('grammars side by side', () => {
  it('have rules of different names, and the same texts', () => {
    const grammar = 'root ::= "root \\"a" [a-z\\]b] rule-2{1,3} (root | "")\nrule-2 ::= [^"] "x"?'
    expect(withPrefix(grammar, 'p')).toBe(
      'p-root ::= "root \\"a" [a-z\\]b] p-rule-2{1,3} (p-root | "")\np-rule-2 ::= [^"] "x"?',
    )
  })
})
