import { z } from '@hono/zod-openapi'
import { AppError, statusOf } from '../../../../shared/errors.ts'
import { MAX_MODEL_NAME_LENGTH } from '../../../../shared/node.ts'
import { toAgent, toSource, toStep } from '../../../http/chat-completions/agent-fields.ts'
import { openaiErrorBody } from '../../../http/openai-errors.ts'
import { AGENT_TYPES } from '../../../services/agents/choosing.ts'
import { MAX_MESSAGE_LENGTH } from '../../../services/conversations/messages.ts'
import { parsePlace, placeId } from '../../../services/conversations/room-events.ts'
import {
  MAX_CREDENTIAL_LENGTH,
  type SocketEvent,
  type SocketFrame,
  type SocketReader,
} from '../../../services/conversations/socket-contract.ts'
import { spellItemId } from '../../../services/responses/items.ts'
import { speedOf } from '../answer-figures.ts'
import { spellCitation } from '../grounded-chat.ts'
import { MAX_CHAT_DOCUMENTS } from '../schemas/chat.ts'
import { DOCUMENT_PREFIX } from '../schemas/document.ts'
import { CONVERSATION_PREFIX } from '../schemas/responses/conversation.ts'

/** Characters of a client's own word for a question. */
export const MAX_REFERENCE_LENGTH = 64

/** Characters of a conversation's instructions over a socket. */
export const MAX_INSTRUCTIONS_LENGTH = 32_000

const MAX_SEED = 2 ** 32 - 1

/** How a question is to be answered. */
export const AskOptions = z.object({
  model: z.string().min(1).max(MAX_MODEL_NAME_LENGTH).optional(),
  /** The system's turn from here on; an empty one takes back what was said before. */
  instructions: z.string().max(MAX_INSTRUCTIONS_LENGTH).optional(),
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
  max_tokens: z.int().min(1).optional(),
  seed: z.int().min(0).max(MAX_SEED).optional(),
  documents: z
    .strictObject({
      ids: z.array(z.string().max(64)).min(1).max(MAX_CHAT_DOCUMENTS).optional(),
      search: z.boolean().optional(),
    })
    .optional(),
  agent_type: z.enum(AGENT_TYPES).optional(),
})
export type AskOptions = z.infer<typeof AskOptions>

const ref = z.string().min(1).max(MAX_REFERENCE_LENGTH).optional()

/** A client's frame. */
export const ClientFrame = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('join'),
      token: z.string().min(1).max(MAX_CREDENTIAL_LENGTH),
      /** The id of the last frame that was heard: what came after it is told again. */
      after: z
        .string()
        .refine((id) => parsePlace(id) !== undefined, { error: 'expected the id of a frame' })
        .optional(),
    }),
    z.strictObject({
      type: z.literal('ask'),
      ref,
      text: z.string().trim().min(1).max(MAX_MESSAGE_LENGTH),
      ...AskOptions.shape,
    }),
    z.strictObject({ type: z.literal('regenerate'), ref, ...AskOptions.shape }),
    z.strictObject({ type: z.literal('stop') }),
    z.strictObject({ type: z.literal('ping') }),
  ])
  .openapi('ConversationSocketClientFrame')

/** A client's frame, or the sentence that says what is wrong with it. */
export function decodeFrame(frame: unknown): SocketFrame | string {
  const result = ClientFrame.safeParse(frame)
  if (!result.success) {
    const [issue] = result.error.issues
    const field = issue?.path.join('.') || 'frame'
    return `Invalid '${field}': ${issue?.message ?? 'it is not valid'}.`
  }
  const { data } = result
  switch (data.type) {
    case 'join':
      return {
        credential: data.token,
        place: data.after === undefined ? undefined : parsePlace(data.after),
      }
    case 'ask': {
      const { type: _type, ref: reference, text, ...more } = data
      return { message: { text, reference, more } }
    }
    case 'regenerate': {
      const { type: _type, ref: reference, ...more } = data
      return { message: { text: '', reference, more, isAgain: true } }
    }
    case 'stop':
      return { cancel: true }
    case 'ping':
      return { ping: true }
    default:
      return data satisfies never
  }
}

/** The place behind an answer: who stands there has heard all of it. */
const behind = (position: number): string => placeId({ position: position + 1, offset: 0 })

const spelledDocument = (id: string) => DOCUMENT_PREFIX + id

type End = Extract<SocketEvent, { type: 'answer.end' }>

function spellEnd({ ref, conversation }: { ref?: string; conversation: string }, event: End): object {
  const { usage, firstMs = null, totalMs, run, citations } = event
  return {
    type: 'end',
    ...(ref !== undefined && { ref }),
    id: behind(event.position),
    conversation,
    message: spellItemId('message', event.messageId),
    model: event.model,
    state: event.state,
    finish_reason: event.finishReason,
    usage: usage && { prompt_tokens: usage.promptTokens, completion_tokens: usage.completionTokens },
    first_ms: firstMs,
    total_ms: totalMs,
    tokens_per_second: speedOf({ tokens: usage?.completionTokens ?? null, firstMs, totalMs }),
    ...(citations && { citations: citations.map(spellCitation) }),
    ...(run && {
      agent: toAgent(run),
      sources: run.sources.map((source) => toSource(source, spelledDocument)),
    }),
  }
}

/** The frame of an event. A failure without an `id` is a refusal: there is no answer that it is about. */
export function spellFrame(
  event: SocketEvent,
  { conversationId, isAdministrator }: Pick<SocketReader, 'conversationId' | 'isAdministrator'>,
): object | undefined {
  const conversation = CONVERSATION_PREFIX + conversationId
  const said = event.reference === undefined ? {} : { ref: event.reference }
  switch (event.type) {
    case 'joined':
      return { type: 'joined', conversation, answering: event.isAnswering }
    case 'answer.start': {
      const { model, position } = event
      const message = spellItemId('message', event.messageId)
      return { type: 'start', ...said, id: placeId({ position, offset: 0 }), conversation, message, model }
    }
    case 'answer.delta':
      return { type: 'delta', id: placeId(event), text: event.text }
    case 'answer.step':
      return { type: 'step', step: toStep(event.step) }
    case 'answer.moved':
      return { type: 'moved', ...(isAdministrator && event.node !== null && { node: event.node }) }
    case 'answer.end': {
      const { node } = event
      return { ...spellEnd({ ...said, conversation }, event), ...(isAdministrator && node && { node }) }
    }
    case 'answer.error': {
      const { position, code, message, param, retryAfterSeconds } = event
      return {
        type: 'error',
        ...said,
        ...(position !== null && { id: behind(position) }),
        status: statusOf[code],
        ...openaiErrorBody(new AppError(code, message, { param })),
        ...(retryAfterSeconds !== undefined && { retry_after: retryAfterSeconds }),
      }
    }
    case 'pong':
      return { type: 'pong' }
    default:
      return event satisfies never
  }
}
