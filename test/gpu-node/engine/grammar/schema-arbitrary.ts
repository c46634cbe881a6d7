import fc from 'fast-check'

/** A schema with three of its values, each written as the grammar writes it: properties in declared order. */
export interface SchemaCase {
  schema: Record<string, unknown>
  values: readonly [unknown, unknown, unknown]
}
type Cases = fc.Arbitrary<SchemaCase>

const three = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<[T, T, T]> =>
  fc.tuple(arbitrary, arbitrary, arbitrary)
const withValues = (schema: Record<string, unknown>, value: fc.Arbitrary<unknown>): Cases =>
  three(value).map((values) => ({ schema, values }))

const character = fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })
const decimal = fc.integer({ min: -9_999_999, max: 9_999_999 }).map((value) => value / 1000)

const strings: Cases = fc.tuple(fc.nat(6), fc.nat(4)).chain(([minLength, more]) => {
  const value = fc.string({ unit: character, minLength, maxLength: minLength + more })
  return withValues({ type: 'string', minLength, maxLength: minLength + more }, value)
})
const patterns: Cases = fc
  .constantFrom(
    '^[a-z]{2,5}$',
    '^\\d+(\\.\\d{2})?$',
    'b+',
    '^(?:x|y"|\\\\)*$',
    '^\\S',
    '[^a-z]$',
    '^[A-Z]{2}-[0-9]{4}$',
  )
  .chain((pattern) =>
    withValues({ type: 'string', pattern }, fc.stringMatching(new RegExp(pattern, 'u'), { size: 'small' })),
  )
const integers: Cases = fc
  .tuple(fc.integer({ min: -5000, max: 5000 }), fc.nat(3000))
  .chain(([minimum, more]) =>
    withValues(
      { type: 'integer', minimum, maximum: minimum + more },
      fc.integer({ min: minimum, max: minimum + more }),
    ),
  )
const numbers: Cases = fc.tuple(decimal, fc.nat(99)).chain(([low, more]) => {
  const [minimum, exclusiveMaximum] = [low, Math.ceil(low) + 1 + more]
  const value = fc
    .integer({ min: Math.ceil(low * 100), max: exclusiveMaximum * 100 - 1 })
    .map((cents) => cents / 100)
  return withValues({ type: 'number', minimum, exclusiveMaximum }, value)
})
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom(null, true, false, 0, 'text'),
    decimal,
    fc.string({ unit: character, maxLength: 8 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.string({ unit: character, maxLength: 4 }), tie('value'), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  ),
})).value
const literals: Cases = fc
  .uniqueArray(anything, { minLength: 1, maxLength: 4, selector: (value) => JSON.stringify(value) })
  .chain((values) => withValues({ enum: values }, fc.constantFrom(...values)))
const leaves: Cases = fc.oneof(
  strings,
  patterns,
  integers,
  numbers,
  literals,
  withValues({ type: ['boolean', 'null'] }, fc.constantFrom(true, false, null)),
  withValues(
    { type: ['integer', 'string'] },
    fc.oneof(fc.integer(), fc.string({ unit: character, maxLength: 5 })),
  ),
  withValues({}, anything),
)

const lists = (items: Cases): Cases =>
  fc
    .record({ items, prefix: fc.array(items, { maxLength: 2 }), counts: three(fc.nat(3)) })
    .map(({ items, prefix, counts }) => {
      const value = (index: 0 | 1 | 2): unknown[] => [
        ...prefix.map(({ values }) => values[index]),
        ...items.values.slice(0, counts[index]),
      ]
      const lengths = counts.map((count) => count + prefix.length)
      const schema = {
        type: 'array',
        ...(prefix.length > 0 ? { prefixItems: prefix.map((item) => item.schema) } : {}),
        items: items.schema,
        minItems: Math.min(...lengths),
        maxItems: Math.max(...lengths),
      }
      return { schema, values: [value(0), value(1), value(2)] }
    })

