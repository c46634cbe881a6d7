import { afterEach, describe, expect, it } from 'vitest'
import { AnswerForms } from '../../../../gpu-node/engine/tools/answer-forms.ts'
import type { Asked } from '../../../../gpu-node/engine/tools/answer-grammar.ts'
import { FormCompiler, type FormCompilerOptions } from '../../../../gpu-node/engine/tools/form-compiler.ts'
import { GENERIC_FORMAT } from '../../../../gpu-node/engine/tools/tool-formats.ts'
import type { ToolDefinition } from '../../../../shared/generation.ts'
import { DEAR_PATTERN, DEAR_TOOLS } from '../dear-schemas.ts'

const compilers: FormCompiler[] = []
afterEach(async () => {
  for (const compiler of compilers.splice(0)) await compiler.close()
})

function createCompiler(options: Partial<FormCompilerOptions> = {}): FormCompiler {
  const compiler = new FormCompiler({ format: GENERIC_FORMAT, maxWays: 1_000, ...options })
  compilers.push(compiler)
  return compiler
}

const strictly = (schema: Record<string, unknown>): Asked => ({ format: { schema } })
const withTools = (definitions: ToolDefinition[]): Asked => ({
  format: 'text',
  tools: { definitions, choice: 'auto', parallel: true },
})
const lookUp = (parameters: ToolDefinition['parameters'], strict = false): ToolDefinition => ({
  name: 'look_up',
  strict,
  ...(parameters !== undefined && { parameters }),
})
const compile = (compiler: FormCompiler, asked: Asked) => compiler.compile(JSON.stringify(asked))

describe('what answers are held to', () => {
  it('is compiled in a thread, or refused by name', async () => {
    const compiler = createCompiler()
    expect(await compile(compiler, strictly({ const: 'yes' }))).toMatchObject({
      grammar: expect.stringContaining('yes'),
      unenforced: [],
    })
    await expect(compile(compiler, strictly({ type: 'objekt' }))).rejects.toMatchObject({
      code: 'invalid_request',
      param: 'response_format.json_schema.schema.type',
    })
    await expect(compile(compiler, withTools([lookUp({ not: {} }, true)]))).rejects.toMatchObject({
      param: 'tools[0].function.parameters.not',
    })
  })

  it('is refused in the words of each request, though its schema is known', async () => {
    const compiler = createCompiler()
    const bad = { type: 'object', properties: { a: { type: 'integer', pattern: 5 }, b: { not: {} } } }
    const tools = [lookUp({ type: 'object' }, true), { ...lookUp(bad, true), name: 'other' }]
    for (let round = 0; round < 2; round += 1) {
      await expect(compile(compiler, strictly(bad))).rejects.toMatchObject({
        param: 'response_format.json_schema.schema.properties.b.not',
      })
      await expect(compile(compiler, withTools(tools))).rejects.toMatchObject({
        param: 'tools[1].function.parameters.properties.b.not',
      })
    }
  })

  it('is refused when it is not there in time, and the next request is not', async () => {
    const compiler = createCompiler({ limitMs: 1 })
    await expect(compile(compiler, strictly(DEAR_PATTERN))).rejects.toMatchObject({
      code: 'invalid_request',
      message: 'The schemas of this request take too long to compile.',
    })
    await expect(compile(createCompiler(), strictly({ const: 1 }))).resolves.toMatchObject({ ways: 1 })
  })

  it('does not wait for what is dear and came before', async () => {
    const compiler = createCompiler()
    const order: string[] = []
    const dear = [1, 2, 3].map((index) =>
      compile(compiler, strictly({ ...DEAR_PATTERN, title: `${index}` })).catch(() => order.push('dear')),
    )
    const cheap = compile(compiler, strictly({ type: 'object' })).then(() => order.push('cheap'))
    await Promise.all([...dear, cheap])
    expect(order).toEqual(['cheap', 'dear', 'dear', 'dear'])
  })

  it('leaves out tools that need not fit and cannot be said, and says which', async () => {
    // Steps decide here: a busy machine would leave out all of them for its time.
    const compiler = createCompiler({ limitMs: 50_000 })
    const dear = DEAR_TOOLS.slice(0, 40).map((tool) => ({ ...tool, strict: false }))
    const form = await compile(
      compiler,
      withTools([...dear, lookUp({ not: {} }), { name: 'free', strict: false }]),
    )
    expect(form.unenforced).toContain('look_up')
    expect(form.unenforced).not.toContain('free')
    expect(form.unenforced.length).toBeGreaterThan(1)
    expect(form.unenforced.length).toBeLessThan(41)
    expect(form.grammar?.length).toBeLessThan(600_000)
  })
})

describe('AnswerForms', () => {
  it('asks once for what is asked for again and again, and for what is refused', async () => {
    let asked = 0
    const compiler = createCompiler()
    const forms = new AnswerForms(GENERIC_FORMAT, (text) => {
      asked += 1
      return compiler.compile(text)
    })
    const [good, bad] = [strictly({ const: 1 }), strictly({ not: {} })]
    const both = await Promise.all([forms.formOf(good), forms.formOf(good)])
    expect(both[0]).toEqual(both[1])
    expect(forms.formOf(good)).toEqual(both[0]) // at once
    await expect(forms.formOf(bad)).rejects.toMatchObject({ code: 'invalid_request' })
    expect(() => forms.formOf(bad)).toThrow('cannot be said by a grammar')
    expect(asked).toBe(2)
  })
})
