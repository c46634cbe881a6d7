import { z } from 'zod'
import { type ErrorCode, statusOf } from '../../../shared/errors.ts'
import { parsePlace, placeId, type RoomEvent } from '../../services/conversations/room-events.ts'

/** Longest frame of a client, in bytes of UTF-8. */
export const MAX_FRAME_BYTES = 64 * 1024

/** A token is kept beside its socket while the room sleeps: all that is kept there stays below 2 KB. */
export const MAX_TOKEN_LENGTH = 1_500

/** A socket that has not said who it is within this time is closed. */
export const TOKEN_LIMIT_MS = 10_000

/** Why a chat's socket is closed; the numbers mirror HTTP's. */
export const ChatClose = {
  normal: 1000,
  badFrame: 4400,
  badToken: 4401,
  notFound: 4404,
  noToken: 4408,
  tooMany: 4429,
  tooLarge: 1009,
} as const
export type ChatClose = (typeof ChatClose)[keyof typeof ChatClose]

/** What a client may send. The first frame carries a token; any frame may carry a message. */
export const ClientFrame = z.object({
  token: z.string().min(1).max(MAX_TOKEN_LENGTH).optional(),
  message: z.string().trim().min(1).optional(),
  model: z.string().min(1).max(256).optional(),
  temperature: z.number().min(0).max(2).optional(),
  max_tokens: z.int().min(1).optional(),
  /** The id of the last frame that was heard: what came after it is sent again. */
  resume_from: z
    .string()
    .refine((id) => parsePlace(id) !== undefined, { error: 'expected the id of a frame' })
    .optional(),
  cancel: z.literal(true).optional(),
  type: z.literal('ping').optional(),
})
export type ClientFrame = z.infer<typeof ClientFrame>

/** A frame, or the sentence that says what is wrong with it. */
export function decodeClientFrame(text: string): ClientFrame | string {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return 'The frame is not valid JSON.'
  }
  const result = ClientFrame.safeParse(json)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const field = issue?.path.join('.') || 'frame'
  return `Invalid '${field}': ${issue?.message ?? 'it is not valid'}.`
}

interface Failure {
  code: ErrorCode
  message: string
  /** The answer that failed, where one had begun. */
  position?: number | null
  retryAfterSeconds?: number | undefined
}

/** The place behind an answer: who stands there has heard all of it. */
const behind = (position: number): string => placeId({ position: position + 1, offset: 0 })

/** A failure as a client sees it. It ends an answer, hence `done`. */
export const errorFrame = (
  { code, message, position = null, retryAfterSeconds }: Failure,
  conversation: number | null,
) => ({
  content: '',
  error: message,
  status_code: statusOf[code],
  done: true,
  ...(position !== null && { id: behind(position) }),
  ...(retryAfterSeconds !== undefined && { retry_after: retryAfterSeconds }),
  conversation_id: conversation,
})

/** What a socket is sent for an event; undefined where a client needs not know. */
export function frameOf(event: RoomEvent, conversation: number): object | undefined {
  switch (event.type) {
    case 'answer.start':
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
      return errorFrame(event, conversation)
    default:
      return event satisfies never
  }
}
