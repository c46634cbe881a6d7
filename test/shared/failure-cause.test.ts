import { describe, expect, it } from 'vitest'
import { causeOf, traceOf } from '../../shared/failure-cause.ts'

/** As drizzle throws it: the parameters are in the message. */
const failedQuery = (cause?: Error) =>
  new Error('Failed query: insert into "accounts" values (?)\nparams: ada@example.com', { cause })

describe('causeOf', () => {
  it.each([
    ['an error', new Error('no'), 'no'],
    ['text', 'no', 'no'],
    ['nothing', undefined, 'undefined'],
    [
      'a failed query by the database’s own words',
      failedQuery(new Error('D1_ERROR: no such table')),
      'D1_ERROR: no such table',
    ],
    ['a failed query in another', failedQuery(failedQuery(new Error('busy'))), 'busy'],
    ['a failed query without a cause', failedQuery(), 'a query failed'],
  ])('tells %s', (_name, thrown, expected) => {
    expect(causeOf(thrown)).toBe(expected)
  })
})

describe('traceOf', () => {
  it('tells where an error was thrown', () => {
    expect(traceOf(new Error('no'))).toMatch(/^Error: no\n.*failure-cause\.test/s)
  })

  it('holds no parameter of a query', () => {
    expect(traceOf(failedQuery(new Error('busy')))).toMatch(/^Error: busy/)
    expect(traceOf(failedQuery())).toBe('a query failed')
  })

  it('is text for what is no error', () => expect(traceOf(7)).toBe('7'))
})
