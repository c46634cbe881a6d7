import { asc, count, eq, ne } from 'drizzle-orm'
import { AppError } from '../../../shared/errors.ts'
import type { Db } from '../../db/client.ts'
import { sharedPrompts } from '../../db/tables/administration.ts'
import type { Audit } from '../audit.ts'
import { Recent } from '../recent.ts'

/** Shared prompts of a deployment: each request's system prompt is compared with all of them. */
export const MAX_SHARED_PROMPTS = 32

/** Longest shared prompt, in UTF-16 units. */
export const MAX_SHARED_PROMPT_LENGTH = 64 * 1024

/** How long an isolate trusts what it has read. */
export const SHARED_PROMPTS_CACHE_MS = 1_000

/** The beginning of a system prompt that is no secret, by its name. */
export interface SharedPrompt {
  name: string
  text: string
  createdAt: number
}

export type SharedPrompts = ReturnType<typeof createSharedPrompts>

/** Beginnings of system prompts that nodes may keep for everybody. All else is kept for its own account. */
export function createSharedPrompts(db: Db, audit: Audit, now: () => number = Date.now) {
  let recent = new Recent<SharedPrompt[]>(SHARED_PROMPTS_CACHE_MS, 1, now)
  const read = (): Promise<SharedPrompt[]> => db.select().from(sharedPrompts).orderBy(asc(sharedPrompts.name))

  return {
    /** At most `SHARED_PROMPTS_CACHE_MS` old, by name. */
    list: (): Promise<SharedPrompt[]> => recent.get('all', read),

    /** Marks a text as shared under a name, in place of what had that name. Throws `conflict` when there are too many. */
    async put(name: string, text: string, actorId: string): Promise<SharedPrompt> {
      const [others] = await db
        .select({ count: count() })
        .from(sharedPrompts)
        .where(ne(sharedPrompts.name, name))
      if ((others?.count ?? 0) >= MAX_SHARED_PROMPTS)
        throw new AppError('conflict', `A deployment has at most ${MAX_SHARED_PROMPTS} shared prompts.`)
      const row = { name, text, createdAt: now() }
      const entry = { actorId, action: 'shared_prompt.put', target: name, after: { length: text.length } }
      await db.batch([
        audit.row(entry),
        db
          .insert(sharedPrompts)
          .values(row)
          .onConflictDoUpdate({ target: sharedPrompts.name, set: { text } }),
      ])
      recent = new Recent(SHARED_PROMPTS_CACHE_MS, 1, now)
      return row
    },

    /** Throws `not_found` for a name that nothing has. */
    async remove(name: string, actorId: string): Promise<void> {
      const named = eq(sharedPrompts.name, name)
      const [, removed] = await db.batch([
        audit.rowWhere({ actorId, action: 'shared_prompt.delete', target: name }, sharedPrompts, named),
        db.delete(sharedPrompts).where(named).returning(),
      ])
      if (removed.length === 0) throw new AppError('not_found', 'There is no such shared prompt.')
      recent = new Recent(SHARED_PROMPTS_CACHE_MS, 1, now)
    },
  }
}
