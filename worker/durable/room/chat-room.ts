import { DurableObject } from 'cloudflare:workers'
import { AppError, toAppError } from '../../../shared/errors.ts'
import { causeOf } from '../../../shared/failure-cause.ts'
import { ACCOUNT_CACHE_MS } from '../../services/accounts/account-cache.ts'
import type { Account } from '../../services/accounts/account-row.ts'
import type { ChatRoomStub, RoomReading } from '../../services/conversations/chat.ts'
import type { Conversation } from '../../services/conversations/conversations.ts'
import type { StoredMessage } from '../../services/conversations/messages.ts'
import type { Question } from '../../services/conversations/question.ts'
import {
  type AnswerMoved,
  type AnswerPlace,
  type RoomEvent,
  storedAnswer,
} from '../../services/conversations/room-events.ts'
import { ChatClose, type SocketFrame } from '../../services/conversations/socket-contract.ts'
import type { Serves } from '../../services/stubs.ts'
import { AnswerDesk, type Asked, type Unfinished } from './answer-desk.ts'
import type { AnswerText } from './answer-text.ts'
import { FrameQueue } from './frame-queue.ts'
import { Hearings, SOCKET_GRACE_MS } from './hearings.ts'
import { RoomNotice } from './room-notice.ts'
import type { RoomServices } from './room-services.ts'
import { RoomSockets, TOKEN_LIMIT_MS } from './room-sockets.ts'

/** While an answer is made, the room is woken this often: one that was evicted ends what it had begun. */
export const LEASE_MS = 5_000

/** Answers that a socket which comes back is given at most, in no more bytes than are read at once: the oldest that it has missed. */
export const MAX_MISSED_ANSWERS = 32

/** Who sends a frame, with which credential, and the conversation, if it has begun. */
interface Identified {
  account: Account
  credential: string
  conversation: Conversation | undefined
}

/**
 * One conversation, live. Keyed by its id. Owns who listens (hibernating sockets, and readers over HTTP) and the order of
 * questions: one is answered at a time, for everyone who listens. The database holds what was said; the answer in the
 * making is kept in the object's own storage too, so that after an eviction it ends as failed instead of never.
 */
