import { AppError } from '../../../shared/errors.ts'
import type { GenerationRequest, ToolDefinition, Tools } from '../../../shared/generation.ts'
import { compileJsonSchema } from '../grammar/compile-json-schema.ts'
import { RecentMap } from '../recent-map.ts'
import { CallFinder } from './call-finder.ts'
import type { ToolFormat } from './tool-formats.ts'
import { toolGrammar } from './tool-grammar.ts'
import { ToolParser } from './tool-parser.ts'

/**
 * Compiled schemas kept for one model: compiling one of 500 properties takes some 0.2 s, in which no stream moves, and
 * what takes MAX_AUTOMATON_STEPS (grammar/limits.ts) about a second.
 */
const MAX_SCHEMAS = 256

/** The name of an answer's schema in errors. */
const SCHEMA_PARAM = 'response_format.json_schema.schema'

const ANY_OBJECT = { type: 'object' }

/** The form that an answer is held to, and how it is read. */
export interface AnswerForm {
  /** GBNF; undefined where everything is allowed. */
  grammar: string | undefined
  toolParser: ToolParser | undefined
}

/** Says what answers of one model may be. */
export class AnswerForms {
  readonly #format: ToolFormat
  readonly #schemas = new RecentMap<string, string>(MAX_SCHEMAS)

  constructor(format: ToolFormat) {
    this.#format = format
  }

  /** Throws `invalid_request` for what cannot be honoured, with its name. */
  formOf({ format, tools }: Pick<GenerationRequest, 'format' | 'tools'>): AnswerForm {
    const answer = this.#answerGrammar(format)
    if (tools === undefined) return { grammar: answer, toolParser: undefined }
    checkNames(tools)
    const mayCall = tools.choice !== 'none'
    // An answer of a form of its own cannot be told from a call by its beginning, and needs no other rule.
    if (!mayCall && answer !== undefined) return { grammar: answer, toolParser: undefined }
    const offered = tools.definitions.flatMap((definition, index) =>
      isOffered(tools, definition) ? [{ definition, index }] : [],
    )
    const shown = tools.definitions.map(({ name }) => name)
    const finder = new CallFinder(this.#format, shown)
    const grammars = new Map([['any', this.#compile(ANY_OBJECT, 'tools')]])
    if (answer !== undefined) grammars.set('answer', answer)
    const calls = offered.map(({ definition, index }) => {
      const { name, strict, parameters = {} } = definition
      if (!strict) return { name, grammar: 'any' }
      const param = `tools[${index}].function.parameters`
      grammars.set(`arguments-${index}`, this.#compile(objectSchema(parameters, param), param))
      return { name, grammar: `arguments-${index}` }
    })
    const mustCall = tools.choice === 'required' || typeof tools.choice === 'object'
    const grammar = toolGrammar({
      format: this.#format,
      finder,
      tools: calls,
      grammars,
      otherwise: mustCall ? undefined : answer === undefined ? 'text' : { grammar: 'answer' },
      mayCall,
      isParallel: tools.parallel && typeof tools.choice !== 'object',
    })
    const names = new Set(calls.map(({ name }) => name))
    const toolParser = new ToolParser({ format: this.#format, finder, names })
    return { grammar, toolParser: mayCall ? toolParser : undefined }
  }

  #answerGrammar(format: GenerationRequest['format']): string | undefined {
    if (format === 'text') return undefined
    if (format === 'json_object') return this.#compile(ANY_OBJECT, 'response_format')
    return this.#compile(format.schema, SCHEMA_PARAM)
  }

  #compile(schema: unknown, param: string): string {
    return this.#schemas.get(JSON.stringify(schema), () => compileJsonSchema(schema, { param }).grammar)
  }
}

const isOffered = ({ choice, allowed }: Tools, { name }: ToolDefinition): boolean =>
  typeof choice === 'object' ? choice.name === name : (allowed?.includes(name) ?? true)

function checkNames({ definitions, choice, allowed = [] }: Tools): void {
  const names = definitions.map(({ name }) => name)
  const again = names.findIndex((name, index) => names.indexOf(name) !== index)
  if (again >= 0) {
    throw new AppError('invalid_request', `Two tools have the name "${names[again]}".`, {
      param: `tools[${again}].function.name`,
    })
  }
  const wanted = typeof choice === 'object' ? [choice.name] : allowed
  const stranger = wanted.find((name) => !names.includes(name))
  if (stranger !== undefined) {
    throw new AppError('invalid_request', `There is no tool "${stranger}".`, { param: 'tool_choice' })
  }
}

/** Arguments are an object, whatever else their schema allows. */
function objectSchema(parameters: NonNullable<ToolDefinition['parameters']>, param: string): object {
  if (parameters === true) return ANY_OBJECT
  const { type = 'object' } = parameters === false ? { type: 'null' } : parameters
  const types = Array.isArray(type) ? type : [type]
  if (parameters === false || !types.includes('object')) {
    throw new AppError('invalid_request', 'The arguments of a tool are an object.', { param })
  }
  return { ...parameters, type: 'object' }
}
