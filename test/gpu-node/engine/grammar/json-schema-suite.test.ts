import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compileJsonSchema } from '../../../../gpu-node/engine/grammar/compile-json-schema.ts'
import { AppError } from '../../../../shared/errors.ts'
import { leftRecursions, Matcher } from './gbnf/gbnf-matcher.ts'
import { readGrammar } from './gbnf/gbnf-reader.ts'
import { spellingsOf } from './json-spellings.ts'
import { llamaGrammar } from './llama-grammar.ts'

interface Group {
  description: string
  schema: unknown
  tests: readonly { description: string; data: unknown; valid: boolean }[]
}

const folder = new URL('../../../fixtures/json-schema-suite/', import.meta.url)
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.json'))
  .sort()
const groupsOf = (file: string): Group[] => JSON.parse(readFileSync(new URL(file, folder), 'utf8'))

const NO_REFERENCE = 'references to other documents, `$id`s and anchors are not looked up'
const NO_VALUE = 'a schema that allows no value has no grammar'

/** Groups whose schema is refused: the parameter that the refusal names, and why. */
const refused: Readonly<Record<string, readonly [param: string, reason: string]>> = {
  'allOf.json: allOf with boolean schemas, some false': ['', NO_VALUE],
  'allOf.json: allOf with boolean schemas, all false': ['', NO_VALUE],
  'anyOf.json: anyOf with boolean schemas, all false': ['', NO_VALUE],
  "boolean_schema.json: boolean schema 'false'": ['', NO_VALUE],
  'oneOf.json: oneOf with boolean schemas, all false': ['', NO_VALUE],
  'ref.json: $ref to boolean schema false': ['', NO_VALUE],
  ...refusals('multipleOf.json', 'multipleOf', 'only whole numbers and powers of ten are said by digits', [
    'by number',
    'float division = inf',
  ]),
  'format/unknown.json: unknown format': ['format', 'a format that is not known cannot be kept'],
  ...refusals('oneOf.json', 'oneOf', 'the branches overlap', [
    'oneOf',
    'oneOf with base schema',
    'oneOf with boolean schemas, all true',
    'oneOf with boolean schemas, more than one true',
    'oneOf complex types',
    'oneOf with empty schema',
    'oneOf with required',
    'oneOf with missing optional property',
  ]),
  ...refusals('uniqueItems.json', 'uniqueItems', 'a grammar cannot compare items', [
    'uniqueItems validation',
    'uniqueItems with an array of items',
    'uniqueItems with an array of items and additionalItems=false',
  ]),
  ...refusals('ecmascript-regex.json', 'pattern', 'Unicode properties are not supported', [
    'patterns always use unicode semantics with pattern',
    'pattern with non-ASCII digits',
  ]),
  'ecmascript-regex.json: patterns always use unicode semantics with patternProperties': [
    'patternProperties.\\p{Letter}cole',
    'Unicode properties are not supported',
  ],
  'ecmascript-regex.json: patternProperties with non-ASCII digits': [
    'patternProperties.^\\p{digit}+$',
    'Unicode properties are not supported',
  ],
  'ecmascript-regex.json: \\a is not an ECMA 262 control escape': ['$ref', NO_REFERENCE],
  ...refusals('ref.json', '$ref', NO_REFERENCE, [
    'remote ref, containing refs itself',
    'refs with relative uris and defs',
    'relative refs with absolute uris and defs',
    'order of evaluation: $id and $ref',
    'order of evaluation: $id and $anchor and $ref',
    'URN base URI with f-component',
    'URN ref with nested pointer ref',
    'ref to then',
    'ref to else',
    'ref with absolute-path-reference',
  ]),
  ...refusals('ref.json', 'properties.foo.$ref', NO_REFERENCE, [
    'simple URN base URI with $ref via the URN',
    'URN base URI with URN and JSON pointer ref',
    'URN base URI with URN and anchor ref',
  ]),
  'ref.json: Recursive references between schemas': ['properties.nodes.items.$ref', NO_REFERENCE],
  'ref.json: $id must be resolved against nearest parent, not just immediate parent': [
    'allOf.0.$ref',
    NO_REFERENCE,
  ],
  'ref.json: ref creates new scope when adjacent to keywords': [
    '$defs.A.unevaluatedProperties',
    'not supported',
  ],
  'ref.json: ref to if': ['if', 'a condition is not regular'],
  'unknownKeyword.json: $id inside an unknown keyword is not a real identifier': [
    '$defs.id_in_unknown0.not',
    'a negation is not context-free',
  ],
}

function refusals(file: string, param: string, reason: string, descriptions: readonly string[]) {
  return Object.fromEntries(
    descriptions.map((description) => [`${file}: ${description}`, [param, reason] as const]),
  )
}

/** Valid data that the grammar does not write, and why. A grammar generates: one spelling of a value is enough. */
const stricter: Readonly<Record<string, readonly string[]>> = {
  'leap seconds need the time zone to be added up': [
    'format/date-time.json: a valid date-time with a leap second, UTC',
    'format/date-time.json: a valid date-time with a leap second, with minus offset',
    'format/time.json: a valid time string with leap second, Zulu',
    'format/time.json: valid leap second, zero time-offset',
    'format/time.json: valid leap second, positive time-offset',
    'format/time.json: valid leap second, large positive time-offset',
    'format/time.json: valid leap second, negative time-offset',
    'format/time.json: valid leap second, large negative time-offset',
  ],
  'T and Z are written in upper case': [
    'format/date-time.json: case-insensitive T and Z',
    'format/time.json: a valid time string with case-insensitive Z',
  ],
  'an address is written without quotes and brackets': [
    'format/email.json: a quoted string with a space in the local part is valid',
    'format/email.json: a quoted string with a double dot in the local part is valid',
    'format/email.json: a quoted string with a @ in the local part is valid',
    'format/email.json: an IPv4-address-literal after the @ is valid',
    'format/email.json: an IPv6-address-literal after the @ is valid',
    'format/uri.json: a valid URL ',
  ],
  '8 labels of 30 characters fit the limit of a host name without counting': [
    'format/hostname.json: maximum label length',
  ],
}
const isStricter = (name: string): boolean => Object.values(stricter).some((names) => names.includes(name))

describe.each(files)('JSON-Schema-Test-Suite %s', (file) => {
  it.each(groupsOf(file).map((group) => [group.description, group] as const))(
    '%s',
    async (description, group) => {
      const refusal = refused[`${file}: ${description}`]
      if (refusal) {
        expect(() => compileJsonSchema(group.schema, { param: '' })).toThrowError(
          expect.objectContaining({ name: 'AppError', code: 'invalid_request', param: refusal[0] }),
        )
        return
      }
      const { grammar } = compileJsonSchema(group.schema)
      const read = readGrammar(grammar)
      expect(leftRecursions(read)).toEqual([])
      const [ours, theirs] = [new Matcher(read), await llamaGrammar(grammar)]
      for (const test of group.tests) {
        const texts = spellingsOf(test.data)
        const isAccepted = texts.some((text) => ours.matches(text))
        const isExpected = test.valid && !isStricter(`${file}: ${test.description}`)
        expect(isAccepted, `${test.description}: ${texts[0]}`).toBe(isExpected)
        expect(theirs.matches(texts[0] ?? ''), `llama.cpp on ${texts[0]}`).toBe(ours.matches(texts[0] ?? ''))
      }
    },
  )
})

it('is an AppError that refuses', () => {
  expect(() => compileJsonSchema(false)).toThrow(AppError)
})
