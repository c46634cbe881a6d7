import { Writer } from './rules/writer.ts'
import { SchemaDocument } from './schema/schema-document.ts'
import { ShapeReader } from './schema/shape-reader.ts'

export interface CompileOptions {
  /** What errors call the schema, such as `response_format.json_schema.schema`. */
  param?: string
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
  { param = 'schema' }: CompileOptions = {},
): { grammar: string } {
  const document = new SchemaDocument(schema, param)
  const reader = new ShapeReader(document)
  const writer = new Writer(document, reader)
  writer.rules.define(writer.rules.reserve('root'), writer.value(['']))
  writer.writeAll()
  reader.checkPending()
  const grammar = writer.rules.print('root')
  if (grammar !== undefined) return { grammar }
  return document.refuse(writer.contradiction ?? '', 'allows no value at all, or only endless ones')
}
