import { and, desc, eq, or, type SQL, sql } from 'drizzle-orm'
import { AppError } from '../../../shared/errors.ts'
import { MIB } from '../../../shared/units.ts'
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

/** UTF-8 bytes of all that the profiles of one account hold. */
export const MAX_PROFILES_BYTES = 16 * MIB

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

/** The bytes of some profiles, as they are kept. */
const keptBytes = sql<number>`coalesce(sum(octet_length(${profiles.name}) + coalesce(octet_length(${profiles.academicRecord}), 0)
  + coalesce(octet_length(${profiles.preferences}), 0) + coalesce(octet_length(${profiles.draftPayload}), 0)), 0)`

/** The same of one that is about to be. */
const bytesIn = ({
  name,
  ...parts
}: Pick<Profile, 'name' | 'academicRecord' | 'preferences' | 'draftPayload'>) =>
  new TextEncoder().encode(
    [name, ...Object.values(parts).map((part) => (part === null ? '' : JSON.stringify(part)))].join(''),
  ).byteLength

const tooMany = () => new AppError('conflict', `An account has at most ${MAX_PROFILES} profiles.`)

const tooLarge = () =>
  new AppError('storage_full', `The profiles of an account hold at most ${MAX_PROFILES_BYTES / MIB} MB.`)

export type Profiles = ReturnType<typeof createProfiles>

/** Students' profiles. Whatever belongs to another account does not exist. */
export function createProfiles(db: Db) {
  const ownedBy = (accountId: string, id: string) =>
    and(eq(profiles.accountId, accountId), eq(profiles.id, id))

  async function find(accountId: string, id: string): Promise<Profile | undefined> {
    const [row] = await db.select().from(profiles).where(ownedBy(accountId, id))
    return row && toProfile(row)
  }

  const bytesOf = (accountId: string, id?: string) =>
    sql<number>`(select ${keptBytes} from ${profiles} where ${id === undefined ? eq(profiles.accountId, accountId) : ownedBy(accountId, id)})`

  /** Whether there is room for a profile of so many bytes in place of the one that is there; for a smaller one there always is. */
  const hasRoom = (accountId: string, id: string, bytes: number): SQL =>
    sql`(${bytes} <= ${bytesOf(accountId, id)} or ${bytes} <= ${MAX_PROFILES_BYTES} - ${bytesOf(accountId)} + ${bytesOf(accountId, id)})`

  return {
    find,

    /**
     * Throws `conflict` for one more than `MAX_PROFILES`, `storage_full` beyond `MAX_PROFILES_BYTES`, `invalid_request` for a
     * budget the wrong way round.
     */
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
          .where(
            and(
              eq(profiles.id, id),
              or(sql`(${own}) > ${MAX_PROFILES}`, sql`${bytesOf(accountId)} > ${MAX_PROFILES_BYTES}`),
            ),
          )
          .returning({ isTooMany: sql<number>`(${own}) >= ${MAX_PROFILES}` }),
      ])
      if (removed[0]) throw removed[0].isTooMany ? tooMany() : tooLarge()
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
     * `isExpected` does not know the version that it is laid over, and otherwise as `create` does.
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
        const kept = {
          name: patch.name ?? found.name,
          academicRecord: patched(found.academicRecord, patch.academicRecord, now),
          preferences,
          draftPayload: patch.draftPayload === undefined ? found.draftPayload : patch.draftPayload,
        }
        const isRoom = hasRoom(accountId, id, bytesIn(kept))
        const [[told], [row]] = await db.batch([
          db
            .select({ isRoom: sql<number>`${isRoom}` })
            .from(profiles)
            .where(ownedBy(accountId, id)),
          db
            .update(profiles)
            .set({
              ...kept,
              status: patch.status ?? found.status,
              // Later than before whatever the clock says: it tells whether somebody else was faster.
              updatedAt: Math.max(now, found.updatedAt + 1),
            })
            .where(and(ownedBy(accountId, id), eq(profiles.updatedAt, found.updatedAt), isRoom))
            .returning(),
        ])
        if (row) return toProfile(row)
        if (told && !told.isRoom) throw tooLarge()
      }
      throw new AppError('conflict', 'The profile is being changed by others: try again.')
    },
  }
}
