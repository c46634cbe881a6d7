import { eq } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { openRooms } from '../../db/tables/conversations.ts'
import type { ChatRoomStub } from './chat.ts'

/** Rooms that are told at the same time. */
const ROOMS_AT_ONCE = 50

export type OpenRooms = ReturnType<typeof createOpenRooms>

/** Which rooms have sockets of an account. They sleep, so they cannot look by themselves whether a credential still holds. */
export function createOpenRooms(db: Db) {
  return {
    /** A socket of the account is in the room. */
    note: async (accountId: string, conversationId: string): Promise<void> => {
      await db.insert(openRooms).values({ accountId, conversationId }).onConflictDoNothing()
    },

    /** No socket is in the room any more. */
    forget: async (conversationId: string): Promise<void> => {
      await db.delete(openRooms).where(eq(openRooms.conversationId, conversationId))
    },

    /** Tells every room with sockets of an account that a credential of it has ended. */
    async recheck(accountId: string, chatRoom: (id: string) => Pick<ChatRoomStub, 'recheck'>): Promise<void> {
      const rooms = await db.select().from(openRooms).where(eq(openRooms.accountId, accountId))
      for (let from = 0; from < rooms.length; from += ROOMS_AT_ONCE) {
        const some = rooms.slice(from, from + ROOMS_AT_ONCE)
        await Promise.allSettled(some.map(({ conversationId }) => chatRoom(conversationId).recheck()))
      }
    },
  }
}
