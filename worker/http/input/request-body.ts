import type { Context, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { AppError } from '../../../shared/errors.ts'
import { MIB } from '../../../shared/units.ts'
import { operationOf } from '../operation.ts'

/** Largest JSON body, in bytes, and how deep it may nest. */
export const MAX_JSON_BYTES = 4 * MIB
export const MAX_JSON_DEPTH = 64

const METHODS_WITH_BODY = new Set(['POST', 'PUT', 'PATCH'])
/** As Hono's own validator takes it: what passed here and not there would be our mistake instead of the caller's. */
const JSON_TYPE = /^application\/(?:[a-z.-]+\+)?json(?:;\s*[a-zA-Z0-9-]+=[^;]+)*$/i

/** Depth of a JSON text without parsing it: a parser would already have walked what we mean to refuse. */
export function depthOf(json: string): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let index = 0; index < json.length; index += 1) {
    const character = json.charCodeAt(index)
    if (inString) {
      if (character === 0x5c) index += 1
      else if (character === 0x22) inString = false
    } else if (character === 0x22) inString = true
    else if (character === 0x5b || character === 0x7b) deepest = Math.max(deepest, ++depth)
    else if (character === 0x5d || character === 0x7d) depth -= 1
  }
  return deepest
}

const limit = bodyLimit({
  maxSize: MAX_JSON_BYTES,
  onError: () => {
    throw new AppError('too_large', `The request body is larger than ${MAX_JSON_BYTES / MIB} MB.`)
  },
})

/** The form of a body that is not JSON. A `multipart` body is read by its route, as it comes, with the route's own limit. */
export type BodyKind = 'form' | 'multipart'

const MULTIPART_TYPE = /^multipart\/form-data\s*;.*\bboundary=/i
const FORM_TYPE = /^application\/x-www-form-urlencoded(?:;|$)/i

/** Some clients name no type for nothing, and a body of no bytes is a body to some servers. */
const isNothing = async (c: Context): Promise<boolean> =>
  c.req.header('content-type') === undefined && (await c.req.text()) === ''

/** Throws `invalid_request`: RFC 8259 §8.1 asks for UTF-8, and text that is repaired is not what its sender meant. */
function utf8Of(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch (cause) {
    throw new AppError('invalid_request', 'The request body is not valid UTF-8.', { cause })
  }
}

async function checkJson(c: Context): Promise<void> {
  if (await isNothing(c)) return
  if (!JSON_TYPE.test(c.req.header('content-type') ?? '')) {
    throw new AppError(
      'unsupported_media_type',
      'The request body must be JSON: send Content-Type: application/json.',
    )
  }
  const text = utf8Of(await c.req.arrayBuffer())
  if (depthOf(text) > MAX_JSON_DEPTH) {
    throw new AppError('invalid_request', `The request body nests deeper than ${MAX_JSON_DEPTH} levels.`)
  }
  try {
    JSON.parse(text)
  } catch {
    throw new AppError('invalid_request', 'The request body is not valid JSON.')
  }
}

function checkForm(c: Context): void {
  if (!FORM_TYPE.test(c.req.header('content-type') ?? '')) {
    throw new AppError(
      'unsupported_media_type',
      'The request body must be a form: send Content-Type: application/x-www-form-urlencoded.',
    )
  }
}

function checkMultipart(c: Context): void {
  if (!MULTIPART_TYPE.test(c.req.header('content-type') ?? '')) {
    throw new AppError(
      'unsupported_media_type',
      'The request body must be a form with a file: send Content-Type: multipart/form-data with its boundary.',
    )
  }
}

/**
 * Lets a request with a body through only when it is JSON within our limits, or the form that its operation (`METHOD /path`)
 * is listed with; the route's schema sees it after that. No body at all is its schema's to judge.
 */
export function requestBody(kinds: Readonly<Record<string, BodyKind>>): MiddlewareHandler {
  return (c, next) => {
    const operation = operationOf(c)
    // What does not exist is answered as such, whatever its body is.
    if (operation === undefined || !METHODS_WITH_BODY.has(c.req.method) || c.req.raw.body === null)
      return next()
    const kind = kinds[operation]
    if (kind === 'multipart') {
      checkMultipart(c)
      return next()
    }
    return limit(c, async () => {
      if (kind === 'form') checkForm(c)
      else await checkJson(c)
      await next()
    })
  }
}
