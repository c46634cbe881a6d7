import type { Context, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { AppError } from '../../../shared/errors.ts'
import { readJson } from '../../../shared/json-text.ts'
import { MIB } from '../../../shared/units.ts'
import { operationOf } from '../operation.ts'
import type { SurfaceEnv } from '../surface-env.ts'
import type { BodyKind, ReadBody } from './read-body.ts'

/** Largest JSON body, in bytes. */
export const MAX_JSON_BYTES = 4 * MIB

/** Largest body of a route that anyone may call, in bytes: nobody pays for what a stranger sends. */
export const MAX_PUBLIC_BYTES = 16 * 1024

/** Fields that a form may have. */
export const MAX_FORM_FIELDS = 100

const METHODS_WITH_BODY = new Set(['POST', 'PUT', 'PATCH'])
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json$/

const limitTo = (maxSize: number, words: string) =>
  bodyLimit({
    maxSize,
    onError: () => {
      throw new AppError('too_large', `The request body is larger than ${words}.`)
    },
  })
const usualLimit = limitTo(MAX_JSON_BYTES, `${MAX_JSON_BYTES / MIB} MB`)
const publicLimit = limitTo(MAX_PUBLIC_BYTES, `${MAX_PUBLIC_BYTES / 1024} KB`)

/** The media type alone: parameters, white space before them, and a semicolon with nothing behind it change nothing. */
const mediaTypeOf = (c: Context): string =>
  (c.req.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''

/** Throws `invalid_request`: RFC 8259 §8.1 asks for UTF-8, and text that is repaired is not what its sender meant. */
function utf8Of(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch (cause) {
    throw new AppError('invalid_request', 'The request body is not valid UTF-8.', { cause })
  }
}

/** Throws `unsupported_media_type`, with the one encoding that is taken (RFC 9110 §15.5.16). */
function checkEncoding(c: Context): void {
  const encoding = c.req.header('content-encoding')?.trim().toLowerCase()
  if (encoding === undefined || encoding === '' || encoding === 'identity') return
  c.header('accept-encoding', 'identity')
  const message = `The request body is encoded with ${encoding.slice(0, 64)}: send it without a Content-Encoding.`
  throw new AppError('unsupported_media_type', message, { param: 'Content-Encoding' })
}

const wrongType = (what: string) =>
  new AppError('unsupported_media_type', `The request body must be ${what}.`)

async function readJsonBody(c: Context): Promise<ReadBody | undefined> {
  const bytes = await c.req.arrayBuffer()
  const type = mediaTypeOf(c)
  // A body of no bytes is a body to some servers, and some clients name a type for it (openai's for Python), others none.
  if (bytes.byteLength === 0 && (type === '' || JSON_TYPE.test(type))) return undefined
  if (!JSON_TYPE.test(type)) throw wrongType('JSON: send Content-Type: application/json')
  const { value, size, exact } = readJson(utf8Of(bytes), 'The request body')
  return { value, size: size.values, exact }
}

/** A part of a form (URL Standard §5.1), but for bytes that are no UTF-8, which the standard would repair. */
function decode(text: string): string {
  const escaped = text.replaceAll('+', ' ').replaceAll(/%(?![\da-f]{2})/gi, '%25')
  try {
    return decodeURIComponent(escaped)
  } catch (cause) {
    throw new AppError('invalid_request', 'The request body is not valid UTF-8.', { cause })
  }
}

/** A form's fields by name; one that is given more than once is a list. */
async function readForm(c: Context): Promise<ReadBody> {
  if (mediaTypeOf(c) !== 'application/x-www-form-urlencoded')
    throw wrongType('a form: send Content-Type: application/x-www-form-urlencoded')
  const pairs = utf8Of(await c.req.arrayBuffer())
    .split('&')
    .filter((pair) => pair !== '')
  if (pairs.length > MAX_FORM_FIELDS)
    throw new AppError('invalid_request', `The form has more than ${MAX_FORM_FIELDS} fields.`)
  const fields = new Map<string, string | string[]>()
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    const [name, value] =
      at < 0 ? [decode(pair), ''] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))]
    const known = fields.get(name)
    fields.set(name, known === undefined ? value : [known, value].flat())
  }
  return { value: Object.fromEntries(fields), size: pairs.length }
}

function checkMultipart(c: Context): void {
  const hasBoundary = /;\s*boundary=/i.test(c.req.header('content-type') ?? '')
  if (mediaTypeOf(c) === 'multipart/form-data' && hasBoundary) return
  throw wrongType('a form with a file: send Content-Type: multipart/form-data with its boundary')
}

interface BodyOptions {
  /** Operations (`METHOD /path`) whose body is not JSON. */
  bodies?: Readonly<Record<string, BodyKind>>
  publicRoutes: readonly string[]
}

/**
 * The one door of bodies: lets a request through only when its body is JSON within our limits, or the form that its
 * operation is listed with, and hands it on as it was read (`c.get('body')`). The route's schema judges it after that, and
 * no body at all.
 */
export function requestBody({ bodies = {}, publicRoutes }: BodyOptions): MiddlewareHandler<SurfaceEnv> {
  const isPublic = new Set(publicRoutes)
  return (c, next) => {
    const operation = operationOf(c)
    // What does not exist is answered as such, whatever its body is.
    if (operation === undefined || !METHODS_WITH_BODY.has(c.req.method) || c.req.raw.body === null)
      return next()
    checkEncoding(c)
    const kind = Object.hasOwn(bodies, operation) ? bodies[operation] : undefined
    if (kind === 'raw') return next()
    if (kind === 'multipart') {
      checkMultipart(c)
      return next()
    }
    const limit = isPublic.has(operation) ? publicLimit : usualLimit
    return limit(c, async () => {
      c.set('body', kind === 'form' ? await readForm(c) : await readJsonBody(c))
      await next()
    })
  }
}
