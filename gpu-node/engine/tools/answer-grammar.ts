import { AppError } from '../../../shared/errors.ts'
import type { GenerationRequest, ToolDefinition, Tools } from '../../../shared/generation.ts'
import type { CompileBudget } from '../grammar/budget.ts'
import type { CompiledSchema, CompileOptions } from '../grammar/compile-json-schema.ts'
import { CallFinder } from './call-finder.ts'
import type { ToolFormat } from './tool-formats.ts'
import { toolGrammar } from './tool-grammar.ts'

/** The name of an answer's schema in errors. */
const SCHEMA_PARAM = 'response_format.json_schema.schema'

const ANY_OBJECT = { type: 'object' }

/** The part of a request that decides which answers it may have. */
export type Asked = Pick<GenerationRequest, 'format' | 'tools'>

/** The grammar of a request's answers. */
export interface AnswerGrammar {
  /** GBNF; undefined where everything is allowed. */
  grammar: string | undefined
  /** About how many ways to read an answer are open at a time, at most. */
  ways: number
  /** Tools whose arguments are held to be an object and not to their schema, in the order of their definition. */
  unenforced: readonly string[]
}

export interface AnswerGrammarOptions {
  format: ToolFormat
  /** How many ways to read one schema may be open at a time. */
  maxWays: number
  /** For all schemas of the request. */
  budget: CompileBudget
  /** Whether also the schemas of tools that are not strict are looked at. */
  enforces: 'strict' | 'all'
  compile: (schema: unknown, options: Required<CompileOptions>) => CompiledSchema
}

interface Offered {
  definition: ToolDefinition
  index: number
}

/** Ways that are open beside those of schemas: of text, of the words around a call. */
const WAYS_AROUND = 8

/**
 * The grammar of what a request asks for. Throws `invalid_request` for what cannot be honoured, with its name; the schema of
 * a tool that is not strict is honoured where a grammar can say it.
 */
export function answerGrammar({ format, tools }: Asked, options: AnswerGrammarOptions): AnswerGrammar {
  const schemas = new Schemas(options)
  const answer = schemas.answer(format)
  const alone = { grammar: answer?.grammar, ways: answer?.ways ?? 0, unenforced: [] }
  if (tools === undefined) return alone
  const mayCall = tools.choice !== 'none'
  // An answer of a form of its own cannot be told from a call by its beginning, and needs no other rule.
  if (!mayCall && answer !== undefined) return alone
  const offered = offeredBy(tools)
  const any = schemas.compile(ANY_OBJECT, 'tools') // first: for those behind it steps may be short
  const enforced = mayCall ? schemas.enforced(offered) : new Map<number, CompiledSchema>()
  const grammars = new Map([['any', any.grammar]])
  if (answer !== undefined) grammars.set('answer', answer.grammar)
  for (const [index, { grammar }] of enforced) grammars.set(argumentsName(index), grammar)
  const mustCall = tools.choice === 'required' || typeof tools.choice === 'object'
  const grammar = toolGrammar({
    format: options.format,
    finder: finderOf(options.format, tools),
    tools: offered.map(({ definition: { name }, index }) => ({
      name,
      grammar: enforced.has(index) ? argumentsName(index) : 'any',
    })),
    grammars,
    otherwise: mustCall ? undefined : answer === undefined ? 'text' : { grammar: 'answer' },
    mayCall,
    isParallel: tools.parallel && typeof tools.choice !== 'object',
  })
  const inCalls = Math.max(...[any, ...enforced.values()].map(({ ways = 0 }) => ways))
  const isLeft = ({ definition, index }: Offered): boolean =>
    mayCall && definition.parameters !== undefined && !enforced.has(index)
  return {
    grammar,
    ways: (answer?.ways ?? 0) + inCalls + WAYS_AROUND,
    unenforced: offered.filter(isLeft).map(({ definition: { name } }) => name),
  }
}

/** The schemas of one request, compiled within one budget. */
class Schemas {
  readonly #options: AnswerGrammarOptions

  constructor(options: AnswerGrammarOptions) {
    this.#options = options
  }

  compile(schema: unknown, param: string, budget = this.#options.budget): CompiledSchema {
    const { compile, maxWays } = this.#options
    return compile(schema, { param, budget, maxWays })
  }

  answer(format: GenerationRequest['format']): CompiledSchema | undefined {
    if (format === 'text') return undefined
    if (format === 'json_object') return this.compile(ANY_OBJECT, 'response_format')
    return this.compile(format.schema, SCHEMA_PARAM)
  }

  /** The arguments that are held to their schemas: those that must be, and then, the shortest first, those that can be. */
  enforced(offered: readonly Offered[]): Map<number, CompiledSchema> {
    const enforced = new Map<number, CompiledSchema>()
    for (const { definition, index } of offered) {
      if (definition.strict) enforced.set(index, this.#argumentsOf(definition, index))
    }
    if (this.#options.enforces === 'strict') return enforced
    const others = offered
      .filter(({ definition: { strict, parameters } }) => !strict && parameters !== undefined)
      .map((one) => ({ ...one, length: JSON.stringify(one.definition.parameters).length }))
      .sort((a, b) => a.length - b.length)
    for (const { definition, index } of others) {
      const compiled = this.#tryArguments(definition, index)
      if (compiled) enforced.set(index, compiled)
    }
    return enforced
  }

  /** One that takes too long leaves half of the steps to those behind it. */
  #tryArguments(definition: ToolDefinition, index: number): CompiledSchema | undefined {
    try {
      return this.#argumentsOf(definition, index, this.#options.budget.half())
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.code === 'invalid_request') return undefined
      throw thrown
    }
  }

  #argumentsOf({ parameters = {} }: ToolDefinition, index: number, budget?: CompileBudget): CompiledSchema {
    const param = `tools[${index}].function.parameters`
    return this.compile(objectSchema(parameters, param), param, budget)
  }
}

const argumentsName = (index: number): string => `arguments-${index}`

function offeredBy({ definitions, choice, allowed }: Tools): Offered[] {
  const isOffered = (name: string): boolean =>
    typeof choice === 'object' ? choice.name === name : (allowed?.includes(name) ?? true)
  return definitions.flatMap((definition, index) =>
    isOffered(definition.name) ? [{ definition, index }] : [],
  )
}

/** The names of tools that may be called. */
export const callableNames = (tools: Tools): ReadonlySet<string> =>
  new Set(offeredBy(tools).map(({ definition: { name } }) => name))

/** A finder of calls of the tools that a request shows. */
export const finderOf = (format: ToolFormat, { definitions }: Tools): CallFinder =>
  new CallFinder(
    format,
    definitions.map(({ name }) => name),
  )

/** Throws `invalid_request` for tools of one name, and for a choice of a tool that is not there. */
export function checkNames({ definitions, choice, allowed = [] }: Tools): void {
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
