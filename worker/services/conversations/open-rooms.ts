import { eq, sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { openRooms } from '../../db/tables/conversations.ts'
import type { ChatRoomStub } from './chat.ts'
import { MAX_ACCOUNT_SOCKETS } from './socket-contract.ts'

/** Rooms that are told at the same time. */
const ROOMS_AT_ONCE = 50

export type OpenRooms = ReturnType<typeof createOpenRooms>

/** Which rooms have sockets of an account. They sleep, so they cannot look by themselves whether a credential still holds. */
export function createOpenRooms(db: Db) {
  return {
    /** So many sockets of the account are in the room now. False, and nothing is noted, where all of its rooms have too many. */
    async note(accountId: string, conversationId: string, sockets: number): Promise<boolean> {
      const others = sql`(select coalesce(sum(sockets), 0) from open_rooms where account_id = ${accountId} and conversation_id <> ${conversationId})`
      const noted = await db
        .insert(openRooms)
        .select(
          sql`select ${conversationId}, ${accountId}, ${sockets} where ${others} + ${sockets} <= ${MAX_ACCOUNT_SOCKETS}`,
        )
        .onConflictDoUpdate({ target: openRooms.conversationId, set: { sockets } })
        .returning({ id: openRooms.conversationId })
      return noted.length > 0
    },

    /** No socket is in the room any more. */
    forget: async (conversationId: string): Promise<void> => {
      await db.delete(openRooms).where(eq(openRooms.conversationId, conversationId))
    },

    /** Tells every room with sockets of an account that a credential of it has ended, or that it is to look who is there. */
    async recheck(accountId: string, chatRoom: (id: string) => Pick<ChatRoomStub, 'recheck'>): Promise<void> {
      const rooms = await db.select().from(openRooms).where(eq(openRooms.accountId, accountId))
      for (let from = 0; from < rooms.length; from += ROOMS_AT_ONCE) {
        const some = rooms.slice(from, from + ROOMS_AT_ONCE)
        await Promise.allSettled(some.map(({ conversationId }) => chatRoom(conversationId).recheck()))
      }
    },
  }
}
