import { z } from '@hono/zod-openapi'
import { MAX_CONVERSATION_TITLE } from '../../../../services/conversations/listing.ts'
import { listOf, pageOf } from '../../list-form.ts'

/** Conversations of a page at most. */
export const MAX_CONVERSATIONS_PER_PAGE = 100
const MAX_SEARCH_LENGTH = 200

/** A conversation as lists show it: OpenAI has no list of them. */
export const ListedConversation = z
  .object({
    id: z.string(),
    object: z.literal('conversation'),
    created_at: z.int(),
    metadata: z.record(z.string(), z.string()),
    title: z.string(),
    updated_at: z.int(),
    model: z
      .string()
      .nullable()
      .openapi({ description: 'The model that it goes on with, where it keeps one.' }),
    branched_from: z
      .string()
      .nullable()
      .openapi({ description: 'The conversation whose beginning it has taken over; it may be gone.' }),
  })
  .openapi('ListedConversation')

export const ConversationList = listOf(ListedConversation).openapi('ConversationList')

export const ConversationPage = pageOf(MAX_CONVERSATIONS_PER_PAGE).extend({
  search: z
    .string()
    .min(1)
    .max(MAX_SEARCH_LENGTH)
    .optional()
    .openapi({ param: { name: 'search', in: 'query' }, description: 'Part of a title.' }),
})

export const ConversationTitle = z
  .strictObject({ title: z.string().trim().min(1).max(MAX_CONVERSATION_TITLE) })
  .openapi('ConversationTitle')
