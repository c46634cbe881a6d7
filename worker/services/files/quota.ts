import { and, eq, gt, inArray, lte, type SQL, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import { AppError } from '../../../shared/errors.ts'
import { MIB } from '../../../shared/units.ts'
import { type Db, newId } from '../../db/client.ts'
import { storageReservations as reservations, storedFiles } from '../../db/tables/storage.ts'
import { sweep } from '../sweep.ts'

/** How long a reservation counts after it was made or renewed: what was abandoned is free again by then. */
export const RESERVATION_MS = 15 * 60 * 1_000

/** The portions in which a reservation grows with a file of unknown size, in bytes, as long as there is room for them. */
export const RESERVED_STEP_BYTES = 8 * MIB

/** Bytes and files together. */
export interface Stored {
  bytes: number
  files: number
}

/** The most that an account may store; null is no limit. */
export interface StorageLimits {
  bytes: number | null
  files: number | null
}

export interface StorageUsage extends Stored {
  limits: StorageLimits
}

export interface ReserveOptions {
  /** An id by which another request finds the reservation again. A fresh one where none is given. */
  id?: string
  /** How long it counts, and how much longer after each renewal. */
  lifetimeMs?: number
}

type Statement = BatchItem<'sqlite'>

/** Room that is held for files while they are written. It ends when they are committed, released or abandoned. */
export interface Reservation {
  readonly id: string
  /**
   * Holds room for at least so many bytes in all; asked before they are written, and renews the reservation while they are.
   * Throws `storage_full`, and `conflict` once it was abandoned for too long.
   */
  cover(bytes: number): Promise<void>
  /** The statements that count what was really stored instead: for one `db.batch` with the rows of the files. */
  committing(actual: Stored): [Statement, Statement]
  /** The same for files that have no rows. */
  commit(actual: Stored): Promise<void>
  /** Gives the room back. Does nothing once it is committed. */
  release(): Promise<void>
}

export interface QuotaOptions {
  db: Db
  limitsOf: (accountId: string) => Promise<StorageLimits>
  now?: () => number
}

export type Quota = ReturnType<typeof createQuota>

const counted = (count: number): string => count.toLocaleString('en')

/** The refusal of what does not fit, with the number that decides. */
function fullError(wanted: Stored, { bytes, files, limits }: StorageUsage): AppError {
  if (limits.files !== null && files + wanted.files > limits.files) {
    const message = `Your storage holds at most ${counted(limits.files)} files, and has ${counted(files)}.`
    return new AppError('storage_full', message)
  }
  const limit = limits.bytes ?? 0
  const rest =
    wanted.bytes > limit
      ? 'this file is larger than that.'
      : `${counted(Math.max(0, limit - bytes))} are left.`
  return new AppError('storage_full', `Your storage holds at most ${counted(limit)} bytes: ${rest}`)
}

/**
 * The bytes and files that accounts store, of all kinds together, held against their plans. Room is reserved before anything
 * is written, in one statement, so that uploads beside each other cannot pass the limit together.
 */
export function createQuota({ db, limitsOf, now = Date.now }: QuotaOptions) {
  const countsFor = (accountId: string) =>
    and(eq(reservations.accountId, accountId), gt(reservations.expiresAt, now()))

  /** Whether more fits beside what is stored, and beside what others reserve. */
  function fits(accountId: string, id: string, wanted: Stored, limits: StorageLimits): SQL {
    const room = (name: 'bytes' | 'files'): SQL => {
      const stored = sql`(select coalesce(sum(${storedFiles[name]}), 0) from ${storedFiles} where ${eq(storedFiles.accountId, accountId)})`
      const held = sql`(select coalesce(sum(other.${sql.identifier(name)}), 0) from ${reservations} other where other.account_id = ${accountId} and other.expires_at > ${now()} and other.id <> ${id})`
      return sql`${stored} + ${held} + ${wanted[name]} <= ${limits[name] ?? Number.MAX_SAFE_INTEGER}`
    }
    return sql`${room('bytes')} and ${room('files')}`
  }

  /** Bytes and files, stored and reserved together: of one account, or of all. */
  async function count(accountId: string | undefined): Promise<Stored> {
    const sums = (table: typeof storedFiles | typeof reservations) => ({
      bytes: sql<number>`coalesce(sum(${table.bytes}), 0)`,
      files: sql<number>`coalesce(sum(${table.files}), 0)`,
    })
    const isOne = accountId !== undefined
    const [[stored], [held]] = await db.batch([
      db
        .select(sums(storedFiles))
        .from(storedFiles)
        .where(isOne ? eq(storedFiles.accountId, accountId) : undefined),
      db
        .select(sums(reservations))
        .from(reservations)
        .where(isOne ? countsFor(accountId) : gt(reservations.expiresAt, now())),
    ])
    return {
      bytes: (stored?.bytes ?? 0) + (held?.bytes ?? 0),
      files: (stored?.files ?? 0) + (held?.files ?? 0),
    }
  }

  const usage = async (accountId: string): Promise<StorageUsage> => {
    const [stored, limits] = await Promise.all([count(accountId), limitsOf(accountId)])
    return { ...stored, limits }
  }

  /** `files` are those that it was made for; another request of its life does not know them, and does not need to. */
  function open(accountId: string, id: string, lifetimeMs: number, held: Stored): Reservation {
    let covered = held.bytes
    let renewAt = now() + lifetimeMs / 2
    const own = and(eq(reservations.id, id), eq(reservations.accountId, accountId))

    async function grow(bytes: number, limits: StorageLimits): Promise<boolean> {
      const hasRoom = fits(accountId, id, { bytes, files: 0 }, limits)
      const { meta } = await db
        .update(reservations)
        .set({ bytes: sql`max(${reservations.bytes}, ${bytes})`, expiresAt: now() + lifetimeMs })
        .where(and(own, sql`(${reservations.bytes} >= ${bytes} or (${hasRoom}))`))
        .run()
      if (meta.changes === 0) return false
      covered = bytes
      renewAt = now() + lifetimeMs / 2
      return true
    }

    const committing = ({ bytes, files }: Stored): [Statement, Statement] => [
      db
        .insert(storedFiles)
        .values({ accountId, bytes, files })
        .onConflictDoUpdate({
          target: storedFiles.accountId,
          set: {
            bytes: sql`${storedFiles.bytes} + excluded.bytes`,
            files: sql`${storedFiles.files} + excluded.files`,
          },
        }),
      db.delete(reservations).where(own),
    ]

    return {
      id,
      async cover(bytes) {
        if (bytes <= covered && now() < renewAt) return
        const wanted = Math.max(bytes, covered)
        const limits = await limitsOf(accountId)
        const step = Math.ceil(wanted / RESERVED_STEP_BYTES) * RESERVED_STEP_BYTES
        if ((await grow(step, limits)) || (await grow(wanted, limits))) return
        if ((await db.$count(reservations, own)) === 0)
          throw new AppError('conflict', 'This took too long: what was reserved for it is gone.')
        throw fullError({ bytes: wanted, files: 0 }, { ...(await count(accountId)), limits })
      },
      committing,
      async commit(actual) {
        await db.batch(committing(actual))
      },
      async release() {
        await db.delete(reservations).where(own)
      },
    }
  }

  /** The statement that lets go what is deleted: for one `db.batch` with it, before it, where SQL tells the sizes. */
  const freeing = (accountId: string, { bytes, files }: { bytes: number | SQL; files: number | SQL }) =>
    db
      .update(storedFiles)
      .set({
        bytes: sql`max(0, ${storedFiles.bytes} - ${bytes})`,
        files: sql`max(0, ${storedFiles.files} - ${files})`,
      })
      .where(eq(storedFiles.accountId, accountId))

  return {
    /** The use of one account, what it is just storing included, and what it may. */
    usage,
    /** The use of all accounts together. */
    total: (): Promise<Stored> => count(undefined),

    /** Holds room for files that are to be written; `bytes` are those known so far. Throws `storage_full`. */
    async reserve(accountId: string, wanted: Stored, options: ReserveOptions = {}): Promise<Reservation> {
      const { id = newId(), lifetimeMs = RESERVATION_MS } = options
      const limits = await limitsOf(accountId)
      const { bytes, files } = wanted
      const { meta } = await db
        .insert(reservations)
        .select(
          sql`select ${id}, ${accountId}, ${bytes}, ${files}, ${now() + lifetimeMs} where ${fits(accountId, id, wanted, limits)}`,
        )
        .run()
      if (meta.changes === 0) throw fullError(wanted, { ...(await count(accountId)), limits })
      return open(accountId, id, lifetimeMs, wanted)
    },

    /** A reservation that an earlier request has made. */
    resume: (accountId: string, id: string, lifetimeMs = RESERVATION_MS): Reservation =>
      open(accountId, id, lifetimeMs, { bytes: 0, files: 0 }),

    freeing,
    /** Lets go what was deleted and has no rows. */
    async free(accountId: string, stored: Stored): Promise<void> {
      await freeing(accountId, stored)
    },

    /** Forgets reservations whose time is over. They count no more before. */
    sweep: (): Promise<number> =>
      sweep(async (limit) => {
        const over = db
          .select({ id: reservations.id })
          .from(reservations)
          .where(lte(reservations.expiresAt, now()))
          .limit(limit)
        const { meta } = await db.delete(reservations).where(inArray(reservations.id, over))
        return meta.changes
      }),
  }
}
