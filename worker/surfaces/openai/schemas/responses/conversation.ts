import { z } from '@hono/zod-openapi'
import type { Conversation } from '../../../../services/conversations/conversations.ts'
import { GivenItem, ResponseItem } from './items.ts'
import { Metadata } from './metadata.ts'
import { ItemList, rowIdIn } from './response.ts'

export const CONVERSATION_PREFIX = 'conv_'

/** Items that one request adds, as OpenAI documents it. */
export const MAX_ADDED_ITEMS = 20

/** The row's id of a conversation; undefined for what spells none. */
export const conversationIdIn = (spelled: string): string | undefined =>
  spelled.startsWith(CONVERSATION_PREFIX) ? rowIdIn(spelled) : undefined

export const NewConversation = z
  .strictObject({ items: z.array(GivenItem).max(MAX_ADDED_ITEMS).nullish(), metadata: Metadata.nullish() })
  .openapi('CreateConversationRequest')

export const ConversationChange = z
  .strictObject({ metadata: Metadata.nullable() })
  .openapi('UpdateConversationRequest')

export const NewItems = z
  .strictObject({ items: z.array(GivenItem).min(1).max(MAX_ADDED_ITEMS) })
  .openapi('CreateConversationItemsRequest')

export const ConversationObject = z
  .object({
    id: z.string().openapi({ example: `${CONVERSATION_PREFIX}6921b2a00123456789abcdef` }),
    object: z.literal('conversation'),
    created_at: z.int(),
    metadata: z.record(z.string(), z.string()),
  })
  .openapi('Conversation')

export const DeletedConversation = z
  .object({ id: z.string(), object: z.literal('conversation.deleted'), deleted: z.literal(true) })
  .openapi('DeletedConversation')

export const ConversationItemList = ItemList.openapi('ConversationItemList')
export const ConversationItem = ResponseItem

export const toConversationObject = ({ id, createdAt, metadata }: Conversation) => ({
  id: CONVERSATION_PREFIX + id,
  object: 'conversation' as const,
  created_at: Math.floor(createdAt / 1_000),
  metadata: metadata ?? {},
})
