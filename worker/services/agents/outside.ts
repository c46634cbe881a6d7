import { and, desc, eq, isNotNull, or, sql } from 'drizzle-orm'
import type { Message } from '../../../shared/generation.ts'
import type { Db } from '../../db/client.ts'
import { agentRuns } from '../../db/tables/agents.ts'
import { answerWays, messages as storedMessages } from '../../db/tables/conversations.ts'
import { keptAddresses } from './kept-answers.ts'

/** Earlier runs of a conversation that are looked at, the last ones. */
const MAX_RUNS_BEFORE = 50

/** A conversation as a run finds it: whether text of strangers stands in it, and which addresses its searches have found. */
export interface Outside {
  isTainted: boolean
  foundAddresses: readonly string[]
}

export const NOTHING_OUTSIDE: Outside = { isTainted: false, foundAddresses: [] }

/** The mark by which an answer is known when it comes back in a conversation: clients change white space. */
export async function answerHash(text: string): Promise<string> {
  const words = new TextEncoder().encode(text.replaceAll(/\s+/g, ' ').trim())
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', words))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** An answer of a stored conversation that was given from documents without a run. */
const answerFromOutside = (db: Db, conversationId: string | null) =>
  db
    .select({ id: storedMessages.id })
    .from(storedMessages)
    .innerJoin(answerWays, eq(answerWays.messageId, storedMessages.id))
    .where(
      and(
        eq(storedMessages.conversationId, conversationId ?? ''),
        sql`json_extract(${answerWays.way}, '$.isFromOutside')`,
      ),
    )
    .limit(1)

/**
 * The things that earlier answers have brought into a conversation: those of the same stored one, and of runs those whose answers a
 * client sends along as turns.
 */
export async function outsideBefore(
  db: Db,
  {
    accountId,
    conversationId,
    messages,
  }: { accountId: string; conversationId: string | null; messages: readonly Message[] },
): Promise<Outside> {
  const answers = messages.filter(({ role }) => role === 'assistant')
  if (answers.length === 0) return NOTHING_OUTSIDE
  const hashes = await Promise.all(answers.map(({ content }) => answerHash(content)))
  const runsBefore = db
    .select({ outside: agentRuns.outside })
    .from(agentRuns)
    .where(
      and(
        eq(agentRuns.accountId, accountId),
        isNotNull(agentRuns.outside),
        or(
          conversationId === null ? undefined : eq(agentRuns.conversationId, conversationId),
          sql`${agentRuns.answerHash} in (select value from json_each(${JSON.stringify(hashes)}))`,
        ),
      ),
    )
    .orderBy(desc(agentRuns.id))
    .limit(MAX_RUNS_BEFORE)
  const [rows, fromOutside] = await db.batch([runsBefore, answerFromOutside(db, conversationId)])
  const found = rows.toReversed().flatMap(({ outside }) => outside ?? [])
  return { isTainted: rows.length + fromOutside.length > 0, foundAddresses: keptAddresses(found) }
}
