import { describe, expect, it } from 'vitest'
import { CompileBudget } from '../../../../gpu-node/engine/grammar/budget.ts'
import { compileJsonSchema } from '../../../../gpu-node/engine/grammar/compile-json-schema.ts'
import { text } from '../../../../gpu-node/engine/grammar/gbnf/gbnf.ts'
import { RuleSet } from '../../../../gpu-node/engine/grammar/gbnf/rule-set.ts'
import {
  MAX_ALTERNATIVES,
  MAX_AUTOMATON_STATES,
  MAX_COMPILE_STEPS,
  MAX_COUNTED_STATES,
  MAX_GRAMMAR_LENGTH,
  MAX_IN_PLACE_DEPTH,
  MAX_KEY_PATTERNS,
  MAX_MULTIPLE_STATES,
  MAX_PROPERTIES,
  MAX_REGEX_DEPTH,
  MAX_REGEX_STATES,
  MAX_REPETITIONS,
  MAX_RULES,
  MAX_SCHEMA_DEPTH,
  MAX_SCHEMA_NODES,
} from '../../../../gpu-node/engine/grammar/limits.ts'
import { SchemaDocument } from '../../../../gpu-node/engine/grammar/schema/schema-document.ts'
import { ShapeReader } from '../../../../gpu-node/engine/grammar/schema/shape-reader.ts'

type Schema = Record<string, unknown>
const repeated = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))
const properties = (count: number): Schema =>
  Object.fromEntries(repeated(count, (index) => [`p${index}`, {}]))

const deep = (levels: number): unknown => (levels === 0 ? {} : { items: deep(levels - 1) })
const chain = (length: number): Schema => ({
  $ref: '#/$defs/0',
  $defs: repeated(length, (index) =>
    index === length - 1 ? { type: 'null' } : { $ref: `#/$defs/${index + 1}` },
  ),
})
const lengths = (count: number): Schema => ({
  type: 'string',
  anyOf: repeated(count, (index) => ({ minLength: index + 1 })),
})
const groups = (count: number): Schema => ({ pattern: `^${'('.repeat(count)}a${')'.repeat(count)}$` })
const keyPatterns = (count: number): Schema => ({
  patternProperties: Object.fromEntries(repeated(count, (index) => [`^${index}`, {}])),
})

/** At most 15 of 319 optional properties: of the states that are (place, number so far) there are just so many. */
const COUNTED: Schema = { properties: properties(319), maxProperties: 15, additionalProperties: false }
/** The same behind one that is required, which is one state more. */
const COUNTED_AND_ONE: Schema = {
  ...COUNTED,
  properties: { first: {}, ...properties(319) },
  required: ['first'],
  maxProperties: 16,
}
const COUNTED_STATES = repeated(320, (place) => Math.min(place, 15) + 1).reduce((sum, states) => sum + states)

/** Multiples between bounds that were looked for until they took just as many rules as the limit, and one more. */
const MULTIPLES = { type: 'integer', multipleOf: 1_000_003, minimum: 2_000_006, maximum: 460_001_380 }
const MULTIPLES_AND_ONE = { type: 'integer', multipleOf: 1_300_021, minimum: 5_200_084, maximum: 596_709_639 }

/** Steps that compiling a schema takes. */
function costOf(schema: Schema): number {
  for (let steps = 1; ; steps += 1) {
    try {
      compileJsonSchema(schema, { budget: new CompileBudget({ steps }) })
      return steps
    } catch {
      // it takes more
    }
  }
}

