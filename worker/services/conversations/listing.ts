import { and, desc, eq, like, sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { conversations } from '../../db/tables/conversations.ts'
import type { Conversation } from './conversations.ts'

/** Characters of a title that a person gives. */
export const MAX_CONVERSATION_TITLE = 200

export interface ListedPage {
  limit: number
  /** The id of the last one of the page before. */
  after?: string | undefined
  /** Part of a title. */
  search?: string | undefined
}

/** A pattern of LIKE that a text stands in, whatever is in it. */
const containing = (text: string): string => `%${text.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`

/** An account's conversations, newest activity first; a cursor that has gone, or is another account's, has nothing behind it. */
export const listConversations = (
  db: Db,
  accountId: string,
  { limit, after, search }: ListedPage,
): Promise<Conversation[]> =>
  db
    .select()
    .from(conversations)
    .where(
      and(
        eq(conversations.accountId, accountId),
        search === undefined ? undefined : sql`${like(conversations.title, containing(search))} escape '\\'`,
        after === undefined
          ? undefined
          : sql`(${conversations.updatedAt}, ${conversations.id}) < (select updated_at, id from conversations where id = ${after} and account_id = ${accountId})`,
      ),
    )
    .orderBy(desc(conversations.updatedAt), desc(conversations.id))
    .limit(limit)
