import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { asPath, sayMistake, valueAt } from '../../../../worker/http/input/sentence.ts'

const Body = z.strictObject({
  text: z.string().min(2).max(4).optional(),
  whole: z.int().min(1).max(10).optional(),
  digits: z.coerce.number().max(10).optional(),
  share: z.number().gt(0).lt(1).optional(),
  flag: z.boolean().optional(),
  list: z.array(z.string()).min(1).max(2).optional(),
  record: z.record(z.string().regex(/^\d+$/, { error: 'expected token ids' }), z.number()).optional(),
  kind: z.enum(['float', 'base64', 'raw']).optional(),
  one: z.literal('function').optional(),
  nothing: z.null().optional(),
  word: z
    .string()
    .regex(/^[a-z]+$/)
    .optional(),
  either: z.union([z.string(), z.array(z.string()).max(2)]).optional(),
  ours: z.string({ error: 'expected a sentence of ours' }).optional(),
  inner: z.strictObject({ needed: z.enum(['a', 'b']), also: z.union([z.string(), z.int()]) }).optional(),
})

function said(schema: z.ZodType, input: unknown) {
  const issue = schema.safeParse(input).error?.issues[0]
  if (!issue) throw new Error('The input was taken.')
  const path = asPath(issue.path)
  return sayMistake({ issue, path, value: valueAt(input, path) })
}

describe('the sentence for a mistake in the input', () => {
  it.each<[body: unknown, param: string | undefined, sentence: string]>([
    [{ text: 7 }, 'text', "Invalid type for 'text': expected a string, but got an integer instead."],
    [{ text: 7.5 }, 'text', "Invalid type for 'text': expected a string, but got a decimal number instead."],
    [{ text: null }, 'text', "Invalid type for 'text': expected a string, but got null instead."],
    [{ text: [] }, 'text', "Invalid type for 'text': expected a string, but got an array instead."],
    [{ text: {} }, 'text', "Invalid type for 'text': expected a string, but got an object instead."],
    [{ text: true }, 'text', "Invalid type for 'text': expected a string, but got a boolean instead."],
    [
      { whole: 1.5 },
      'whole',
      "Invalid type for 'whole': expected an integer, but got a decimal number instead.",
    ],
    [{ whole: 'x' }, 'whole', "Invalid type for 'whole': expected a number, but got the string 'x' instead."],
    [{ share: [] }, 'share', "Invalid type for 'share': expected a number, but got an array instead."],
    [{ share: Number.POSITIVE_INFINITY }, 'share', "Invalid 'share': the number is too large."],
    [{ flag: 1 }, 'flag', "Invalid type for 'flag': expected a boolean, but got an integer instead."],
    [{ list: {} }, 'list', "Invalid type for 'list': expected an array, but got an object instead."],
    [
      { list: ['a', 7] },
      'list[1]',
      "Invalid type for 'list[1]': expected a string, but got an integer instead.",
    ],
    [{ record: 'x' }, 'record', "Invalid type for 'record': expected an object, but got a string instead."],
    [{ record: { x: 1 } }, 'record.x', "Invalid 'record.x': expected token ids."],
    [
      { record: { 5: 'x' } },
      'record.5',
      "Invalid type for 'record.5': expected a number, but got the string 'x' instead.",
    ],
    [{ nothing: 1 }, 'nothing', "Invalid type for 'nothing': expected null, but got an integer instead."],
    [
      { text: '' },
      'text',
      "Invalid 'text': empty string. Expected a string with minimum length 2, but got an empty string instead.",
    ],
    [
      { text: 'a' },
      'text',
      "Invalid 'text': string too short. Expected a string with minimum length 2, but got a string with length 1 instead.",
    ],
    [
      { text: 'abcde' },
      'text',
      "Invalid 'text': string too long. Expected a string with maximum length 4, but got a string with length 5 instead.",
    ],
    [
      { list: [] },
      'list',
      "Invalid 'list': empty array. Expected an array with minimum length 1, but got an empty array instead.",
    ],
    [
      { list: ['a', 'b', 'c'] },
      'list',
      "Invalid 'list': array too long. Expected an array with maximum length 2, but got an array with length 3 instead.",
    ],
    [
      { whole: 0 },
      'whole',
      "Invalid 'whole': number below minimum value. Expected a value >= 1, but got 0 instead.",
    ],
    [
      { whole: 11 },
      'whole',
      "Invalid 'whole': number above maximum value. Expected a value <= 10, but got 11 instead.",
    ],
    [
      { share: 0 },
      'share',
      "Invalid 'share': number below minimum value. Expected a value > 0, but got 0 instead.",
    ],
    [
      { share: 1 },
      'share',
      "Invalid 'share': number above maximum value. Expected a value < 1, but got 1 instead.",
    ],
    [
      { kind: 'x' },
      'kind',
      "Invalid value for 'kind': 'x'. Supported values are: 'float', 'base64', and 'raw'.",
    ],
    [
      { kind: 7 },
      'kind',
      "Invalid type for 'kind': expected one of 'float', 'base64', or 'raw', but got an integer instead.",
    ],
    [
      { kind: 'x'.repeat(65) },
      'kind',
      `Invalid value for 'kind': '${'x'.repeat(64)}…'. Supported values are: 'float', 'base64', and 'raw'.`,
    ],
    [{ one: 'x' }, 'one', "Invalid value for 'one': 'x'. Expected 'function'."],
    [{ one: null }, 'one', "Invalid type for 'one': expected 'function', but got null instead."],
    [
      { word: 'A' },
      'word',
      "Invalid 'word': string does not match pattern. Expected a string that matches the pattern '/^[a-z]+$/'.",
    ],
    [
      { either: 7 },
      'either',
      "Invalid type for 'either': expected one of a string or an array, but got an integer instead.",
    ],
    [
      { either: [7] },
      'either[0]',
      "Invalid type for 'either[0]': expected a string, but got an integer instead.",
    ],
    [
      { either: ['a', 'b', 'c'] },
      'either',
      "Invalid 'either': array too long. Expected an array with maximum length 2, but got an array with length 3 instead.",
    ],
    [
      { digits: '11' },
      'digits',
      "Invalid 'digits': number above maximum value. Expected a value <= 10, but got 11 instead.",
    ],
    [{ ours: 7 }, 'ours', "Invalid 'ours': expected a sentence of ours."],
    [{ more: 7 }, 'more', "Invalid 'more': it is unknown or not supported."],
    [{ inner: {} }, 'inner.needed', "Missing required parameter: 'inner.needed'."],
    [{ inner: { needed: 'a' } }, 'inner.also', "Missing required parameter: 'inner.also'."],
    [7, undefined, "Invalid type for 'body': expected an object, but got an integer instead."],
    [null, undefined, "Invalid type for 'body': expected an object, but got null instead."],
  ])('of %j', (body, param, sentence) => {
    expect(said(Body, body)).toEqual({ sentence, param })
  })
})
