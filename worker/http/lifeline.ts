import type { Context } from 'hono'
import { type AppError, toAppError } from '../../shared/errors.ts'
import type { SurfaceEnv } from './surface-env.ts'

/** How often an answer that is being given looks whether its reader still may have it. */
export const CREDENTIAL_CHECK_MS = 400

/** Whom an answer is for. */
export interface Reader {
  /** Aborted when the client has left. */
  signal: AbortSignal
  /** Rejects when the credential of the request is no longer good; absent where there is none. */
  stillMay?: (() => Promise<unknown>) | undefined
}

/** Whom the answer to a request is for. */
export const readerOf = (c: Context<SurfaceEnv>): Reader => ({
  signal: c.req.raw.signal,
  stillMay: c.get('stillMay'),
})

/** An answer in the making, and whether its reader still may have it. */
export interface Lifeline {
  /** Aborted when the client has left, or may no longer have the answer. */
  readonly signal: AbortSignal
  /** Why the reader may no longer have the answer. */
  readonly refusal: AppError | undefined
  /** The answer is over. */
  end(): void
}

/** A revoked key, an expired token and a disabled account end what is open: within a second, with what the caches remember. */
export function openLifeline({ signal, stillMay }: Reader): Lifeline {
  const abort = new AbortController()
  let refusal: AppError | undefined
  const look = async () => {
    try {
      await stillMay?.()
    } catch (thrown) {
      const error = toAppError(thrown)
      // A database that cannot be asked says nothing about the reader.
      if (error.code === 'internal') return
      refusal = error
      abort.abort(error)
    }
  }
  const timer = stillMay ? setInterval(() => void look(), CREDENTIAL_CHECK_MS) : null
  return {
    signal: AbortSignal.any([signal, abort.signal]),
    get refusal() {
      return refusal
    },
    end: () => clearInterval(timer),
  }
}

/** Makes a whole answer for as long as its reader may have it. Throws what the reader is refused with. */
export async function whileAllowed<Answer>(
  reader: Reader,
  make: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const lifeline = openLifeline(reader)
  try {
    const answer = await make(lifeline.signal)
    if (lifeline.refusal) throw lifeline.refusal
    return answer
  } catch (thrown) {
    throw lifeline.refusal ?? thrown
  } finally {
    lifeline.end()
  }
}