const names = fc.uniqueArray(
  fc.string({ unit: character, maxLength: 5 }).filter((name) => !/^(\d+|__proto__)$/.test(name)),
  {
    minLength: 4,
    maxLength: 4,
  },
)

const objects = (items: Cases): Cases =>
  fc
    .record({
      names,
      properties: fc.array(items, { minLength: 1, maxLength: 3 }),
      required: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
      present: three(fc.array(fc.boolean(), { minLength: 4, maxLength: 4 })),
      additional: fc.option(items, { nil: undefined }),
    })
    .map(({ names, properties, required, present, additional }) => {
      const value = (index: 0 | 1 | 2): object =>
        Object.fromEntries([
          ...properties.flatMap(({ values }, at) => {
            const isPresent = required[at] || present[index][at]
            return isPresent ? [[names[at], values[index]] as const] : []
          }),
          ...(additional && present[index][3] ? [[names[3], additional.values[index]] as const] : []),
        ])
      const schema = {
        type: 'object',
        properties: Object.fromEntries(properties.map(({ schema }, at) => [names[at], schema])),
        required: names.filter((_name, at) => at < properties.length && required[at]),
        additionalProperties: additional ? additional.schema : false,
      }
      return { schema, values: [value(0), value(1), value(2)] }
    })

const unions = (items: Cases): Cases =>
  fc.tuple(items, items, three(fc.boolean())).map(([left, right, picks]) => {
    const value = (index: 0 | 1 | 2): unknown => (picks[index] ? left : right).values[index]
    return { schema: { anyOf: [left.schema, right.schema] }, values: [value(0), value(1), value(2)] }
  })

const narrowed = (items: Cases): Cases =>
  items.map(({ schema, values }) => ({
    schema: { allOf: [schema, {}], anyOf: [schema, { const: 'never' }], enum: [...values] },
    values,
  }))

const nested: Cases = fc.letrec<{ any: SchemaCase }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaves,
    lists(tie('any')),
    objects(tie('any')),
    unions(tie('any')),
    narrowed(tie('any')),
  ),
})).any

/** A tree whose labels have any schema, so that references and recursion are in play. */
const trees: Cases = nested.map(({ schema, values }) => {
  const leaf = { label: values[0] }
  const value = { label: values[1], children: [leaf, { label: values[2], children: [leaf, leaf] }] }
  const node = {
    type: 'object',
    properties: {
      label: { $ref: '#/$defs/label' },
      children: { type: 'array', items: { $ref: '#/$defs/node' } },
    },
    required: ['label'],
    additionalProperties: false,
  }
  return {
    schema: { $ref: '#/$defs/node', $defs: { node, label: schema } },
    values: [leaf, value, { ...value, children: [] }],
  }
})

export const schemaCase: Cases = fc.oneof({ weight: 4, arbitrary: nested }, { weight: 1, arbitrary: trees })

/** `value` with one thing changed somewhere inside. */
export function mutate(value: unknown, random: () => number): unknown {
  const pick = (count: number): number => Math.floor(random() * count)
  if (Array.isArray(value) && value.length > 0 && random() < 0.8) {
    const at = pick(value.length)
    return random() < 0.3 ? value.toSpliced(at, 1) : value.toSpliced(at, 1, mutate(value[at], random))
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && random() < 0.8) {
    const entries = Object.entries(value)
    const entry = entries[pick(entries.length)]
    if (!entry || random() < 0.2) return { ...value, 'added "property"': 1 }
    const others = entries.filter((other) => other !== entry)
    if (random() < 0.3) return Object.fromEntries(others)
    return Object.fromEntries(
      entries.map((other) => (other === entry ? [entry[0], mutate(entry[1], random)] : other)),
    )
  }
  if (typeof value === 'string' && random() < 0.5) return random() < 0.5 ? `${value}~` : value.slice(1)
  if (typeof value === 'number' && random() < 0.5) return value + pick(4001) - 2000
  return [null, true, 7, 'x', [], {}, 0.25][pick(7)]
}
