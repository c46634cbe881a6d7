import { describe, expect, it } from 'vitest'
import { bodyOf, Failure, failureOf, wordsOf } from '../../../../worker/console/session/failure.ts'

const html = (status: number) => new Response('<h1>Nope</h1>', { status })

describe('a refusal', () => {
  it.each([
    ['OpenAI’s form', { error: { message: 'Too often.', param: 'model', code: 'slow' } }, 'Too often.'],
    ['one sentence', { detail: 'No such row.' }, 'No such row.'],
    ['several mistakes', { detail: [{ loc: ['body', 'name'], msg: 'is missing' }] }, 'name: is missing'],
    [
      'a place in a file',
      { detail: 'Not kept', reason: { line: 3, cause: 'no JSON' } },
      'Not kept: line 3: no JSON',
    ],
  ])('is told in the edge’s own words: %s', async (_name, body, words) => {
    expect(wordsOf(await failureOf(Response.json(body, { status: 422 })))).toBe(words)
  })

  it.each([
    [429, 'You ask more often than you may.'],
    [503, 'The edge is busy, or being worked on.'],
    [418, 'The edge answered 418.'],
  ])('without words of ours is told by its status, %i', async (status, words) => {
    expect(wordsOf(await failureOf(html(status)))).toBe(words)
  })

  it('whose body was cut off is told by its status', async () => {
    expect(wordsOf(await failureOf(new Response('{"error": {"mess', { status: 503 })))).toContain('busy')
  })

  it.each([
    ['seconds', '7', 7],
    ['a date', 'Mon, 30 Nov 2026 00:00:09 GMT', 9],
    ['a date that is over', 'Sun, 29 Nov 2026 00:00:00 GMT', undefined],
    ['a negative number', '-5', undefined],
    ['no number', 'soon', undefined],
    ['nothing', '', undefined],
  ])('says when to ask again, where it knows: %s', async (_name, value, seconds) => {
    const refused = new Response('', { status: 429, headers: { 'retry-after': value } })
    const { retryAfter } = await failureOf(refused, Date.UTC(2026, 10, 30))
    expect(retryAfter).toBe(seconds)
  })
})

describe('an answer that is not whole', () => {
  it('is said to be cut off, and not in the words of the parser', async () => {
    const words = 'The answer was cut off.'
    const cut = await bodyOf(new Response('{"data": [{"id"')).catch((thrown: unknown) => thrown)
    expect(cut).toBeInstanceOf(Failure)
    expect(wordsOf(cut)).toBe(words)
    expect(wordsOf(new SyntaxError('Unexpected end of JSON input'))).toBe(words)
  })

  it('that never came is said to be of an edge that cannot be reached', () => {
    expect(wordsOf(new TypeError('Failed to fetch'))).toBe('The edge cannot be reached.')
  })
})
