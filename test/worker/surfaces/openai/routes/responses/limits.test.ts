import { describe, expect, it } from 'vitest'
import { GivenItem, MAX_PARTS } from '../../../../../../worker/surfaces/openai/schemas/responses/items.ts'
import {
  MAX_HOSTED_CALLS,
  MAX_INPUT_ITEMS,
  ResponseFields,
} from '../../../../../../worker/surfaces/openai/schemas/responses/request.ts'
import {
  ItemPageQuery,
  MAX_ITEM_PAGE,
} from '../../../../../../worker/surfaces/openai/schemas/responses/response.ts'

const item = { role: 'user', content: 'Hi' }
const takes = (over: object) => ResponseFields.safeParse({ model: 'm', input: 'Hi', ...over }).success

describe('a request for a response', () => {
  it(`brings at most ${MAX_INPUT_ITEMS} items`, () => {
    const input = (count: number) => ({ input: Array.from({ length: count }, () => item) })
    expect([takes(input(MAX_INPUT_ITEMS)), takes(input(MAX_INPUT_ITEMS + 1)), takes({ input: [] })]).toEqual([
      ...[true, false, false],
    ])
  })

  it(`asks for at most ${MAX_HOSTED_CALLS} calls of hosted tools, and for one at least`, () => {
    const calls = [1, MAX_HOSTED_CALLS, 0, MAX_HOSTED_CALLS + 1]
    expect(calls.map((max_tool_calls) => takes({ max_tool_calls }))).toEqual([true, true, false, false])
  })

  it(`has messages of at most ${MAX_PARTS} parts`, () => {
    const message = (count: number) => ({
      role: 'user',
      content: Array.from({ length: count }, () => ({ type: 'input_text', text: 'a' })),
    })
    expect([MAX_PARTS, MAX_PARTS + 1].map((count) => GivenItem.safeParse(message(count)).success)).toEqual([
      ...[true, false],
    ])
  })
})

it(`a page of items has at most ${MAX_ITEM_PAGE}`, () => {
  const limits = [MAX_ITEM_PAGE, MAX_ITEM_PAGE + 1, 0]
  expect(limits.map((limit) => ItemPageQuery.safeParse({ limit: `${limit}` }).success)).toEqual([
    true,
    false,
    false,
  ])
})
