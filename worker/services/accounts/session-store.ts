import { and, asc, desc, eq, gt, inArray, lte, ne, or, type SQL, sql } from 'drizzle-orm'
import { DAY_MS, HOUR_MS } from '../../../shared/units.ts'
import { type Db, newId } from '../../db/client.ts'
import { sessions, signInLinks } from '../../db/tables/sessions.ts'
import { createAudit } from '../audit.ts'
import { createSecret, hashSecret } from '../secrets/secrets.ts'

/** A session ends when nothing was heard of it for so long, and after so long whatever was heard. */
export const SESSION_IDLE_MS = 12 * HOUR_MS
export const SESSION_LIFETIME_MS = 7 * DAY_MS

/** Browsers of one account that are signed in at a time: another one ends what was silent for longest. */
export const MAX_SESSIONS_PER_ACCOUNT = 50

/** How long a link that signs in may be followed, and how many of one account's may wait for that. */
export const SIGN_IN_LINK_MS = HOUR_MS
export const MAX_SIGN_IN_LINKS = 20

/** The longest word of a browser for itself that is kept. */
export const MAX_USER_AGENT_LENGTH = 200

export interface Session {
  id: string
  accountId: string
  /** The key that it was opened with. */
  keyId: string | null
  userAgent: string | null
  createdAt: number
  lastUsedAt: number
}

/** Whom a session or a link is for. */
export interface SessionOwner {
  accountId: string
  keyId: string | null
}

const columns = {
  id: sessions.id,
  accountId: sessions.accountId,
  keyId: sessions.keyId,
  userAgent: sessions.userAgent,
  createdAt: sessions.createdAt,
  lastUsedAt: sessions.lastUsedAt,
}

/** The latest time at which a session ends, whatever is heard of it. */
export const endOf = ({ createdAt }: Pick<Session, 'createdAt'>): number => createdAt + SESSION_LIFETIME_MS

export type SessionStore = ReturnType<typeof createSessionStore>