export class ChatRoomObject extends DurableObject<Cloudflare.Env> implements Serves<ChatRoomStub> {
  readonly #build: () => RoomServices
  #built: RoomServices | undefined
  readonly #sockets: RoomSockets
  readonly #desk = new AnswerDesk({
    services: () => this.#services(),
    tell: (asked, event) => this.#tell(asked, event),
    save: (unfinished) => this.#save(unfinished),
  })
  readonly #hearings = new Hearings({ desk: this.#desk, hasSockets: () => this.#sockets.memberCount > 0 })
  readonly #frames = new FrameQueue()
  readonly #notice: RoomNotice

  constructor(ctx: DurableObjectState, env: Cloudflare.Env, build: () => RoomServices) {
    super(ctx, env)
    this.#build = build
    this.#sockets = new RoomSockets(ctx, () => this.#services().sockets)
    this.#notice = new RoomNotice(ctx.storage.kv, () => this.#services().openRooms)
    if (this.#unfinished()) void ctx.blockConcurrencyWhile(() => this.#recover())
  }

  // Readers over HTTP

  /** Asks, and opens the reader's stream of the answer. Throws `conflict` when too many questions wait. */
  ask(question: Question): RoomReading {
    if (question.places) this.#services().locate(question.places)
    const id = crypto.randomUUID()
    const reading = this.#hearings.open({ questionId: id, isResumable: question.isResumable })
    try {
      this.#desk.take({ id, question })
    } catch (refusal) {
      this.#hearings.leave(reading.listenerId)
      throw refusal
    }
    return reading
  }

  /** An answer from where a reader stands: what it has missed, then the rest. Throws `not_found` for what is no answer. */
  async follow(accountId: string, conversationId: string, place: AnswerPlace): Promise<RoomReading> {
    const { conversations } = this.#services()
    const missing = () => new AppError('not_found', 'There is no such answer.')
    if (!(await conversations.find(accountId, conversationId))) throw missing()
    const current = this.#currentAt(place)
    if (current) return this.#hearings.join(current.id, current.answer.missed(place))
    const stored = await conversations.messages.at(conversationId, place.position)
    if (stored?.role !== 'assistant') throw missing()
    return this.#hearings.replay(storedAnswer(stored, place))
  }

  leave(listenerId: string): void {
    this.#hearings.leave(listenerId)
  }

  /** Stops the answer in the making. False when there is none. */
  cancel(): boolean {
    return this.#desk.cancel()
  }

  /** The conversation was deleted: nobody is left to talk to. */
  close(): void {
    this.#desk.close()
    this.#sockets.closeAll(ChatClose.notFound, 'The conversation was deleted.')
  }

  /** A credential of the account has ended. Looks when no cache can know better any more. */
  async recheck(): Promise<void> {
    this.ctx.storage.kv.put('recheck', true)
    await this.#wakeWithin(ACCOUNT_CACHE_MS)
  }

  // Sockets

  /** Takes the upgrade; who it is comes in the first frame. `services/conversations/chat.ts` writes the headers. */
  override async fetch({ headers }: Request): Promise<Response> {
    const conversationId = headers.get('x-conversation-id') ?? ''
    const isNew = headers.get('x-conversation-new') === 'true'
    const contract = headers.get('x-contract') ?? ''
    const address = headers.get('cf-connecting-ip')
    this.#services().locate(headers.get('x-places')?.split(',') ?? [])
    const client = this.#sockets.accept({ contract, conversationId, isNew, address })
    await this.#wakeWithin(TOKEN_LIMIT_MS)
    return new Response(null, { status: 101, webSocket: client })
  }

  override async webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): Promise<void> {
    const frame = this.#sockets.read(socket, data)
    if (!frame) return
    const dealtWith = this.#frames.run(socket, () => this.#onFrame(socket, frame))
    if (dealtWith) await dealtWith
    else this.#sockets.refuse(socket, ChatClose.tooMany, 'Too many frames wait already.')
  }

  override webSocketClose(socket: WebSocket): void {
    const wasMember = this.#sockets.isMember(socket)
    this.#sockets.close(socket, ChatClose.normal, '') // a client waits for the answer to its close
    if (!wasMember) return
    this.#hearings.noteAbsence(SOCKET_GRACE_MS)
    this.ctx.waitUntil(this.#notice.count(this.#sockets.memberCount))
  }

  override webSocketError(socket: WebSocket): void {
    this.webSocketClose(socket)
  }

  override async alarm(): Promise<void> {
    await this.#endEnded()
    const nextDueMs = this.#sockets.closeOverdue(Date.now())
    await this.#notice.count(this.#sockets.memberCount)
    if (!this.#desk.isBusy && this.#unfinished()) await this.#recover()
    if (nextDueMs !== undefined) await this.#wakeWithin(nextDueMs)
    if (this.#desk.isBusy) await this.#wakeWithin(LEASE_MS)
  }

  /** Never throws: what is wrong with a frame is told to its socket. */
  async #onFrame(socket: WebSocket, frame: SocketFrame): Promise<void> {
    try {
      const who = await this.#identify(socket, frame)
      const { account, conversation } = who
      await this.#enter(socket, account)
      if (frame.ping) this.#sockets.tell(socket, { type: 'pong' }, null)
      await this.#letIn(socket, frame, who)
      if (frame.cancel) this.#desk.cancel()
      const { message } = frame
      if (!message) return
      const { conversationId } = this.#sockets.attachmentOf(socket)
      const contract = this.#sockets.contractOf(socket)
      const question = await contract.toQuestion({ message, account, conversationId, conversation })
      this.#desk.take({ id: crypto.randomUUID(), question })
    } catch (thrown) {
      const { code, message, param, cause, retryAfterSeconds } = toAppError(thrown)
      if (code === 'internal') this.#services().log.error('chat.failed', { code, cause: causeOf(cause) })
      const { reference } = frame.message ?? {}
      const failure = { code, message, param, retryAfterSeconds, reference }
      this.#sockets.tell(socket, { type: 'answer.error', position: null, ...failure }, null)
      if (code === 'unauthenticated' || code === 'token_expired') {
        this.#sockets.close(socket, ChatClose.badToken, message)
      } else if (code === 'not_found') this.#sockets.close(socket, ChatClose.notFound, message)
      else if (!this.#sockets.isMember(socket) && code === 'conflict')
        this.#sockets.close(socket, ChatClose.tooMany, message)
      if (!this.#sockets.isMember(socket)) await this.#notice.count(this.#sockets.memberCount)
    }
  }

  /** Who sends a frame, and the conversation, if it has begun. */
  async #identify(socket: WebSocket, frame: SocketFrame): Promise<Identified> {
    const { conversationId, isNew, address, credential: known } = this.#sockets.attachmentOf(socket)
    const { conversations } = this.#services()
    const credential = frame.credential ?? known
    if (credential === null) throw new AppError('unauthenticated', 'The first frame must carry a token.')
    const contract = this.#sockets.contractOf(socket)
    const account = await contract.admit(credential, address, frame.message !== undefined)
    const conversation = await conversations.find(account.id, conversationId)
    if (!conversation && (!isNew || (await conversations.exists(conversationId)))) {
      throw new AppError('not_found', 'There is no such conversation.')
    }
    return { account, credential, conversation }
  }

  /**
   * Tells a socket what it has missed: everything since the frame that it heard last, or, for one that comes in without
   * having heard any, what there is of the answer in the making. From there on it hears.
   */
  async #letIn(
    socket: WebSocket,
    { credential: shown, place }: SocketFrame,
    { account, credential, conversation }: Identified,
  ): Promise<void> {
    let stored: StoredMessage[] = []
    if (place && conversation) {
      // Until no answer has begun or ended meanwhile.
      for (let known: AnswerText | undefined | null = null; known !== this.#desk.answer; ) {
        known = this.#desk.answer
        const { messages } = this.#services().conversations
        stored = await messages.answersFrom(conversation.id, place.position, MAX_MISSED_ANSWERS)
      }
    }
    // Nothing is waited for from here on: no piece is lost between what it has missed and what it hears.
    const { answer, isBusy } = this.#desk
    for (const message of stored) {
      // An answer in the making is told from the desk, or will be heard from its beginning on.
      const isEnded = message.position !== answer?.position && !(message.state === 'streaming' && isBusy)
      const events = isEnded ? storedAnswer(message, place) : []
      for (const event of events) this.#tellSocket(socket, event, conversation)
    }
    const missed = place || !this.#sockets.isMember(socket) ? answer?.missed(place) : undefined
    if (missed) this.#tellSocket(socket, missed, conversation)
    if (shown === undefined) return
    const { credentialEndsAt: endsAt = null } = account
    const isAdministrator = this.#sockets.contractOf(socket).administers?.(account) ?? false
    this.#sockets.admit(socket, { credential, endsAt, isAdministrator })
    this.#sockets.tell(socket, { type: 'joined', isAnswering: isBusy }, conversation?.number ?? null)
    if (endsAt !== null) await this.#wakeWithin(Math.max(0, endsAt - Date.now()))
    // Others may have come in at the same time.
    if (this.#sockets.memberCount > 1) await this.#notice.count(this.#sockets.memberCount)
    // Its credential may have ended while it was let in, when the room did not yet know of it.
    await this.recheck()
  }

  async #enter(socket: WebSocket, { id }: Account): Promise<void> {
    if (this.#sockets.isMember(socket)) return
    const { conversationId } = this.#sockets.attachmentOf(socket)
    await this.#notice.enter(id, conversationId, this.#sockets.memberCount + 1)
  }

  /** Ends sockets whose credential is no longer good, after one of the account has ended. */
  async #endEnded(): Promise<void> {
    if (!this.ctx.storage.kv.get<boolean>('recheck')) return
    this.ctx.storage.kv.delete('recheck')
    await Promise.all(
      this.#sockets.members.map(async (socket) => {
        const { credential, address } = this.#sockets.attachmentOf(socket)
        try {
          if (credential !== null) await this.#sockets.contractOf(socket).admit(credential, address, false)
        } catch (thrown) {
          const { code, message } = toAppError(thrown)
          if (code !== 'internal') this.#sockets.endCredential(socket, code, message)
        }
      }),
    )
    this.#hearings.noteAbsence(0)
  }

  #tellSocket(socket: WebSocket, event: RoomEvent, conversation: Conversation | undefined): void {
    if (conversation) this.#sockets.tell(socket, event, conversation.number)
  }

  // Everyone

  #services(): RoomServices {
    this.#built ??= this.#build()
    return this.#built
  }

  #currentAt({ position }: AnswerPlace) {
    const { answer, currentId: id } = this.#desk
    return answer?.position === position && id !== undefined ? { answer, id } : undefined
  }

  #tell({ id, question }: Asked, event: RoomEvent | AnswerMoved): void {
    if (event.type !== 'answer.moved') this.#hearings.tell(id, event)
    const { conversationId, reference } = question
    // Where its first question is refused there is no conversation.
    const isRefusal = event.type === 'answer.error' && event.position === null
    const conversationNumber = question.begins && isRefusal ? null : question.conversationNumber
    this.#sockets.tellAll({ ...event, reference }, { conversationId, conversationNumber })
  }

  // What survives an eviction

  #unfinished(): Unfinished | undefined {
    return this.ctx.storage.kv.get<Unfinished>('unfinished')
  }

  #save(unfinished: Unfinished | undefined): void {
    if (!unfinished) {
      this.ctx.storage.kv.delete('unfinished')
      return
    }
    this.ctx.storage.kv.put('unfinished', unfinished)
    void this.#wakeWithin(LEASE_MS)
  }

  /** Ends what an earlier life of this object had begun. */
  async #recover(): Promise<void> {
    const unfinished = this.#unfinished()
    if (!unfinished) return
    const { messageId, position, text: content, startedAt, conversationNumber, conversationId } = unfinished
    const message = 'The answer was interrupted.'
    const totalMs = Date.now() - startedAt
    await this.#services().conversations.answers.end(messageId, {
      state: 'failed',
      content,
      reason: message,
      usage: null,
      firstMs: null,
      totalMs,
    })
    this.#save(undefined)
    const failure = { type: 'answer.error', position, code: 'node_failed', message } as const
    this.#sockets.tellAll(failure, { conversationId, conversationNumber })
  }

  async #wakeWithin(milliseconds: number): Promise<void> {
    const at = Date.now() + milliseconds
    const planned = await this.ctx.storage.getAlarm()
    if (planned === null || planned > at) await this.ctx.storage.setAlarm(at)
  }
}
