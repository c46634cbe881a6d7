import { and, eq, inArray, isNull, lte, sql } from 'drizzle-orm'
import { AppError } from '../../shared/errors.ts'
import { DAY_MS, MIB } from '../../shared/units.ts'
import type { Db } from '../db/client.ts'
import { idempotentAnswers } from '../db/tables/administration.ts'
import { createSealer } from './secrets/sealing.ts'
import { hashSecret } from './secrets/secrets.ts'
import { sweep } from './sweep.ts'

/** How long the first answer is repeated. */
export const ANSWER_KEPT_MS = DAY_MS

/** A request without an answer after this long has died: the next one with its key runs. */
export const IN_FLIGHT_LIMIT_MS = 60_000

/** Largest body of an answer that is kept, in bytes. */
export const MAX_KEPT_BYTES = 256 * 1024

/** Bytes of answers that are kept for one caller, the rows themselves counted: 64 MiB are some 30,000 usual ones within a day. */
export const MAX_CALLER_BYTES = 64 * MIB

/** The weight of a row beside its answer, that of a request which still runs included. */
export const ROW_BYTES = 512

/** How often a claim is tried again when the row in its way has just gone. */
const CLAIM_TRIES = 3

/** An answer as it is repeated: the body's bytes and the headers that belong to them. */
export interface KeptAnswer {
  status: number
  headers: Record<string, string>
  body: Uint8Array
}

/** A request that carries a key. */
export interface KeyedRequest {
  /** Who asks; the same key of another caller is another key. */
  caller: string
  surface: string
  method: string
  path: string
  key: string
  /** SHA-256 of what is asked: of the query and the body. */
  bodyHash: string
}

/** The right to run a request. Ends with one of the two. */
export interface Claim {
  /** Keeps the answer for those who ask again. Bodies over `MAX_KEPT_BYTES` are not kept: the key is free again. */
  keep(answer: KeptAnswer): Promise<void>
  /** Nothing was created: whoever asks again runs anew. */
  free(): Promise<void>
}

export interface IdempotencyOptions {
  /** The first seals; all of them open. */
  secrets: readonly [string, ...string[]]
  /** Lets work go on after its caller has left. */
  later: (work: Promise<unknown>) => void
  now?: () => number
}

export type Idempotency = ReturnType<typeof createIdempotency>

const refused = (
  code: 'conflict' | 'unprocessable' | 'limit_exceeded',
  message: string,
  retryAfterSeconds?: number,
) => new AppError(code, message, { param: 'Idempotency-Key', retryAfterSeconds })

/** A line of JSON, then the body's bytes as they are. */
function pack({ status, headers, body }: KeptAnswer): Uint8Array {
  const head = new TextEncoder().encode(`${JSON.stringify({ status, headers })}\n`)
  const packed = new Uint8Array(head.length + body.length)
  packed.set(head)
  packed.set(body, head.length)
  return packed
}

function unpack(packed: Uint8Array): KeptAnswer {
  const end = packed.indexOf(0x0a)
  // We have sealed it ourselves: nobody else could.
  const head = JSON.parse(new TextDecoder().decode(packed.subarray(0, end))) as Omit<KeptAnswer, 'body'>
  return { ...head, body: packed.subarray(end + 1) }
}

/**
 * Answers that are given again to a request that is sent again. They may hold secrets that are shown once, so they are
 * sealed under a key that needs both our secret and the caller's Idempotency-Key, of which only a hash is stored.
 */