/** The rows of sessions and of links that sign in. */
export function createSessionStore(db: Db, now: () => number = Date.now) {
  const audit = createAudit(db, now)
  const isLive = () =>
    and(gt(sessions.lastUsedAt, now() - SESSION_IDLE_MS), gt(sessions.createdAt, now() - SESSION_LIFETIME_MS))
  const isOver = () =>
    or(
      lte(sessions.lastUsedAt, now() - SESSION_IDLE_MS),
      lte(sessions.createdAt, now() - SESSION_LIFETIME_MS),
    )

  const end = async (condition: SQL | undefined): Promise<number> =>
    (await db.delete(sessions).where(condition).returning({ id: sessions.id })).length

  return {
    /** A new session; its secret is returned here alone. */
    async open({ accountId, keyId }: SessionOwner, userAgent: string | null) {
      const secret = createSecret('sws_')
      const row = { id: newId(), accountId, keyId, userAgent, createdAt: now(), lastUsedAt: now() }
      const ofAccount = eq(sessions.accountId, accountId)
      const kept = db
        .select({ id: sessions.id })
        .from(sessions)
        .where(ofAccount)
        .orderBy(desc(sessions.lastUsedAt), desc(sessions.id))
        .limit(MAX_SESSIONS_PER_ACCOUNT)
      await db.batch([
        db.insert(sessions).values({ ...row, hash: await hashSecret(secret) }),
        db.delete(sessions).where(and(ofAccount, sql`${sessions.id} not in ${kept}`)),
        audit.row({
          actorId: accountId,
          action: 'session.open',
          target: row.id,
          after: { keyId, userAgent },
        }),
      ])
      return { session: row, secret }
    },

    /** The live session with this secret, which was heard of now. */
    async use(secret: string): Promise<Session | undefined> {
      const [row] = await db
        .update(sessions)
        .set({ lastUsedAt: now() })
        .where(and(eq(sessions.hash, await hashSecret(secret)), isLive()))
        .returning(columns)
      return row
    },

    /** The live session with this id. */
    async find(id: string): Promise<Session | undefined> {
      const [row] = await db
        .select(columns)
        .from(sessions)
        .where(and(eq(sessions.id, id), isLive()))
      return row
    },

    /** An account's live sessions, the one that was heard of last first. */
    list: (accountId: string): Promise<Session[]> =>
      db
        .select(columns)
        .from(sessions)
        .where(and(eq(sessions.accountId, accountId), isLive()))
        .orderBy(desc(sessions.lastUsedAt), desc(sessions.id)),

    /** Ends the session with this secret; whether there was one. */
    endBySecret: async (secret: string): Promise<boolean> =>
      (await end(eq(sessions.hash, await hashSecret(secret)))) > 0,

    /** Ends one of an account's live sessions; whether there was one. */
    async endOne(accountId: string, id: string): Promise<boolean> {
      const condition = and(eq(sessions.accountId, accountId), eq(sessions.id, id), isLive())
      const [, ended] = await db.batch([
        audit.rowWhere({ actorId: accountId, action: 'session.end', target: id }, sessions, condition),
        db.delete(sessions).where(condition).returning({ id: sessions.id }),
      ])
      return ended.length > 0
    },

    /** Ends an account's sessions but one; how many. */
    async endOthers(accountId: string, exceptId: string | undefined): Promise<number> {
      const [ended] = await db.batch([
        db
          .delete(sessions)
          .where(
            and(
              eq(sessions.accountId, accountId),
              exceptId === undefined ? undefined : ne(sessions.id, exceptId),
            ),
          )
          .returning({ id: sessions.id }),
        audit.row({ actorId: accountId, action: 'session.end', target: 'all others' }),
      ])
      return ended.length
    },

    /** A link's code, returned here alone. The oldest of too many no longer signs in. */
    async makeLink({ accountId, keyId }: SessionOwner): Promise<{ code: string; expiresAt: number }> {
      const code = createSecret('swl_')
      const expiresAt = now() + SIGN_IN_LINK_MS
      const ofAccount = eq(signInLinks.accountId, accountId)
      const kept = db
        .select({ id: signInLinks.id })
        .from(signInLinks)
        .where(ofAccount)
        .orderBy(desc(signInLinks.expiresAt), desc(signInLinks.id))
        .limit(MAX_SIGN_IN_LINKS)
      await db.batch([
        db
          .insert(signInLinks)
          .values({ id: newId(), accountId, keyId, hash: await hashSecret(code), expiresAt }),
        db.delete(signInLinks).where(and(ofAccount, sql`${signInLinks.id} not in ${kept}`)),
      ])
      return { code, expiresAt }
    },

    /** Whom a link signs in, which it does once. */
    async takeLink(code: string): Promise<SessionOwner | undefined> {
      const [row] = await db
        .delete(signInLinks)
        .where(and(eq(signInLinks.hash, await hashSecret(code)), gt(signInLinks.expiresAt, now())))
        .returning({ accountId: signInLinks.accountId, keyId: signInLinks.keyId })
      return row
    },

    /** Deletes some of what is over. */
    async sweepSome(rows: number): Promise<number> {
      const over = db
        .select({ id: sessions.id })
        .from(sessions)
        .where(isOver())
        .orderBy(asc(sessions.id))
        .limit(rows)
      const unused = db
        .select({ id: signInLinks.id })
        .from(signInLinks)
        .where(lte(signInLinks.expiresAt, now()))
        .limit(rows)
      const [ended, dropped] = await db.batch([
        db.delete(sessions).where(inArray(sessions.id, over)).returning({ id: sessions.id }),
        db.delete(signInLinks).where(inArray(signInLinks.id, unused)).returning({ id: signInLinks.id }),
      ])
      return Math.max(ended.length, dropped.length)
    },
  }
}