describe('a schema within its limits', () => {
  it.each<[limit: string, param: string, reason: string, within: unknown, beyond: unknown]>([
    ['depth', '', 'deep', deep(MAX_SCHEMA_DEPTH), deep(MAX_SCHEMA_DEPTH + 1)],
    [
      'size',
      '',
      `holds more than ${MAX_SCHEMA_NODES} values`,
      { examples: repeated(MAX_SCHEMA_NODES - 2, () => 0) },
      { examples: repeated(MAX_SCHEMA_NODES - 1, () => 0) },
    ],
    [
      'references',
      '.$defs.63',
      `${MAX_IN_PLACE_DEPTH} references`,
      chain(MAX_IN_PLACE_DEPTH - 1),
      chain(MAX_IN_PLACE_DEPTH),
    ],
    [
      'enum',
      '.enum',
      `holds more than ${MAX_ALTERNATIVES} values`,
      { enum: repeated(MAX_ALTERNATIVES, String) },
      { enum: repeated(MAX_ALTERNATIVES + 1, String) },
    ],
    ['alternatives', '.anyOf', 'kinds of value', lengths(MAX_ALTERNATIVES), lengths(MAX_ALTERNATIVES + 1)],
    [
      'properties',
      '.properties',
      `more than ${MAX_PROPERTIES} properties`,
      { properties: properties(MAX_PROPERTIES), additionalProperties: false },
      { properties: properties(MAX_PROPERTIES + 1), additionalProperties: false },
    ],
    [
      'properties of several schemas',
      '.allOf.0.properties',
      `more than ${MAX_PROPERTIES} properties`,
      { type: 'object', allOf: [{ properties: properties(MAX_PROPERTIES) }], properties: { p1: {} } },
      { type: 'object', allOf: [{ properties: properties(MAX_PROPERTIES) }], properties: { other: {} } },
    ],
    [
      'patterns of names',
      '.patternProperties',
      `more than ${MAX_KEY_PATTERNS} patterns`,
      keyPatterns(MAX_KEY_PATTERNS),
      keyPatterns(MAX_KEY_PATTERNS + 1),
    ],
    ['counted properties', '.maxProperties', 'counts too many properties', COUNTED, COUNTED_AND_ONE],
    ['multiples', '.multipleOf', 'too large a grammar', MULTIPLES, MULTIPLES_AND_ONE],
    [
      'repetitions',
      '.maxItems',
      `above ${MAX_REPETITIONS}`,
      { maxItems: MAX_REPETITIONS },
      { maxItems: MAX_REPETITIONS + 1 },
    ],
    [
      'groups of a pattern',
      '.pattern',
      `nests groups more than ${MAX_REGEX_DEPTH} deep`,
      groups(MAX_REGEX_DEPTH),
      groups(MAX_REGEX_DEPTH + 1),
    ],
    [
      // Rounds of nothing, one state each beside the first and the last.
      'states of an expression',
      '.pattern',
      'too large a grammar',
      { pattern: `^(?:){${MAX_REGEX_STATES - 2}}$` },
      { pattern: `^(?:){${MAX_REGEX_STATES - 1}}$` },
    ],
    [
      'states of an automaton',
      '.pattern',
      'too large a grammar',
      { pattern: `^a{${MAX_AUTOMATON_STATES - 1}}$` },
      { pattern: `^a{${MAX_AUTOMATON_STATES}}$` },
    ],
    [
      'lengths that are combined',
      '.maxLength',
      'too high to be combined',
      { type: 'string', pattern: '^a*$', maxLength: MAX_AUTOMATON_STATES - 1 },
      { type: 'string', pattern: '^a*$', maxLength: MAX_AUTOMATON_STATES },
    ],
  ])('is compiled, and one past it is refused by name: %s', (_limit, param, reason, within, beyond) => {
    expect(() => compileJsonSchema(within)).not.toThrow()
    expect(() => compileJsonSchema(beyond)).toThrowError(
      expect.objectContaining({
        code: 'invalid_request',
        param: `schema${param}`,
        message: expect.stringContaining(reason),
      }),
    )
  })

  it('counts as many states as its test says', () => {
    expect(COUNTED_STATES).toBe(MAX_COUNTED_STATES)
    expect(MAX_MULTIPLE_STATES).toBe(2_000)
  })

  it('spends its steps on all automata together', () => {
    const budget = new CompileBudget()
    const reader = new ShapeReader(new SchemaDocument({ pattern: 'a' }, 'schema'), budget)
    reader.effortAt('/format').spend(MAX_COMPILE_STEPS)
    expect(() => reader.effortAt('/pattern').spend(1)).toThrowError(
      expect.objectContaining({ code: 'invalid_request', param: 'schema.pattern' }),
    )
  })

  it('shares its steps with the other schemas of its request', () => {
    const budget = new CompileBudget()
    const cost = costOf({ type: 'object' })
    budget.spend(MAX_COMPILE_STEPS - 2 * cost)
    for (const param of ['one', 'other']) compileJsonSchema({ type: 'object' }, { budget, param })
    expect(() => compileJsonSchema({ type: 'object' }, { budget, param: 'third' })).toThrowError(
      expect.objectContaining({
        code: 'invalid_request',
        param: 'third',
        message: expect.stringContaining('takes too long to compile'),
      }),
    )
  })
})

describe('a grammar within its limits', () => {
  const ruleSet = (): RuleSet =>
    new RuleSet((sentence) => {
      throw new Error(sentence)
    }, new CompileBudget())

  it('has so many rules', () => {
    const rules = ruleSet()
    for (let count = 0; count < MAX_RULES; count += 1) rules.reserve('rule')
    expect(() => rules.reserve('rule')).toThrow(`more than ${MAX_RULES} rules`)
  })

  it('has so many characters', () => {
    const around = 'root ::= ""\n'.length
    const printed = (length: number): string | undefined => {
      const rules = ruleSet()
      rules.define('root', text('a'.repeat(length - around)))
      return rules.print('root')
    }
    expect(printed(MAX_GRAMMAR_LENGTH)).toHaveLength(MAX_GRAMMAR_LENGTH)
    expect(() => printed(MAX_GRAMMAR_LENGTH + 1)).toThrow(`more than ${MAX_GRAMMAR_LENGTH} characters`)
  })
})
