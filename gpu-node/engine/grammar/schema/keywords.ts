import { FORMATS } from './formats.ts'
import { isObject, type JsonValue, propertyOf } from './json-value.ts'
import { childOf, type SchemaDocument, type SchemaObject } from './schema-document.ts'
import type { JsonType } from './shape.ts'

/** Keywords that a context-free grammar cannot say, with what each would have needed. */
const REFUSED_KEYWORDS: Readonly<Record<string, string>> = {
  not: 'cannot be said by a grammar',
  if: 'cannot be said by a grammar; use "anyOf"',
  dependentRequired: 'cannot be said by a grammar; use "anyOf"',
  dependentSchemas: 'cannot be said by a grammar; use "anyOf"',
  dependencies: 'cannot be said by a grammar; use "anyOf"',
  contains: 'cannot be said by a grammar',
  unevaluatedProperties: 'cannot be said by a grammar; use "additionalProperties"',
  unevaluatedItems: 'cannot be said by a grammar; use "items"',
  additionalItems: 'is not in JSON Schema 2020-12; use "prefixItems" and "items"',
  $dynamicRef: 'is not supported; use "$ref"',
  $recursiveRef: 'is not in JSON Schema 2020-12; use "$ref"',
  nullable: 'is not in JSON Schema 2020-12; use a list of types, such as "type": ["string", "null"]',
  id: 'is not in JSON Schema 2020-12; use "$defs" and "$ref"',
}

/** The keywords that the compiler reads; a grammar comes from nothing else. */
const READ_KEYWORDS = `
  $ref $defs definitions type enum const allOf anyOf oneOf
  properties patternProperties additionalProperties propertyNames required minProperties maxProperties
  prefixItems items minItems maxItems uniqueItems
  minLength maxLength pattern format
  minimum maximum exclusiveMinimum exclusiveMaximum multipleOf`

/**
 * Keywords that allow and forbid no value: annotations (validation §8 and §9, OpenAPI 3.1 §4.8.24), names of places, and
 * keywords whose partner (`if`, `contains`) would have been refused.
 */
const SILENT_KEYWORDS = `
  title description default examples deprecated readOnly writeOnly $comment
  contentEncoding contentMediaType contentSchema
  example externalDocs xml discriminator
  $schema $vocabulary $id $anchor $dynamicAnchor
  then else minContains maxContains`

const KNOWN_KEYWORDS: ReadonlySet<string> = new Set(`${READ_KEYWORDS} ${SILENT_KEYWORDS}`.match(/\S+/gu))

/** OpenAPI 3.1 §4.9: names that vendors may give to what is their own. */
const VENDOR_PREFIX = 'x-'

/**
 * Refuses every keyword that is not understood. JSON Schema would take an unknown one as an annotation (core §6.5), but
 * `maxLenght` and the keywords of other dialects are meant to hold, and a sender cannot see that they do not.
 */
export function checkKeywords(document: SchemaDocument, pointer: string, schema: SchemaObject): void {
  for (const keyword of Object.keys(schema)) {
    if (KNOWN_KEYWORDS.has(keyword) || keyword.startsWith(VENDOR_PREFIX)) continue
    const reason = propertyOf(REFUSED_KEYWORDS, keyword) ?? 'is not a keyword of JSON Schema 2020-12'
    document.refuse(childOf(pointer, keyword), reason)
  }
  const { format } = schema
  if (typeof format === 'string' && !Object.hasOwn(FORMATS, format)) {
    document.refuse(
      childOf(pointer, 'format'),
      `is "${format.slice(0, 100)}"; supported are ${Object.keys(FORMATS).join(', ')}`,
    )
  }
  if (pointer !== '' && Object.hasOwn(schema, '$id')) {
    document.refuse(childOf(pointer, '$id'), 'is not supported inside a schema: it changes what "$ref" means')
  }
}

/** Typed access to the keywords of one schema; what is malformed is refused by name. */
export class Keywords {
  readonly pointer: string
  #schema: SchemaObject
  #document: SchemaDocument

