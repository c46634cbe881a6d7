import type { z } from 'zod'
import type {
  ConversationMessage,
  ConversationMessageList,
} from '../../../surfaces/openai/schemas/responses/conversation-messages.ts'

export type Message = z.infer<typeof ConversationMessage>
export type MessageList = z.infer<typeof ConversationMessageList>
export type Step = NonNullable<Message['agent']>['steps'][number]

/** How a question is to be answered, in the words of the socket. */
export interface AskOptions {
  model?: string | undefined
  instructions?: string | undefined
  temperature?: number | undefined
  top_p?: number | undefined
  max_tokens?: number | undefined
  seed?: number | undefined
  documents?: { search: true } | { ids: string[] } | undefined
  agent_type?: string | undefined
}

/** A frame of the socket, as `/v1/docs` describes it. */
export type Frame =
  | { type: 'joined'; conversation: string; answering: boolean }
  | { type: 'start'; ref?: string; id: string; conversation: string; message: string; model: string }
  | { type: 'delta'; id: string; text: string }
  | { type: 'step'; step: Step }
  | { type: 'moved'; node?: string }
  | ({
      type: 'end'
      ref?: string
      id: string
      conversation: string
      message: string
      model: string
      state: 'complete' | 'cancelled'
      citations?: Message['citations']
      sources?: Message['sources']
      agent?: Message['agent']
      node?: string
    } & Pick<Message, 'usage' | 'first_ms' | 'total_ms' | 'tokens_per_second'>)
  | {
      type: 'error'
      ref?: string
      id?: string
      status: number
      error: { message: string; param: string | null; code: string | null }
      retry_after?: number
    }
  | { type: 'pong' }

/** `8.120`: the position of a message, and how much of its text stands before. */
export function placeIn(id: string): { position: number; offset: number } {
  const [position, offset] = id.split('.').map(Number)
  return { position: position ?? 0, offset: offset ?? 0 }
}
