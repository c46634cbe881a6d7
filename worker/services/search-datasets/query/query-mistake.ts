import { AppError } from '../../../../shared/errors.ts'

/** A query that cannot be read: where, counted from 1 in characters, and what was expected there. */
export class QueryMistake extends AppError {
  readonly position: number
  readonly expected: string

  constructor(position: number, expected: string) {
    super('invalid_request', `Invalid search_query at position ${position}: expected ${expected}.`, {
      param: 'search_query',
    })
    this.position = position
    this.expected = expected
  }
}
