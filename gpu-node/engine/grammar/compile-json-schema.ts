import { CompileBudget, TOO_LONG } from './budget.ts'
import { shareBeginnings } from './gbnf/common-beginnings.ts'
import { countWays } from './gbnf/ways.ts'
import { Writer } from './rules/writer.ts'
import { SchemaDocument } from './schema/schema-document.ts'
import { ShapeReader } from './schema/shape-reader.ts'

export interface CompileOptions {
  /** The name of the schema in errors, such as `response_format.json_schema.schema`. */
  param?: string
  /** Shared by the schemas of one request. Absent: this schema has one of its own. */
  budget?: CompileBudget
  /** How many ways to read an answer may be open at a time. Absent: that is not looked at. */
  maxWays?: number | undefined
}

export interface CompiledSchema {
  grammar: string
  /** The most ways to read an answer that are open at a time; undefined where it was not looked at. */
  ways: number | undefined
}

/**
 * The GBNF grammar of the JSON texts that are valid against a JSON Schema 2020-12, in one canonical spelling: compact,
 * one space at most after `:` and `,`, properties in the order of their declaration, integers without fraction.
 * Throws `invalid_request`, with the keyword's path as `param`, for a schema that is malformed or contradictory, or
 * whose meaning no grammar of reasonable size can say: nothing is ever ignored that a validator of any dialect would
 * assert, nor a keyword or format that is not known.
 */
export function compileJsonSchema(
  schema: unknown,
  { param = 'schema', budget = new CompileBudget(), maxWays }: CompileOptions = {},
): CompiledSchema {
  const document = new SchemaDocument(schema, param)
  const reader = new ShapeReader(document, budget)
  const writer = new Writer(document, reader, budget)
  writer.rules.define(writer.rules.reserve('root'), writer.value(['']))
  writer.writeAll()
  reader.checkPending()
  const alive = writer.rules.alive()
  if (!alive.has('root')) {
    return document.refuse(writer.contradiction ?? '', 'allows no value at all, or only endless ones')
  }
  const refuse = (): never =>
    document.refuse(
      '',
      `can be read in more than ${maxWays} ways at a time: its alternatives are too much alike`,
    )
  const spend = (steps: number): void => {
    if (!budget.spend(steps)) document.refuse('', TOO_LONG)
  }
  const rules = shareBeginnings(alive, 'root', { reserve: (base) => writer.rules.reserve(base), spend })
  const ways = maxWays === undefined ? undefined : countWays(rules, 'root', { limit: maxWays, refuse, spend })
  return { grammar: writer.rules.print('root', rules) ?? '', ways }
}
