import { hash } from 'node:crypto'
import { AppError } from '../../../shared/errors.ts'
import {
  type CompiledSchema,
  type CompileOptions,
  compileJsonSchema,
} from '../grammar/compile-json-schema.ts'
import { MAX_GRAMMAR_LENGTH, MAX_PARAM_LENGTH } from '../grammar/limits.ts'
import { RecentMap } from '../recent-map.ts'

/** Schemas whose grammar or refusal is remembered, and how many characters their grammars have together. */
export const MAX_SCHEMAS = 256
export const MAX_SCHEMA_CHARACTERS = 16 * 1024 * 1024

type Known = CompiledSchema | { refusal: AppError }

/** Compiles schemas, and remembers what came of those that were asked for last. */
export class SchemaCache {
  readonly #known = new RecentMap<string, Known>(MAX_SCHEMAS, {
    maxTotal: MAX_SCHEMA_CHARACTERS,
    sizeOf: (known) => ('refusal' in known ? 0 : known.grammar.length),
  })

  /** As `compileJsonSchema` does it. What is known takes no steps. */
  compile(schema: unknown, options: Required<CompileOptions>): CompiledSchema {
    const key = hash('sha256', JSON.stringify(schema), 'base64')
    const known = this.#known.find(key)
    if (known === undefined) return this.#make(key, schema, options)
    const { param, budget } = options
    if ('refusal' in known) throw refusalAt(param, known.refusal)
    if (budget.write(known.grammar.length)) return known
    const message = `The schema needs a grammar of more than ${MAX_GRAMMAR_LENGTH} characters.`
    throw new AppError('invalid_request', message, { param })
  }

  #make(key: string, schema: unknown, { param, ...options }: Required<CompileOptions>): CompiledSchema {
    try {
      const compiled = compileJsonSchema(schema, { ...options, param: '' })
      this.#known.set(key, compiled)
      return compiled
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown
      // What other schemas have left too few steps for is not to blame.
      if (!options.budget.isSpent) this.#known.set(key, { refusal: thrown })
      throw refusalAt(param, thrown)
    }
  }
}

/** A refusal of a schema by itself as one of the schema at `param`. */
function refusalAt(param: string, { code, message, param: inside }: AppError): AppError {
  const path = inside ? `${param}.${inside}` : param
  return new AppError(code, message, { param: path.slice(0, MAX_PARAM_LENGTH) })
}
