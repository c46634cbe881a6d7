import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { type IncomingMessage, request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** A part of a file on this machine's disk. */
export interface FilePart {
  path: string
  /** Where it begins. */
  start: number
  bytes: number
  /** Lower-case hex. Absent: nobody has told it, and the length is all that is checked. */
  sha256?: string | undefined
}

/** The outcome of one try. `damaged`: other bytes came than were to. */
export type PartOutcome = 'done' | 'damaged' | { status: number }

/** A connection on which nothing moves for so long is given up. */
export const IDLE_LIMIT_MS = 60_000

/** An answer that was sent before a connection broke is read within this time. */
const LATE_ANSWER_MS = 100

/** Pieces in which a file is read: the thread that serves calls hashes and encrypts one at a time. */
export const PIECE_BYTES = 256 * 1024

/** Fetches a part into its place in a file that is there. Rejects when the connection fails, or the disk. */
export async function getPart(url: URL, part: FilePart, signal: AbortSignal): Promise<PartOutcome> {
  const response = await answerOf(url, 'GET', undefined, signal)
  if (response.statusCode !== 200) return statusOf(response)
  const hash = createHash('sha256')
  let bytes = 0
  const measure = new Transform({
    transform(piece: Buffer, _, done) {
      bytes += piece.length
      hash.update(piece)
      // No more than was agreed on: it would lie on the next part.
      if (bytes > part.bytes) done(new LongerThanAgreed())
      else done(null, piece)
    },
  })
  try {
    await pipeline(response, measure, createWriteStream(part.path, { flags: 'r+', start: part.start }), {
      signal,
    })
  } catch (thrown) {
    if (thrown instanceof LongerThanAgreed) return 'damaged'
    throw thrown
  }
  const isWhole = bytes === part.bytes
  return isWhole && (part.sha256 === undefined || hash.digest('hex') === part.sha256) ? 'done' : 'damaged'
}

/** Sends a part. Rejects when the connection fails, or the disk. */
export async function putPart(url: URL, part: FilePart, signal: AbortSignal): Promise<PartOutcome> {
  const response = await answerOf(url, 'PUT', part, signal)
  const { status } = statusOf(response)
  return status >= 200 && status < 300 ? 'done' : { status }
}

class LongerThanAgreed extends Error {}

function statusOf(response: IncomingMessage): { status: number } {
  response.resume()
  return { status: response.statusCode ?? 0 }
}

/** Asks, and resolves with the beginning of the answer. */
function answerOf(
  url: URL,
  method: 'GET' | 'PUT',
  body: FilePart | undefined,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? secureRequest : plainRequest
  return new Promise((resolve, reject) => {
    const headers = body && { 'content-length': body.bytes, 'content-type': 'application/octet-stream' }
    const asked = request(url, { method, headers: headers ?? {}, signal, timeout: IDLE_LIMIT_MS })
    // An answer that comes before all is sent, such as a refusal, breaks the sending: it is the answer that counts.
    const fail = (error: unknown): void => void setTimeout(() => reject(error), LATE_ANSWER_MS)
    asked.once('response', resolve)
    asked.once('error', fail)
    asked.once('timeout', () => asked.destroy(new Error('The edge was silent.')))
    if (body === undefined) {
      asked.end()
      return
    }
    const { path, start, bytes } = body
    const file = createReadStream(path, { start, end: start + bytes - 1, highWaterMark: PIECE_BYTES })
    pipeline(file, asked).catch(fail)
  })
}
