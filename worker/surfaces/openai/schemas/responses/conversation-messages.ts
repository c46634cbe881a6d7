import { z } from '@hono/zod-openapi'
import { Agent, Source } from '../../../../http/chat-completions/agent-fields.ts'
import { listOf } from '../../list-form.ts'
import { Citation } from './citation.ts'
import { ListedConversation } from './conversation-list.ts'

/** Messages of a page, usually and at most. */
export const USUAL_MESSAGES_PER_PAGE = 50
export const MAX_MESSAGES_PER_PAGE = 100

/** A message of a conversation with what there is to see of it. */
export const ConversationMessage = z
  .object({
    id: z.string().openapi({ example: 'msg_6921b2a00123456789abcdef' }),
    object: z.literal('conversation.message'),
    role: z.string(),
    content: z.string(),
    position: z.int().openapi({ description: 'Its place in the conversation, which is no index.' }),
    state: z.enum(['streaming', 'complete', 'cancelled', 'failed']),
    reason: z.string().nullable().openapi({ description: 'Why it failed.' }),
    model: z.string().nullable(),
    created_at: z.int(),
    usage: z.object({ prompt_tokens: z.int(), completion_tokens: z.int() }).nullable(),
    first_ms: z.int().nullable().openapi({ description: 'Until its first word.' }),
    total_ms: z.int().nullable(),
    tokens_per_second: z.number().nullable().openapi({ description: 'From its first word on.' }),
    citations: z.array(Citation),
    sources: z.array(Source),
    agent: Agent.nullable(),
    moves: z.int().openapi({ description: 'How often it went on on another node.' }),
  })
  .openapi('ConversationMessage')

export const ConversationMessageList = listOf(ConversationMessage)
  .extend({
    instructions: z.string().nullable().openapi({ description: 'Those that hold in the conversation.' }),
  })
  .openapi('ConversationMessageList')

export const MessagePage = z.object({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_MESSAGES_PER_PAGE)
    .default(USUAL_MESSAGES_PER_PAGE)
    .openapi({ param: { name: 'limit', in: 'query' } }),
  before: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .openapi({
      param: { name: 'before', in: 'query' },
      description: 'The first id of the page behind it. Absent: the last messages.',
    }),
})

export const EXPORT_FORMATS = ['json', 'markdown'] as const

export const ExportQuery = z.object({
  format: z
    .enum(EXPORT_FORMATS)
    .default('json')
    .openapi({ param: { name: 'format', in: 'query' } }),
})

/** A whole conversation, as it is taken along. */
export const ConversationExport = z
  .object({
    object: z.literal('conversation.export'),
    conversation: ListedConversation,
    messages: z.array(ConversationMessage),
  })
  .openapi('ConversationExport')

export const BranchRequest = z
  .strictObject({
    through: z.string().max(64).optional().openapi({ description: 'The last message that it takes over.' }),
    before: z
      .string()
      .max(64)
      .optional()
      .openapi({ description: 'The first one that it does not: to say that differently.' }),
  })
  .refine(({ through, before }) => (through === undefined) !== (before === undefined), {
    error: "expected either 'through' or 'before'",
    path: ['through'],
  })
  .openapi('BranchConversationRequest')
