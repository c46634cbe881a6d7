import { type Signal, signal } from '@preact/signals'
import type { Frame, Message, Step } from './frames.ts'

/** How a turn stands: `waiting` for its first word, `refused` before it was an answer. */
export type TurnState = 'waiting' | 'streaming' | 'complete' | 'cancelled' | 'failed' | 'refused'

/** Figures of an answer, as the edge has measured them. */
export interface Figures {
  tokens: number | null
  firstMs: number | null
  tokensPerSecond: number | null
}

/** Something that was said. */
export interface TurnContent {
  /** The id of its message, once it is known. */
  id?: string | undefined
  position?: number | undefined
  text: string
  state: TurnState
  model: string | null
  failure?: unknown
  figures?: Figures | undefined
  steps: readonly Step[]
  citations: Message['citations']
  sources: Message['sources']
  moves: number
  /** The node that ended it, to administrators. */
  node?: string | undefined
}

/** A turn of the talk that is shown. Its content is a signal of its own: what grows draws itself again, and nothing else. */
export interface Turn {
  key: string
  role: 'user' | 'assistant'
  content: Signal<TurnContent>
}

let made = 0

/** A turn with what is known of it. */
export function newTurn(role: Turn['role'], content: Partial<TurnContent> = {}): Turn {
  made += 1
  return {
    key: `turn-${made}`,
    role,
    content: signal({
      text: '',
      state: 'complete',
      model: null,
      steps: [],
      citations: [],
      sources: [],
      moves: 0,
      ...content,
    }),
  }
}

/** Changes some of a turn. */
export function change({ content }: Turn, over: Partial<TurnContent>): void {
  content.value = { ...content.peek(), ...over }
}

/** A stored message as a turn's content. */
export const contentOf = (message: Message): Partial<TurnContent> => ({
  id: message.id,
  position: message.position,
  text: message.content,
  state: message.state,
  model: message.model,
  failure: message.reason === null ? undefined : new Error(message.reason),
  figures:
    message.total_ms === null
      ? undefined
      : {
          tokens: message.usage?.completion_tokens ?? null,
          firstMs: message.first_ms,
          tokensPerSecond: message.tokens_per_second,
        },
  steps: message.agent?.steps ?? [],
  citations: message.citations,
  sources: message.sources,
  moves: message.moves,
})

/** Whether more of a turn may come. */
export const isOpen = ({ content }: Turn): boolean =>
  content.peek().state === 'waiting' || content.peek().state === 'streaming'

/** The content of an answer that has ended. */
export const endOf = (
  frame: Extract<Frame, { type: 'end' }>,
  { steps }: TurnContent,
): Partial<TurnContent> => ({
  id: frame.message,
  state: frame.state,
  model: frame.model,
  figures: {
    tokens: frame.usage?.completion_tokens ?? null,
    firstMs: frame.first_ms,
    tokensPerSecond: frame.tokens_per_second,
  },
  steps: frame.agent?.steps ?? steps,
  citations: frame.citations ?? [],
  sources: frame.sources ?? [],
  node: frame.node,
})
