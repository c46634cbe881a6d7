import { describe, expect, it } from 'vitest'
import {
  MAX_JSON_CONTAINERS,
  MAX_JSON_DEPTH,
  MAX_JSON_KEYS,
  MAX_JSON_VALUES,
  readJson,
  sizeOfJson,
} from '../../shared/json-text.ts'

const read = (json: string) => readJson(json, 'The text').value

describe('the size of a JSON text', () => {
  it.each([
    ['nothing', '', 0],
    ['a number', '7', 0],
    ['an empty list', '[]', 1],
    ['lists side by side', '[[],[],[]]', 2],
    ['lists and objects', '{"a":[{"b":[]}]}', 4],
    ['brackets in text', '["[[[[{{{{"]', 1],
    ['an escaped quote before brackets', '["\\"[[[["]', 1],
    ['an escaped backslash at the end of text', '["\\\\",[[]]]', 3],
    ['a unicode escape', '["\\u005b\\u005b"]', 1],
    ['brackets in a name', '{"[[[":1}', 1],
    ['half a text', '["[[[', 1],
    ['more closed than opened', ']]][[', 0],
  ])('has the depth of %s', (_name, json, depth) => {
    expect(sizeOfJson(json).depth).toBe(depth)
  })

  it.each([
    ['a number', '7', { containers: 0, keys: 0, values: 0 }],
    ['a list', '[1,2,3]', { containers: 1, keys: 0, values: 3 }],
    ['lists in a list', '[[1],[2,3]]', { containers: 3, keys: 0, values: 5 }],
    ['an object', '{"a":1,"b":{"c":[]}}', { containers: 3, keys: 3, values: 4 }],
    ['commas and colons in text', '["a,b:c,{[",":,"]', { containers: 1, keys: 0, values: 2 }],
  ])('counts what %s holds', (_name, json, counts) => {
    expect(sizeOfJson(json)).toMatchObject(counts)
  })
})

describe('a JSON text', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  const lists = (count: number) => `[${'[],'.repeat(count - 2)}[]]`
  const names = (count: number) => `{${Array.from({ length: count }, (_, index) => `"${index}":1`).join()}}`
  const values = (count: number) => `[${'1,'.repeat(count - 1)}1]`

  it.each<[string, (count: number) => string, number, string]>([
    ['levels', nested, MAX_JSON_DEPTH, 'The text nests deeper than 64 levels.'],
    ['lists', lists, MAX_JSON_CONTAINERS, 'The text holds more than 50000 lists and objects.'],
    ['names', names, MAX_JSON_KEYS, 'The text holds more than 50000 names.'],
    ['values', values, MAX_JSON_VALUES, 'The text holds more than 350000 values.'],
  ])('is read with as many %s as it may have, and refused with one more', (_name, make, limit, refusal) => {
    expect(() => read(make(limit))).not.toThrow()
    expect(() => read(make(limit + 1))).toThrow(refusal)
  })

  it('is refused before it is parsed', () => {
    expect(() => read('['.repeat(MAX_JSON_DEPTH + 1))).toThrow('nests deeper')
  })

  it.each(['{', '', "{'a':1}", '[1,]', 'undefined', '{"a":1}{"b":2}'])(
    'is what RFC 8259 says, and nothing else: %j',
    (json) => expect(() => read(json)).toThrow('The text is not valid JSON.'),
  )
})

describe('half of a surrogate pair', () => {
  it.each([
    ['a text', '"\\ud800"', undefined, "Invalid 'body': it holds half"],
    ['a second half alone', '{"a":"x\\uDFFFy"}', 'a', "Invalid 'a': it holds half"],
    ['halves in the wrong order', '{"a":"\\udc00\\ud800"}', 'a', "Invalid 'a': it holds half"],
    ['a half before a whole', '{"a":"\\ud83d\\ud83c\\udfd9"}', 'a', "Invalid 'a': it holds half"],
    ['a value deep inside', '{"a":[1,{"b":["\\udbff"]}]}', 'a[1].b[0]', "Invalid 'a[1].b[0]': it holds half"],
    ['a name', '{"a":{"\\ud800":1}}', 'a', "Invalid 'a': a name in it holds half"],
    ['a name at the top', '{"\\ud800":1}', undefined, "Invalid 'body': a name in it holds half"],
  ])('is refused by name: %s', (_name, json, param, message) => {
    expect(() => read(json)).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        param,
        message: expect.stringContaining(`${message} of a surrogate pair`),
        issues: undefined,
      }),
    )
  })

  it.each([
    ['a pair', '"\\ud83c\\udfd9"', '🏙'],
    ['a pair as it is', '"🏙"', '🏙'],
    ['the words of an escape', '"\\\\ud800"', '\\ud800'],
    ['another escape', '"\\u00e9\\ud7ff"', 'é\ud7ff'],
  ])('is not what %s is', (_name, json, value) => expect(read(json)).toBe(value))
})

describe('the name that is not an object’s own', () => {
  it.each([
    ['at the top', '{"__proto__":{"admin":true}}', '__proto__'],
    ['deep inside', '{"a":[1,{"__proto__":null}]}', 'a[1].__proto__'],
    ['with a letter escaped', '{"\\u005f_proto__":1}', '__proto__'],
    ['with another letter escaped', '{"__pro\\u0074o__":1}', '__proto__'],
    [
      'with all of them escaped',
      '{"\\u005F\\u005f\\u0070\\u0072\\u006F\\u0074\\u006f\\u005f\\u005f":1}',
      '__proto__',
    ],
  ])('is refused by name: %s', (_name, json, param) => {
    expect(() => read(json)).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        param,
        message: `Invalid '${param}': no field can have this name.`,
      }),
    )
  })

  it.each(['["__proto__"]', '{"a":"__proto__"}', '{"proto":1}', '{"constructor":{"prototype":1}}'])(
    'is not in %s',
    (json) => expect(read(json)).toEqual(JSON.parse(json)),
  )
})

describe('whole numbers of a JSON text', () => {
  it('are known to the last digit where one of its own is rounded', () => {
    const json = String.raw`{"a": {"b": 9007199254740993}, "\u0063" : -9007199254740993 ,"d,:{": 5, "e": [1, 9007199254740995],
      "f": "x\"}: 9007199254740997,", "g":9223372036854775807}`
    expect([...readJson(json, 'The text').exact]).toEqual([
      ['c', -9007199254740993n],
      ['d,:{', 5n],
      ['g', 9223372036854775807n],
    ])
  })

  it('are the last of those that have one name', () => {
    expect(readJson('{"a": 9007199254740993, "a": 9007199254740995}', 'The text').exact.get('a')).toBe(
      9007199254740995n,
    )
    expect(
      readJson('{"a": 9007199254740993, "a": 1.5, "b": 9007199254740993}', 'The text').exact.has('a'),
    ).toBe(false)
  })

  it.each([
    '{"a": 9007199254740991}',
    '{"a": {"b": 9007199254740993}}',
    '[9007199254740993]',
    '9007199254740993',
    '{}',
  ])('are not looked for where none is: %s', (json) => {
    expect(readJson(json, 'The text').exact.size).toBe(0)
  })
})
