import { z } from '@hono/zod-openapi'
import { statusOf } from '../../../../shared/errors.ts'
import { MAX_MODEL_NAME_LENGTH } from '../../../../shared/node.ts'
import { parsePlace, placeId } from '../../../services/conversations/room-events.ts'
import {
  MAX_CREDENTIAL_LENGTH,
  type SocketEvent,
  type SocketFrame,
  type SocketReader,
} from '../../../services/conversations/socket-contract.ts'
import { MAX_TEMPERATURE } from '../chat-schemas.ts'

/** A client's frame. The first carries a token; any may carry a message. */
const ClientFrame = z.object({
  token: z.string().min(1).max(MAX_CREDENTIAL_LENGTH).optional(),
  message: z.string().trim().min(1).optional(),
  model: z.string().min(1).max(MAX_MODEL_NAME_LENGTH).optional(),
  temperature: z.number().min(0).max(MAX_TEMPERATURE).optional(),
  max_tokens: z.int().min(1).optional(),
  /** The id of the last frame that was heard: what came after it is sent again. */
  resume_from: z
    .string()
    .refine((id) => parsePlace(id) !== undefined, { error: 'expected the id of a frame' })
    .optional(),
  cancel: z.literal(true).optional(),
  type: z.literal('ping').optional(),
})

/** A client's frame, or the sentence that says what is wrong with it. */
export function decodeFrame(frame: unknown): SocketFrame | string {
  const result = ClientFrame.safeParse(frame)
  if (!result.success) {
    const [issue] = result.error.issues
    const field = issue?.path.join('.') || 'frame'
    return `Invalid '${field}': ${issue?.message ?? 'it is not valid'}.`
  }
  const {
    token,
    message: text,
    model,
    temperature,
    max_tokens: maxTokens,
    resume_from,
    ...rest
  } = result.data
  return {
    credential: token,
    message: text === undefined ? undefined : { text, model, temperature, maxTokens },
    place: resume_from === undefined ? undefined : parsePlace(resume_from),
    cancel: rest.cancel,
    ping: rest.type === 'ping',
  }
}

/** The place behind an answer: who stands there has heard all of it. */
const behind = (position: number): string => placeId({ position: position + 1, offset: 0 })

/** The frame of an event; undefined where a client needs not know. A failure ends an answer, hence its `done`. */
export function spellFrame(
  event: SocketEvent,
  { conversationNumber: conversation }: Pick<SocketReader, 'conversationNumber'>,
): object | undefined {
  switch (event.type) {
    case 'answer.start':
    case 'answer.step':
    case 'answer.moved':
    case 'joined':
      return undefined
    case 'answer.delta':
      return { content: event.text, done: false, id: placeId(event), conversation_id: conversation }
    case 'answer.end':
      return {
        content: '',
        done: true,
        id: behind(event.position),
        conversation_id: conversation,
        state: event.state,
        model: event.model,
        tokens_used: event.usage && event.usage.promptTokens + event.usage.completionTokens,
        latency_ms: event.totalMs,
      }
    case 'answer.error':
      return {
        content: '',
        error: event.message,
        status_code: statusOf[event.code],
        done: true,
        ...(event.position !== null && { id: behind(event.position) }),
        ...(event.retryAfterSeconds !== undefined && { retry_after: event.retryAfterSeconds }),
        conversation_id: conversation,
      }
    case 'pong':
      return { type: 'pong' }
    default:
      return event satisfies never
  }
}
