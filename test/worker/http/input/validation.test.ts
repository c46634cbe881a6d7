import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { invalidInput } from '../../../../worker/http/input/validation.ts'

const Body = z.object({
  name: z.string().min(2).max(4),
  email: z.email().optional(),
  kind: z.enum(['lora', 'qlora']).optional(),
  count: z.int().min(1).max(10).optional(),
  share: z.number().gt(0).lt(1).optional(),
  tags: z.array(z.string()).min(1).max(2).optional(),
  flag: z.boolean().optional(),
  inner: z.strictObject({ list: z.array(z.object({ deep: z.string() })) }).optional(),
})

/** The refusal of a body. */
function refusalOf(body: unknown) {
  const result = Body.safeParse(body)
  if (result.success) throw new Error('The body was taken.')
  return invalidInput('json', result.error.issues, body)
}

describe('invalidInput', () => {
  it.each<[name: string, body: unknown, path: (string | number)[], message: string, type: string]>([
    ['a missing field', {}, ['name'], 'field required', 'value_error.missing'],
    ['null', { name: null }, ['name'], 'str type expected', 'type_error.str'],
    [
      'text that is short',
      { name: 'a' },
      ['name'],
      'ensure this value has at least 2 characters',
      'value_error.any_str.min_length',
    ],
    [
      'text that is long',
      { name: 'abcde' },
      ['name'],
      'ensure this value has at most 4 characters',
      'value_error.any_str.max_length',
    ],
    [
      'no address',
      { name: 'ab', email: 'x' },
      ['email'],
      'value is not a valid email address',
      'value_error.email',
    ],
    [
      'an unknown word',
      { name: 'ab', kind: 'full' },
      ['kind'],
      "value is not a valid enumeration member; permitted: 'lora', 'qlora'",
      'type_error.enum',
    ],
    [
      'half a number',
      { name: 'ab', count: 1.5 },
      ['count'],
      'value is not a valid integer',
      'type_error.integer',
    ],
    [
      'text for a number',
      { name: 'ab', share: 'x' },
      ['share'],
      'value is not a valid number',
      'type_error.number',
    ],
    [
      'a number below',
      { name: 'ab', count: 0 },
      ['count'],
      'ensure this value is greater than or equal to 1',
      'value_error.number.not_ge',
    ],
    [
      'a number above',
      { name: 'ab', count: 11 },
      ['count'],
      'ensure this value is less than or equal to 10',
      'value_error.number.not_le',
    ],
    [
      'a number on an open edge',
      { name: 'ab', share: 0 },
      ['share'],
      'ensure this value is greater than 0',
      'value_error.number.not_gt',
    ],
    [
      'a number on the other',
      { name: 'ab', share: 1 },
      ['share'],
      'ensure this value is less than 1',
      'value_error.number.not_lt',
    ],
    [
      'an empty list',
      { name: 'ab', tags: [] },
      ['tags'],
      'ensure this value has at least 1 items',
      'value_error.list.min_items',
    ],
    [
      'a long list',
      { name: 'ab', tags: ['a', 'b', 'c'] },
      ['tags'],
      'ensure this value has at most 2 items',
      'value_error.list.max_items',
    ],
    ['no list', { name: 'ab', tags: 'a' }, ['tags'], 'value is not a valid list', 'type_error.list'],
    [
      'no flag',
      { name: 'ab', flag: 'yes' },
      ['flag'],
      'value could not be parsed to a boolean',
      'type_error.bool',
    ],
    ['no object', { name: 'ab', inner: 7 }, ['inner'], 'value is not a valid dict', 'type_error.dict'],
    [
      'a field too many',
      { name: 'ab', inner: { list: [], more: 1 } },
      ['inner', 'more'],
      'extra fields not permitted',
      'value_error.extra',
    ],
    [
      'a field deep inside',
      { name: 'ab', inner: { list: [{}] } },
      ['inner', 'list', 0, 'deep'],
      'field required',
      'value_error.missing',
    ],
    ['no body at all', 7, [], 'value is not a valid dict', 'type_error.dict'],
  ])('says of %s where it is and what it is', (_name, body, path, message, type) => {
    expect(refusalOf(body).issues).toEqual([{ path: ['body', ...path], message, type }])
  })

  it('lists every mistake and speaks of the first', () => {
    const refusal = refusalOf({ count: 0, inner: { list: [{}] } })
    expect(refusal.issues?.map(({ path }) => path.join('.'))).toEqual([
      'body.name',
      'body.count',
      'body.inner.list.0.deep',
    ])
    expect(refusal.param).toBe('name')
    expect(refusal.message).toBe("Missing required parameter: 'name'.")
    expect(refusalOf({ name: 'a' }).message).toMatch(/^Invalid 'name': .+[^.]\.$/)
  })

  it('names a field that is missing deep inside, and no field where it is the whole that is wrong', () => {
    const deep = refusalOf({ name: 'ab', inner: { list: [{ deep: 'x' }, {}] } })
    expect(deep).toMatchObject({
      param: 'inner.list[1].deep',
      message: "Missing required parameter: 'inner.list[1].deep'.",
    })
    for (const body of [null, [], 7]) {
      const refusal = refusalOf(body)
      expect(refusal.param).toBeUndefined()
      expect(refusal.message).toMatch(/^Invalid type for 'body': expected an object, but got .+ instead\.$/)
    }
  })

  it.each([
    ['json', 'body'],
    ['form', 'body'],
    ['query', 'query'],
    ['param', 'path'],
    ['header', 'header'],
  ])('calls what is in the %s part %s', (target, part) => {
    const { error } = z.object({ x: z.string() }).safeParse({})
    expect(invalidInput(target, error?.issues ?? [], {}).issues?.[0]?.path).toEqual([part, 'x'])
  })
})
