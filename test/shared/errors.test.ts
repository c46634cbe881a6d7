import { describe, expect, it } from 'vitest'
import { AppError, ERROR_CODES, toAppError } from '../../shared/errors.ts'

/** An `AppError` as it is behind a Durable Object call: its fields, not its class. */
function crossed(error: AppError): Error {
  const { name, code, param, retryAfterSeconds } = error
  return Object.assign(new Error(error.message), { name, code, param, retryAfterSeconds, remote: true })
}

describe('AppError', () => {
  it('carries a code, a sentence, and what the caller may need', () => {
    const error = new AppError('too_large', 'Too large.', {
      param: 'file',
      retryAfterSeconds: 3,
      cause: 'why',
    })
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({
      name: 'AppError',
      code: 'too_large',
      message: 'Too large.',
      param: 'file',
      retryAfterSeconds: 3,
      cause: 'why',
    })
  })
})

describe('toAppError', () => {
  it('leaves one of ours as it is', () => {
    const error = new AppError('conflict', 'No.')
    expect(toAppError(error)).toBe(error)
  })

  it.each(ERROR_CODES)('recognises %s by its shape after it has crossed a process', (code) => {
    const error = new AppError(code, 'A sentence.', { param: 'x', retryAfterSeconds: 2 })
    const found = toAppError(crossed(error))
    expect(found).toBeInstanceOf(AppError)
    expect(found).toMatchObject({ code, message: 'A sentence.', param: 'x', retryAfterSeconds: 2 })
  })

  it.each<[name: string, thrown: unknown]>([
    ['an error of the platform', new TypeError('x is not a function at /srv/worker.js')],
    ['an error that only has our name', Object.assign(new Error('secret'), { name: 'AppError' })],
    [
      'one with a code that we do not have',
      Object.assign(new Error('secret'), { name: 'AppError', code: 'ENOENT' }),
    ],
    ['one with our code and another name', Object.assign(new Error('secret'), { code: 'conflict' })],
    ['an object that looks like one', { name: 'AppError', code: 'conflict', message: 'secret' }],
    ['text', 'secret'],
    ['nothing', undefined],
    ['null', null],
  ])('makes %s internal, hides its words and keeps it as the cause', (_name, thrown) => {
    const error = toAppError(thrown)
    expect(error.code).toBe('internal')
    expect(error.message).toBe('Something went wrong on our side.')
    expect(error.cause).toBe(thrown)
  })
})
