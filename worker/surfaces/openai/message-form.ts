import type { z } from '@hono/zod-openapi'
import { toAgent, toSource } from '../../http/chat-completions/agent-fields.ts'
import type { Conversation } from '../../services/conversations/conversations.ts'
import type { ToldMessage } from '../../services/conversations/told-messages.ts'
import { spellItemId } from '../../services/responses/items.ts'
import { seconds } from './account-form.ts'
import { speedOf } from './answer-figures.ts'
import { spellCitation } from './grounded-chat.ts'
import { DOCUMENT_PREFIX } from './schemas/document.ts'
import { CONVERSATION_PREFIX, toConversationObject } from './schemas/responses/conversation.ts'
import type { ListedConversation } from './schemas/responses/conversation-list.ts'
import type { ConversationMessage } from './schemas/responses/conversation-messages.ts'

/** A conversation as lists show it. */
export const toListed = (conversation: Conversation): z.infer<typeof ListedConversation> => ({
  ...toConversationObject(conversation),
  title: conversation.title,
  updated_at: seconds(conversation.updatedAt),
  model: conversation.model,
  branched_from: conversation.branchedFrom && CONVERSATION_PREFIX + conversation.branchedFrom,
})

const usageOf = ({ promptTokens, completionTokens }: ToldMessage) =>
  promptTokens === null || completionTokens === null
    ? null
    : { prompt_tokens: promptTokens, completion_tokens: completionTokens }

/** A message with what there is to see of it. */
export function toMessage(message: ToldMessage): z.infer<typeof ConversationMessage> {
  const { role, content, position, state, reason, model, firstMs, totalMs, way } = message
  const { run, citations = [], moves = 0 } = way
  return {
    id: spellItemId('message', message.id),
    object: 'conversation.message',
    ...{ role, content, position, state, reason, model, moves },
    created_at: seconds(message.createdAt),
    usage: usageOf(message),
    first_ms: firstMs,
    total_ms: totalMs,
    tokens_per_second: speedOf({ tokens: message.completionTokens, firstMs, totalMs }),
    citations: citations.map(spellCitation),
    sources: (run?.sources ?? []).map((source) => toSource(source, (id) => DOCUMENT_PREFIX + id)),
    agent: run ? toAgent(run) : null,
  }
}

const SPEAKERS: Record<string, string> = { user: 'You', system: 'Instructions' }

/** A message as Markdown: who says it, and what. */
export function toMarkdown({ role, content, model, state, way }: ToldMessage): string {
  const speaker = SPEAKERS[role] ?? model ?? 'Answer'
  const unfinished = state === 'complete' ? '' : `\n\n*(${state})*`
  const quoted = (way.citations ?? []).map(
    ({ marker, name, page, quote }) =>
      `> ${marker} ${name}${page === null ? '' : `, page ${page}`}: ${quote.replaceAll(/\s+/g, ' ')}`,
  )
  return [`## ${speaker}`, `${content}${unfinished}`, ...quoted].join('\n\n').concat('\n\n')
}
