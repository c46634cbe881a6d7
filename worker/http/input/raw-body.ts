import type { Context } from 'hono'
import { AppError } from '../../../shared/errors.ts'
import { MIB } from '../../../shared/units.ts'

/** The most that one request may bring of a file, in bytes: larger bodies do not reach a Worker. */
export const MAX_BODY_BYTES = 95 * MIB

export interface RawOptions {
  maxBytes: number
  /** Goes on behind "larger than 95 MB": the other way in. */
  instead?: string
}

const LONGEST_TYPE = 255
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;[\x20-\x7e]*)?$/

/** The media type of a body as its sender names it; undefined where it names none. Throws `invalid_request`. */
export function typeOf(c: Context): string | undefined {
  const type = c.req.header('content-type')?.trim()
  if (type === undefined || type === '') return undefined
  if (type.length <= LONGEST_TYPE && MEDIA_TYPE.test(type)) return type
  const message = `Invalid 'Content-Type': expected a media type of at most ${LONGEST_TYPE} characters.`
  throw new AppError('invalid_request', message, { param: 'Content-Type' })
}

/** The length that a body's sender promises; undefined where it promises none. */
export function lengthOf(c: Context): number | undefined {
  const length = Number(c.req.header('content-length') ?? Number.NaN)
  return Number.isSafeInteger(length) && length >= 0 ? length : undefined
}

/**
 * The body of a request as it comes, without holding it. Throws `too_large` before anything is read where the length says so, and
 * else behind the last byte that is allowed; `invalid_request` when the body ends before its length.
 */
export function rawBody(c: Context, { maxBytes, instead = '' }: RawOptions): AsyncIterable<Uint8Array> {
  const tooLarge = () => new AppError('too_large', `The body is larger than ${maxBytes / MIB} MB${instead}.`)
  // RFC 9110 §14.5: a piece that is taken for the whole would destroy it.
  if (c.req.header('content-range') !== undefined) {
    const message = 'A piece of a file cannot be written: send all of it, without a Content-Range.'
    throw new AppError('invalid_request', message, { param: 'Content-Range' })
  }
  const promised = lengthOf(c) ?? 0
  if (promised > maxBytes) throw tooLarge()
  const { body } = c.req.raw
  const broken = (cause?: unknown) =>
    new AppError('invalid_request', 'The body ends before its length.', { cause })
  return {
    async *[Symbol.asyncIterator]() {
      let length = 0
      const chunks = body?.[Symbol.asyncIterator]()
      try {
        while (chunks) {
          const { done, value } = await chunks.next().catch((thrown: unknown) => {
            throw broken(thrown)
          })
          if (done) break
          length += value.byteLength
          if (length > maxBytes) throw tooLarge()
          yield value
        }
      } finally {
        void chunks?.return?.().catch(() => {})
      }
      if (length < promised) throw broken()
    },
  }
}
