import { and, count, desc, eq, lt, sql } from 'drizzle-orm'
import { AppError } from '../../../../shared/errors.ts'
import { type Db, newId } from '../../../db/client.ts'
import { agentNotes } from '../../../db/tables/agents.ts'
import { createAudit } from '../../audit.ts'

/** Notes that an account may have. */
export const MAX_NOTES = 200

/** Characters of one. */
export const MAX_NOTE_CHARACTERS = 1_000

/** Something that a user wants to be remembered, in all runs. */
export interface Note {
  id: string
  text: string
  createdAt: number
}

export type Notes = ReturnType<typeof createNotes>

/** The notes of accounts. Whatever belongs to another account does not exist. */
export function createNotes(db: Db, now: () => number = Date.now) {
  const ownedBy = (accountId: string) => eq(agentNotes.accountId, accountId)
  const columns = { id: agentNotes.id, text: agentNotes.text, createdAt: agentNotes.createdAt }

  return {
    /** Keeps a note; one of the same words is kept once. Throws `limit_exceeded`. */
    async keep(accountId: string, text: string): Promise<Note> {
      const same = and(ownedBy(accountId), eq(agentNotes.text, text))
      const [known] = await db.select(columns).from(agentNotes).where(same)
      if (known) return known
      const id = newId()
      // In one transaction: of many at once, no more are left than may be.
      const [[kept], removed] = await db.batch([
        db.insert(agentNotes).values({ id, accountId, text, createdAt: now() }).returning(columns),
        db
          .delete(agentNotes)
          .where(
            and(eq(agentNotes.id, id), sql`(${db.$count(agentNotes, ownedBy(accountId))}) > ${MAX_NOTES}`),
          )
          .returning({ id: agentNotes.id }),
      ])
      if (!kept || removed.length > 0)
        throw new AppError(
          'limit_exceeded',
          `${MAX_NOTES} notes are kept already: one must be deleted first.`,
        )
      return kept
    },

    /** The newest first; there are few. */
    all: (accountId: string): Promise<Note[]> =>
      db
        .select(columns)
        .from(agentNotes)
        .where(ownedBy(accountId))
        .orderBy(desc(agentNotes.id))
        .limit(MAX_NOTES),

    /** A page of them, the newest first, behind the one with the id `after`, and how many there are. */
    async list(accountId: string, { limit, after }: { limit: number; after?: string | undefined }) {
      const older = after === undefined ? undefined : lt(agentNotes.id, after)
      const [notes, [counted]] = await db.batch([
        db
          .select(columns)
          .from(agentNotes)
          .where(and(ownedBy(accountId), older))
          .orderBy(desc(agentNotes.id))
          .limit(limit + 1),
        db.select({ total: count() }).from(agentNotes).where(ownedBy(accountId)),
      ])
      return { notes: notes.slice(0, limit), hasMore: notes.length > limit, total: counted?.total ?? 0 }
    },

    /** Throws `not_found`. */
    async remove(accountId: string, id: string): Promise<void> {
      const one = and(ownedBy(accountId), eq(agentNotes.id, id))
      const entry = { actorId: accountId, action: 'note.delete', target: id }
      const [, removed] = await db.batch([
        createAudit(db, now).rowWhere(entry, agentNotes, one),
        db.delete(agentNotes).where(one).returning({ id: agentNotes.id }),
      ])
      if (removed.length === 0)
        throw new AppError('not_found', 'There is no such note.', { param: 'note_id' })
    },
  }
}
