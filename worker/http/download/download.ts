import type { Context } from 'hono'
import { AppError } from '../../../shared/errors.ts'
import type { ByteRange } from '../../services/files/object-bytes.ts'
import { openLifeline, readerOf } from '../lifeline.ts'
import type { SurfaceEnv } from '../surface-env.ts'
import { contentRange, rangeOf } from './byte-range.ts'
import { includesTag, tagsOf } from './entity-tags.ts'

/** A file as a download says what it is. */
export interface Download {
  /** Another one for other bytes: it makes a strong ETag. */
  tag: string
  modifiedAt: number
  sizeBytes: number
  contentType: string
  /** Under which it is kept by who downloads it. */
  name: string
}

/** The answer to a request for a file, before its bytes are asked for. */
export interface DownloadPlan {
  status: 200 | 206 | 304
  /** The piece that is sent; all of it where there is none. */
  range?: ByteRange
  withoutBody: boolean
}

/** As `ETag` spells it. */
export const etagOf = (tag: string): string => `"${tag}"`

/** Dates have seconds. One that cannot be read is passed over (RFC 9110 §13.1.3). */
const secondsOf = (date: string | undefined): number | undefined => {
  const ms = Date.parse(date ?? '')
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1_000)
}

/** RFC 9110 §13.2.2: whether the file is to be sent. Throws `precondition_failed`. */
function isWanted(c: Context, { tag, modifiedAt }: Download): boolean {
  const modified = Math.floor(modifiedAt / 1_000)
  const ifMatch = tagsOf('If-Match', c.req.header('if-match'), { weak: false })
  const unmodifiedSince = secondsOf(c.req.header('if-unmodified-since'))
  const isExpected =
    ifMatch === undefined
      ? unmodifiedSince === undefined || modified <= unmodifiedSince
      : includesTag(ifMatch, tag)
  if (!isExpected)
    throw new AppError('precondition_failed', 'The file is not the one that the request asks for.')
  const ifNoneMatch = tagsOf('If-None-Match', c.req.header('if-none-match'), { weak: true })
  if (ifNoneMatch !== undefined) return !includesTag(ifNoneMatch, tag)
  const modifiedSince = secondsOf(c.req.header('if-modified-since'))
  return modifiedSince === undefined || modified > modifiedSince
}

/** RFC 9110 §13.1.5. A date never holds: within its second a file may have changed. */
function mayBePiece(c: Context, { tag }: Download): boolean {
  const ifRange = c.req.header('if-range')
  return ifRange === undefined || ifRange.trim() === etagOf(tag)
}

/** Throws `precondition_failed`, and `range_not_satisfiable` with the header that it needs. */
export function planDownload(c: Context, download: Download): DownloadPlan {
  const isHead = c.req.method === 'HEAD'
  if (!isWanted(c, download)) return { status: 304, withoutBody: true }
  const asked = isHead || !mayBePiece(c, download) ? undefined : c.req.header('range')
  const range = rangeOf(asked, download.sizeBytes)
  if (range === null) {
    c.header('content-range', `bytes */${download.sizeBytes}`)
    throw new AppError(
      'range_not_satisfiable',
      `The file has ${download.sizeBytes} bytes: none of the range.`,
    )
  }
  return range ? { status: 206, range, withoutBody: false } : { status: 200, withoutBody: isHead }
}

/** RFC 8187 §3.2.1: what no name of a parameter may hold is escaped. */
const escaped = (name: string): string =>
  encodeURIComponent(name).replaceAll(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)

/** The header by which a browser keeps what is sent under a name, and shows none of it. */
export const attachment = (name: string): string => `attachment; filename*=UTF-8''${escaped(name)}`

/** The bytes for as long as their reader may have them, with their length. */
function whileAllowed(c: Context<SurfaceEnv>, body: ReadableStream, length: number): ReadableStream {
  const lifeline = openLifeline(readerOf(c))
  const { readable, writable } = new FixedLengthStream(length)
  body
    .pipeTo(writable, { signal: lifeline.signal })
    .catch(() => {}) // whoever reads it is told
    .finally(() => lifeline.end())
  return readable
}

/** The answer that was planned. A browser keeps the file and shows none of it. */
export function sendDownload(
  c: Context<SurfaceEnv>,
  download: Download,
  { status, range }: DownloadPlan,
  body: ReadableStream | undefined,
): Response {
  c.header('etag', etagOf(download.tag))
  c.header('last-modified', new Date(download.modifiedAt).toUTCString())
  c.header('accept-ranges', 'bytes')
  if (status === 304) return c.body(null, 304)
  const length = range?.length ?? download.sizeBytes
  c.header('content-type', download.contentType)
  c.header('content-disposition', attachment(download.name))
  c.header('content-length', String(length))
  if (range) c.header('content-range', contentRange(range, download.sizeBytes))
  return body ? c.body(whileAllowed(c, body, length), status) : c.body(null, status)
}