export function createIdempotency(db: Db, { secrets, later, now = Date.now }: IdempotencyOptions) {
  const sealer = createSealer(secrets)

  /** One statement, so that of many at once one runs. An answer that has expired, or a request that died, is replaced. */
  async function take(id: string, caller: string, bodyHash: string): Promise<number | undefined> {
    const createdAt = now()
    const isOver = lte(idempotentAnswers.expiresAt, createdAt)
    const isDead = and(
      isNull(idempotentAnswers.answer),
      lte(idempotentAnswers.createdAt, createdAt - IN_FLIGHT_LIMIT_MS),
    )
    const kept = sql`(select coalesce(sum(bytes), 0) + ${ROW_BYTES} * count(*) from idempotent_answers
      where caller = ${caller} and expires_at > ${createdAt})`
    const taken = await db
      .insert(idempotentAnswers)
      .select(
        sql`select ${id}, ${bodyHash}, null, ${caller}, 0, ${createdAt}, ${createdAt + ANSWER_KEPT_MS}
          where ${kept} < ${MAX_CALLER_BYTES} or exists (select 1 from idempotent_answers where id = ${id})`,
      )
      .onConflictDoUpdate({
        target: idempotentAnswers.id,
        set: {
          bodyHash: sql`excluded.body_hash`,
          answer: null,
          bytes: 0,
          createdAt: sql`excluded.created_at`,
          expiresAt: sql`excluded.expires_at`,
        },
        setWhere: sql`${isOver} or ${isDead}`,
      })
      .returning({ id: idempotentAnswers.id })
    return taken.length > 0 ? createdAt : undefined
  }

  function claimOf(id: string, key: string, createdAt: number): Claim {
    // Whoever was taken for dead and comes back has no say any more.
    const isOurs = and(
      eq(idempotentAnswers.id, id),
      eq(idempotentAnswers.createdAt, createdAt),
      isNull(idempotentAnswers.answer),
    )
    const free = async () => {
      await db.delete(idempotentAnswers).where(isOurs)
    }
    return {
      async keep(answer) {
        if (answer.body.length > MAX_KEPT_BYTES) return free()
        const sealed = await sealer.seal(pack(answer), { salt: key, context: id })
        await db.update(idempotentAnswers).set({ answer: sealed, bytes: sealed.length }).where(isOurs)
      },
      free,
    }
  }

  return {
    later,

    /**
     * The right to run a request, or the answer that it had the first time. Throws `unprocessable` for a key that was used
     * with another body, `conflict` while the first request still runs, and `limit_exceeded` for a caller for whom too much is
     * kept already.
     */
    async begin(request: KeyedRequest): Promise<{ claim: Claim } | { answer: KeptAnswer }> {
      const { caller, surface, method, path, key, bodyHash } = request
      const id = await hashSecret(JSON.stringify([caller, surface, method, path, key]))
      // A body may hold a password: its plain hash in the database would invite guessing.
      const [mark = '', ...earlier] = await Promise.all(
        secrets.map((secret) => hashSecret(JSON.stringify([secret, key, bodyHash]))),
      )
      const asker = await hashSecret(caller)
      let isFull = false
      for (let attempt = 0; attempt < CLAIM_TRIES; attempt += 1) {
        const createdAt = await take(id, asker, mark)
        if (createdAt !== undefined) return { claim: claimOf(id, key, createdAt) }
        const [row] = await db.select().from(idempotentAnswers).where(eq(idempotentAnswers.id, id))
        if (!row) {
          isFull = attempt > 0
          continue // freed in between, or there is no room for it
        }
        if (![mark, ...earlier].includes(row.bodyHash)) {
          throw refused('unprocessable', 'This Idempotency-Key was used with another request.')
        }
        if (row.answer === null) break
        const packed = await sealer.open(row.answer, { salt: key, context: id })
        if (packed) return { answer: unpack(packed) }
        // Both secrets were changed since. To run it again would create twice what the key was to create once.
        throw refused('conflict', 'The answer of this Idempotency-Key cannot be read any more: use another.')
      }
      if (isFull)
        throw refused(
          'limit_exceeded',
          'Too many answers are kept for your Idempotency-Keys: send it without one.',
        )
      throw refused('conflict', 'A request with this Idempotency-Key is still running.', 1)
    },

    /** Deletes what has expired. Returns how many. */
    sweep: (): Promise<number> =>
      sweep(async (limit) => {
        const old = db
          .select({ id: idempotentAnswers.id })
          .from(idempotentAnswers)
          .where(lte(idempotentAnswers.expiresAt, now()))
          .limit(limit)
        const { meta } = await db.delete(idempotentAnswers).where(inArray(idempotentAnswers.id, old))
        return meta.changes
      }),
  }
}
