import type { Context, MiddlewareHandler } from 'hono'
import { AppError } from '../../shared/errors.ts'
import { causeOf } from '../../shared/failure-cause.ts'
import type { Logger } from '../../shared/log.ts'
import type { Claim, Idempotency, KeptAnswer } from '../services/idempotency.ts'
import { UNENFORCED_HEADER } from './chat-completions/unenforced-tools.ts'
import { clientAddressOf } from './client-ip.ts'
import type { BodyKind } from './input/read-body.ts'
import { operationOf } from './operation.ts'
import type { SurfaceEnv } from './surface-env.ts'

/** Longest key. */
export const MAX_KEY_LENGTH = 255

const HEADER = 'Idempotency-Key'
const PRINTABLE = /^[\x20-\x7e]+$/

/** Headers that belong to an answer's content. Those of the request (its id, its limits) are each request's own. */
const KEPT_HEADERS = ['content-type', 'content-location', 'etag', 'link', 'location', UNENFORCED_HEADER]

/** Says that an answer is the one of an earlier request. */
export const REPLAYED_HEADER = 'idempotent-replayed'

export interface IdempotentOptions {
  idempotency: Idempotency
  /** The surface's name: each has its own keys. */
  surface: string
  /** Operations (`METHOD /path`) that anyone may call. */
  publicRoutes: readonly string[]
  /** Operations whose body is not JSON. */
  bodies?: Readonly<Record<string, BodyKind>> | undefined
  log: Logger
}

/** Whose key it is. An API key that may do less than its account has its own, and so has an address without an account. */
function callerOf(c: Context<SurfaceEnv>): string {
  const account = c.get('account')
  if (!account) return `anonymous:${clientAddressOf(c)}`
  return account.key ? `${account.id}:${account.key.id}` : account.id
}

const toHex = (digest: ArrayBuffer): string =>
  Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')

/** SHA-256 of the query and the body, which has been read by now. */
async function fingerprint(c: Context): Promise<string> {
  const query = new TextEncoder().encode(`${new URL(c.req.url).search}\n`)
  const body = new Uint8Array(await c.req.arrayBuffer())
  const asked = new Uint8Array(query.length + body.length)
  asked.set(query)
  asked.set(body, query.length)
  return toHex(await crypto.subtle.digest('SHA-256', asked))
}

function replay({ status, headers, body }: KeptAnswer): Response {
  const hasBody = body.length > 0
  return new Response(hasBody ? body : null, { status, headers: { ...headers, [REPLAYED_HEADER]: 'true' } })
}

/** Whether an answer is whole when its headers go out: reading one that is still being written would hold it back. */
const isStream = (response: Response): boolean =>
  response.body !== null &&
  !/^(application\/([a-z.-]+\+)?json|text\/(?!event-stream))/.test(response.headers.get('content-type') ?? '')

async function settle(claim: Claim, response: Response): Promise<void> {
  if (response.status >= 400 || isStream(response)) return claim.free()
  const headers: Record<string, string> = {}
  for (const name of KEPT_HEADERS) {
    const value = response.headers.get(name)
    if (value !== null) headers[name] = value
  }
  const body = new Uint8Array(await response.clone().arrayBuffer())
  await claim.keep({ status: response.status, headers, body })
}

/** Throws `invalid_request` for a key that is none, and for one that comes with a file. */
function checkKey(key: string, kind: BodyKind | undefined): void {
  if (kind === 'multipart' || kind === 'raw') {
    const message = `An upload takes no ${HEADER}: send it without the header.`
    throw new AppError('invalid_request', message, { param: HEADER })
  }
  if (key.length > MAX_KEY_LENGTH || !PRINTABLE.test(key)) {
    const message = `The header ${HEADER} must be 1 to ${MAX_KEY_LENGTH} printable ASCII characters.`
    throw new AppError('invalid_request', message, { param: HEADER })
  }
}

/**
 * Lets a POST that carries an `Idempotency-Key` run once: sent again with the same body it gets the first answer, marked
 * `idempotent-replayed: true`, for a day. Failures (400 and above), streamed and very large answers are not kept: the same
 * key then runs again. Stands behind authentication and limits: a repeated request is one too.
 *
 * Operations that anyone may call have no use for a key, and pass it over: a login creates nothing, and a name is registered
 * once by itself. Their bodies hold passwords, and whoever sends them is known by an address alone: a kept answer would tell
 * a right password from a wrong one to everybody there, as often as they ask. An upload is refused with a key, and not
 * passed over, since its sender counts on it: to compare a file it would have to be read before its route reads it.
 */
export function idempotent({
  idempotency,
  surface,
  publicRoutes,
  bodies = {},
  log,
}: IdempotentOptions): MiddlewareHandler<SurfaceEnv> {
  const isPublic = new Set(publicRoutes)
  return async (c, next) => {
    const key = c.req.header(HEADER)
    const operation = operationOf(c)
    if (c.req.method !== 'POST' || key === undefined || operation === undefined || isPublic.has(operation))
      return next()
    checkKey(key, Object.hasOwn(bodies, operation) ? bodies[operation] : undefined)
    const begun = await idempotency.begin({
      caller: callerOf(c),
      surface,
      method: 'POST',
      path: c.req.path,
      key,
      bodyHash: await fingerprint(c),
    })
    if ('answer' in begun) return replay(begun.answer)
    const { claim } = begun
    // What was done is done: the caller gets its answer although nobody will get it again.
    const unsettled = (thrown: unknown) =>
      log.error('idempotency.unsettled', { surface, cause: causeOf(thrown) })
    const run = async () => {
      try {
        await next()
      } catch (thrown) {
        await claim.free().catch(unsettled)
        throw thrown
      }
      await settle(claim, c.res).catch(unsettled)
    }
    const running = run()
    // A caller who leaves in the middle is the one who will ask again: the request goes on to its end without them.
    idempotency.later(running.catch(() => {}))
    await running
    return undefined
  }
}