  constructor(document: SchemaDocument, pointer: string, schema: SchemaObject) {
    this.pointer = pointer
    this.#schema = schema
    this.#document = document
  }

  get(keyword: string): unknown {
    return Object.hasOwn(this.#schema, keyword) ? this.#schema[keyword] : undefined
  }

  refuse(keyword: string, sentence: string): never {
    return this.#document.refuse(childOf(this.pointer, keyword), sentence)
  }

  number(keyword: string): number | undefined {
    const value = this.get(keyword)
    if (value === undefined) return undefined
    if (typeof value !== 'number' || !Number.isFinite(value)) return this.refuse(keyword, 'must be a number')
    return value
  }

  /** A count: `2.0` is one too. */
  count(keyword: string): number | undefined {
    const value = this.number(keyword)
    if (value !== undefined && !(Number.isInteger(value) && value >= 0))
      this.refuse(keyword, 'must be an integer of at least 0')
    return value
  }

  range(lowKeyword: string, highKeyword: string): { min: number; max: number | undefined } {
    return { min: this.count(lowKeyword) ?? 0, max: this.count(highKeyword) }
  }

  string(keyword: string): string | undefined {
    const value = this.get(keyword)
    if (value === undefined || typeof value === 'string') return value
    return this.refuse(keyword, 'must be a string')
  }

  boolean(keyword: string): boolean | undefined {
    const value = this.get(keyword)
    if (value === undefined || typeof value === 'boolean') return value
    return this.refuse(keyword, 'must be a boolean')
  }

  strings(keyword: string): string[] {
    const value = this.get(keyword) ?? []
    const isStrings = Array.isArray(value) && value.every((item) => typeof item === 'string')
    if (!isStrings) return this.refuse(keyword, 'must be a list of strings')
    return [...new Set<string>(value)]
  }

  /** The pointers of the schemas in a list keyword, such as `anyOf`. */
  list(keyword: string): string[] | undefined {
    const value = this.get(keyword)
    if (value === undefined) return undefined
    if (!Array.isArray(value) || value.length === 0)
      return this.refuse(keyword, 'must be a list of at least one schema')
    return value.map((_schema, index) => this.#checked(childOf(this.pointer, keyword, index)))
  }

  /** The pointers of the schemas in a keyword that maps names to schemas, such as `properties`. */
  map(keyword: string): Map<string, string> {
    const value = this.get(keyword) ?? {}
    if (!isObject(value)) return this.refuse(keyword, 'must be an object')
    const names = Object.keys(value)
    return new Map(names.map((name) => [name, this.#checked(childOf(this.pointer, keyword, name))]))
  }

  /** The pointer of the schema in `keyword`; none when it is absent or allows anything. */
  schema(keyword: string): string | undefined {
    const value = this.get(keyword)
    if (value === undefined) return undefined
    const pointer = this.#checked(childOf(this.pointer, keyword))
    return value === true ? undefined : pointer
  }

  /** The values of `enum` and `const` together, or none. */
  literals(): readonly JsonValue[] | undefined {
    const values = this.get('enum')
    if (values !== undefined && !(Array.isArray(values) && values.length > 0)) {
      return this.refuse('enum', 'must be a list of at least one value')
    }
    return values as readonly JsonValue[] | undefined
  }

  types(): ReadonlySet<JsonType | 'integer'> {
    const value = this.get('type') ?? ALL_TYPES
    const types: readonly unknown[] = Array.isArray(value) ? value : [value]
    for (const type of types) {
      if (!ALL_TYPES.some((known) => known === type))
        this.refuse('type', `must be one of ${ALL_TYPES.join(', ')}, or a list of them`)
    }
    if (types.length === 0) this.refuse('type', 'must name at least one type')
    return new Set(types as readonly (JsonType | 'integer')[])
  }

  #checked(pointer: string): string {
    this.#document.at(pointer)
    return pointer
  }
}

const ALL_TYPES: readonly (JsonType | 'integer')[] = [
  'object',
  'array',
  'string',
  'number',
  'integer',
  'boolean',
  'null',
]
