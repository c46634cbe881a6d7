import { and, desc, eq, sql } from 'drizzle-orm'
import { AppError } from '../../../shared/errors.ts'
import { type Db, newId } from '../../db/client.ts'
import { profiles } from '../../db/tables/advising.ts'
import { mergePatch } from '../merge-patch.ts'
import type { AcademicRecord, Preferences } from './student.ts'

/** A nested part of a profile. */
export interface ProfilePart<Fields> {
  id: string
  createdAt: number
  fields: Fields
}

export type ProfileStatus = (typeof profiles.$inferSelect)['status']

export interface ProfileSummary {
  id: string
  name: string
  status: ProfileStatus
  createdAt: number
  updatedAt: number
}

export interface Profile extends ProfileSummary {
  academicRecord: ProfilePart<AcademicRecord> | null
  preferences: ProfilePart<Preferences> | null
  /** JSON of the client's, which nobody else reads; null where there is none. */
  draftPayload: unknown
}

/** The same object, each field of which may be cleared by null. */
type PatchOf<Fields> = { [Name in keyof Fields]?: Fields[Name] | null }

/** Laid over a profile (RFC 7396): parts merge, lists are replaced, null clears. */
export interface ProfilePatch {
  name?: string | undefined
  status?: ProfileStatus | undefined
  academicRecord?: PatchOf<AcademicRecord> | null | undefined
  preferences?: PatchOf<Preferences> | null | undefined
  /** Replaced as a whole: a client's JSON is not ours to merge. */
  draftPayload?: unknown
}

/** Profiles of one account; those that were deleted count, because they are kept. */
export const MAX_PROFILES = 1_000

/** How often an update begins again when others change the same profile at the same time. */
const UPDATE_TRIES = 5

/** A part with a patch laid over it. */
function patched<Fields extends object>(
  part: ProfilePart<Fields> | null,
  patch: PatchOf<Fields> | null | undefined,
  now: number,
): ProfilePart<Fields> | null {
  if (patch === undefined) return part
  if (patch === null) return null
  // The schema that the patch came through allows the fields of a part and their types alone.
  const fields = mergePatch(part?.fields, patch) as Fields
  return { id: part?.id ?? newId(), createdAt: part?.createdAt ?? now, fields }
}

/** The field that a budget whose ends are the wrong way round is refused with. */
export const BUDGET_PARAM = 'preferences.budgetRangeMin'

/** Throws `invalid_request` when the ends of the budget are the wrong way round. */
function checkBudget(part: ProfilePart<Preferences> | null): void {
  const { budgetRangeMin: least, budgetRangeMax: most } = part?.fields ?? {}
  if (least === undefined || most === undefined || least <= most) return
  throw new AppError('invalid_request', 'The least of the budget is more than the most of it.', {
    param: BUDGET_PARAM,
  })
}

/** A name for a profile as it is now: each change gives it another. */
export const versionOf = ({ updatedAt }: Pick<ProfileSummary, 'updatedAt'>): string => updatedAt.toString(36)

/** Names in camel case: rows were once kept in the words of a contract, `budget_range_min` for `budgetRangeMin`. */
function inOurWords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOurWords)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      inOurWords(inner),
    ]),
  )
}

const toProfile = ({ accountId: _, ...row }: typeof profiles.$inferSelect): Profile => ({
  ...row,
  // Written by this file alone, now or in its earlier words.
  academicRecord: inOurWords(row.academicRecord) as Profile['academicRecord'],
  preferences: inOurWords(row.preferences) as Profile['preferences'],
})

export type Profiles = ReturnType<typeof createProfiles>

/** Students' profiles. Whatever belongs to another account does not exist. */
export function createProfiles(db: Db) {
  const ownedBy = (accountId: string, id: string) =>
    and(eq(profiles.accountId, accountId), eq(profiles.id, id))

  async function find(accountId: string, id: string): Promise<Profile | undefined> {
    const [row] = await db.select().from(profiles).where(ownedBy(accountId, id))
    return row && toProfile(row)
  }

  return {
    find,

    /** Throws `conflict` for one more than `MAX_PROFILES`, `invalid_request` for a budget the wrong way round. */
    async create(
      accountId: string,
      given: ProfilePatch & { name: string; status: ProfileStatus },
    ): Promise<Profile> {
      const now = Date.now()
      const academicRecord = patched<AcademicRecord>(null, given.academicRecord, now)
      const preferences = patched<Preferences>(null, given.preferences, now)
      checkBudget(preferences)
      const { name, status } = given
      const id = newId()
      const own = db.$count(profiles, eq(profiles.accountId, accountId))
      const inserting = db
        .insert(profiles)
        .values({
          id,
          accountId,
          name,
          status,
          academicRecord,
          preferences,
          draftPayload: given.draftPayload ?? null,
          createdAt: now,
          updatedAt: now,
        })
        .returning()
      // In one transaction: of many at once, no more are left than may be.
      const [[row], removed] = await db.batch([
        inserting,
        db
          .delete(profiles)
          .where(and(eq(profiles.id, id), sql`(${own}) > ${MAX_PROFILES}`))
          .returning({ id: profiles.id }),
      ])
      if (removed.length > 0)
        throw new AppError('conflict', `An account has at most ${MAX_PROFILES} profiles.`)
      if (!row) throw new Error('The profile was not stored.')
      return toProfile(row)
    },

    /** All of them, newest first, without their parts. */
    list: (accountId: string): Promise<ProfileSummary[]> => {
      const { id, name, status, createdAt, updatedAt } = profiles
      return db
        .select({ id, name, status, createdAt, updatedAt })
        .from(profiles)
        .where(eq(profiles.accountId, accountId))
        .orderBy(desc(profiles.createdAt), desc(profiles.id))
    },

    /**
     * Undefined where there is no such profile. Of changes made at the same time none is lost. Throws `conflict` where
     * `isExpected` does not know the version that it is laid over.
     */
    async update(
      accountId: string,
      id: string,
      patch: ProfilePatch,
      isExpected: (version: string) => boolean = () => true,
    ): Promise<Profile | undefined> {
      for (let tries = 0; tries < UPDATE_TRIES; tries += 1) {
        const found = await find(accountId, id)
        if (!found) return undefined
        if (!isExpected(versionOf(found)))
          throw new AppError('conflict', 'The profile has changed since it was read: read it again.')
        const now = Date.now()
        const preferences = patched(found.preferences, patch.preferences, now)
        checkBudget(preferences)
        const [row] = await db
          .update(profiles)
          .set({
            name: patch.name ?? found.name,
            status: patch.status ?? found.status,
            academicRecord: patched(found.academicRecord, patch.academicRecord, now),
            preferences,
            draftPayload: patch.draftPayload === undefined ? found.draftPayload : patch.draftPayload,
            // Later than before whatever the clock says: it tells whether somebody else was faster.
            updatedAt: Math.max(now, found.updatedAt + 1),
          })
          .where(and(ownedBy(accountId, id), eq(profiles.updatedAt, found.updatedAt)))
          .returning()
        if (row) return toProfile(row)
      }
      throw new AppError('conflict', 'The profile is being changed by others: try again.')
    },
  }
}
