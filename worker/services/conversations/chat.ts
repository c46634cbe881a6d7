import { causeOf } from '../../../shared/failure-cause.ts'
import type { Logger } from '../../../shared/log.ts'
import { readEvents } from '../inference/event-lines.ts'
import type { Question } from './question.ts'
import { type AnswerPlace, isLastEvent, type RoomEvent } from './room-events.ts'

/** The events of an answer as they arrive; an empty list is a sign of life. Leaving it is leaving the conversation. */
export type RoomStream = AsyncGenerator<RoomEvent[], void, void>

/** A reader's stream out of a room, and the name under which it leaves. */
export interface RoomReading {
  listenerId: string
  events: ReadableStream<Uint8Array>
}

/** A conversation's room, as the services ask it. */
export interface ChatRoomStub {
  ask(question: Question): Promise<RoomReading>
  follow(accountId: string, conversationId: string, place: AnswerPlace): Promise<RoomReading>
  leave(listenerId: string): Promise<void>
  /** False when nothing was being answered. */
  cancel(): Promise<boolean>
  /** Ends what is being answered and forgets everything. */
  close(): Promise<void>
  /** A credential of the account has ended: sockets that were let in with it end. */
  recheck(): Promise<void>
  fetch(request: Request): Promise<Response>
}

/** Where a socket goes. */
export interface SocketPlace {
  /** The name of the contract whose words it speaks. */
  contract: string
  conversationId: string
  /** The conversation begins with the socket's first message; otherwise it must be there. */
  isNew: boolean
  /** The client's address, for what is limited by it. */
  address: string | null
}

const interrupted: RoomEvent = {
  type: 'answer.error',
  position: null,
  code: 'node_failed',
  message: 'The answer was interrupted.',
}

export interface ChatOptions {
  /** The room of a conversation. */
  chatRoom: (conversationId: string) => ChatRoomStub
  /** Where requests come in. */
  places: () => readonly string[]
  /** Lets work go on after the response. */
  later: (work: Promise<unknown>) => void
  log: Logger
}

export type Chat = ReturnType<typeof createChat>

/** Talking in conversations. Each has a room, which answers one question after the other and lets everyone hear. */
export function createChat({ chatRoom, places, later, log }: ChatOptions) {
  function read(room: ChatRoomStub, { listenerId, events }: RoomReading, signal: AbortSignal): RoomStream {
    const leave = () => later(room.leave(listenerId).catch(() => {}))
    // Not in the generator, which does nothing before it is asked for events: whoever leaves until then leaves too.
    signal.addEventListener('abort', leave, { once: true })
    if (signal.aborted) leave()
    return hear(events, leave, signal)
  }

  async function* hear(
    bytes: ReadableStream<Uint8Array>,
    leave: () => void,
    signal: AbortSignal,
  ): RoomStream {
    let hasEnded = false
    try {
      for await (const events of readEvents<RoomEvent>(bytes)) {
        hasEnded ||= events.some(isLastEvent)
        yield events
      }
      // The room was evicted, or it dropped a reader that was too slow.
      if (!hasEnded && !signal.aborted) yield [interrupted]
    } catch (thrown) {
      // The object was lost in the middle of its work; its next life ends the answer in the database.
      if (signal.aborted) return
      log.error('room.lost', { cause: causeOf(thrown) })
      yield [interrupted]
    } finally {
      signal.removeEventListener('abort', leave)
      if (!hasEnded) leave()
    }
  }

  return {
    /** Asks, and hears the answer. Throws `conflict` when too many questions wait. */
    async ask(question: Question, signal: AbortSignal): Promise<RoomStream> {
      const room = chatRoom(question.conversationId)
      return read(room, await room.ask({ ...question, places: places() }), signal)
    },

    /** Hears an answer on from where the reader stands. Throws `not_found` when there is no such answer. */
    async follow(
      { conversationId, accountId }: { conversationId: string; accountId: string },
      place: AnswerPlace,
      signal: AbortSignal,
    ): Promise<RoomStream> {
      const room = chatRoom(conversationId)
      return read(room, await room.follow(accountId, conversationId, place), signal)
    },

    cancel: (conversationId: string): Promise<boolean> => chatRoom(conversationId).cancel(),
    close: (conversationId: string): Promise<void> => chatRoom(conversationId).close(),

    /** Hands a socket to the room, and nothing else that its client sent: the room asks who it is. */
    connect({ contract, conversationId, isNew, address }: SocketPlace): Promise<Response> {
      const headers = new Headers({
        upgrade: 'websocket',
        'x-contract': contract,
        'x-conversation-id': conversationId,
        'x-conversation-new': String(isNew),
        'x-places': places().join(','),
      })
      if (address !== null) headers.set('cf-connecting-ip', address)
      return chatRoom(conversationId).fetch(new Request('http://room/', { headers }))
    },
  }
}
