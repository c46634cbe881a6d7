import { and, asc, eq, gt, isNotNull, isNull, lt, lte, sql } from 'drizzle-orm'
import { causeOf } from '../../../shared/failure-cause.ts'
import type { Logger } from '../../../shared/log.ts'
import { DAY_MS } from '../../../shared/units.ts'
import type { Db } from '../../db/client.ts'
import { files as filesTable, libraries } from '../../db/tables/files.ts'
import type { LibraryStub } from '../library/library.ts'
import type { Documents } from './documents.ts'
import type { Reading } from './reading.ts'

/** A file that is not in its library after this time was cut off on its way there. */
export const ADMIT_AFTER_MS = 2 * 60_000

/** Younger files are left alone: their requests may still be at work. */
export const SWEPT_AGE_MS = 10 * 60_000

/** Libraries that one sweep compares with their files, and files of them at a time. */
export const SWEPT_LIBRARIES = 200
const PAGE = 500

/** Files that one tick takes in, or lets go. */
const TICK_FILES = 50

export interface DocumentSweepOptions {
  db: Db
  library: (accountId: string) => LibraryStub
  documents: Pick<Documents, 'admit' | 'discard'>
  reading: Pick<Reading, 'sweep'>
  log: Logger
  now?: () => number
}

/** Ends what was cut off: files that no library has, names that no file has, files whose time is over. */
export function createDocumentSweep({
  db,
  library,
  documents,
  reading,
  log,
  now = Date.now,
}: DocumentSweepOptions) {
  /** One that cannot be helped does not keep the others from it. */
  async function each<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<number> {
    let done = 0
    for (const item of items) {
      try {
        await work(item)
        done += 1
      } catch (thrown) {
        log.error('documents.not_mended', { cause: causeOf(thrown) })
      }
    }
    return done
  }

  /** Names in a library whose files are gone: nothing is to be found of them any more. */
  async function removeNames(accountId: string): Promise<number> {
    const shelf = library(accountId)
    let removed = 0
    let after: string | undefined
    while (true) {
      const page = await shelf.list({ limit: PAGE, ...(after !== undefined && { after }) })
      const ids = page.files.map(({ fileId }) => fileId)
      const isAsked = sql`${filesTable.id} in (select value from json_each(${JSON.stringify(ids)}))`
      const known = await db
        .select({ id: filesTable.id })
        .from(filesTable)
        .where(and(eq(filesTable.accountId, accountId), isAsked))
      const there = new Set(known.map(({ id }) => id))
      for (const fileId of ids) {
        if (there.has(fileId)) continue
        await shelf.removeName(fileId)
        removed += 1
      }
      after = ids.at(-1)
      if (!page.hasMore || after === undefined) return removed
    }
  }

  /** Files whose names their library has let go: the deletion of each is brought to its end. */
  async function removeFiles(accountId: string): Promise<number> {
    const shelf = library(accountId)
    let removed = 0
    let after = ''
    while (true) {
      const page = await db
        .select()
        .from(filesTable)
        .where(
          and(
            eq(filesTable.accountId, accountId),
            isNotNull(filesTable.documentId),
            lt(filesTable.createdAt, now() - SWEPT_AGE_MS),
            gt(filesTable.id, after),
          ),
        )
        .orderBy(asc(filesTable.id))
        .limit(PAGE)
      // One question for all of them: what a sweep may ask in all is limited.
      const gone = new Set(await shelf.missingFiles(page.map(({ id }) => id)))
      for (const file of page) {
        if (!gone.has(file.id)) continue
        await documents.discard(file)
        removed += 1
      }
      const last = page.at(-1)
      if (!last || page.length < PAGE) return removed
      after = last.id
    }
  }

  return {
    /** Each minute: takes in what was cut off, and lets go what has expired. */
    async tick(): Promise<void> {
      const open = await db
        .select()
        .from(filesTable)
        .where(
          and(
            isNotNull(filesTable.shortId),
            isNull(filesTable.documentId),
            lt(filesTable.createdAt, now() - ADMIT_AFTER_MS),
          ),
        )
        .limit(TICK_FILES)
      const over = await db
        .select()
        .from(filesTable)
        .where(and(isNotNull(filesTable.shortId), lte(filesTable.expiresAt, now())))
        .limit(TICK_FILES)
      await each(over, documents.discard)
      await each(open, async (file) => void (await documents.admit(file)))
    },

    /** Each hour: how much was left behind of what is deleted, and is gone now. Nothing, as a rule. */
    async sweep(): Promise<number> {
      await reading.sweep(now() - DAY_MS)
      const due = await db.select().from(libraries).orderBy(asc(libraries.checkedAt)).limit(SWEPT_LIBRARIES)
      let removed = 0
      await each(due, async ({ accountId }) => {
        removed += (await removeNames(accountId)) + (await removeFiles(accountId))
        await db.update(libraries).set({ checkedAt: now() }).where(eq(libraries.accountId, accountId))
      })
      return removed
    },
  }
}
