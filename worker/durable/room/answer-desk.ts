import { AppError, toAppError } from '../../../shared/errors.ts'
import { causeOf } from '../../../shared/failure-cause.ts'
import type { Answered } from '../../services/conversations/answering.ts'
import type { Question } from '../../services/conversations/chat.ts'
import { composePrompt } from '../../services/conversations/chat-prompt.ts'
import type { RoomEvent } from '../../services/conversations/room-events.ts'
import { AnswerText } from './answer-text.ts'
import type { RoomServices } from './room-services.ts'

/** Questions that may wait behind the one that is being answered. */
export const MAX_WAITING_QUESTIONS = 8

/** Turns of a conversation that are read back for a prompt; the model's context holds fewer. */
export const MAX_HISTORY = 200

/** How often an answer in the making is written down, so that an eviction loses no more than this. */
export const SAVE_INTERVAL_MS = 1_000

/** What is needed to end an answer whose room was evicted. */
export interface Unfinished {
  messageId: string
  position: number
  text: string
  startedAt: number
  conversationNumber: number
}

export interface Asked {
  id: string
  question: Question
}

export interface DeskOptions {
  services: () => Pick<RoomServices, 'conversations' | 'answer' | 'log'>
  /** Tells everyone who should hear of this question's answer. */
  tell: (asked: Asked, event: RoomEvent) => void
  /** Remembers the answer in the making; undefined when there is none any more. */
  save: (unfinished: Unfinished | undefined) => void
  now?: () => number
}

/**
 * Answers a conversation's questions one after the other, and keeps what was asked and answered. Knows nothing of sockets
 * and streams. Whatever happens, a question that was taken hears exactly one end.
 */
export class AnswerDesk {
  readonly #options: DeskOptions
  readonly #now: () => number
  #waiting: Asked[] = []
  #current: { asked: Asked; abort: AbortController; answer: AnswerText | undefined } | undefined

  constructor(options: DeskOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
  }

  get isBusy(): boolean {
    return this.#current !== undefined
  }

  /** The answer in the making, once it has begun. */
  get answer(): AnswerText | undefined {
    return this.#current?.answer
  }

  /** The question that is being answered. */
  get currentId(): string | undefined {
    return this.#current?.asked.id
  }

  /** Takes a question, or throws `conflict` when too many wait already. */
  take(asked: Asked): void {
    if (this.#waiting.length >= MAX_WAITING_QUESTIONS) {
      throw new AppError('conflict', 'Too many questions of this conversation wait for an answer already.', {
        retryAfterSeconds: 1,
      })
    }
    this.#waiting.push(asked)
    if (!this.#current) void this.#work()
  }

  /** Forgets questions that have not begun and whose askers are gone. */
  withdraw(isGone: (id: string) => boolean): void {
    this.#waiting = this.#waiting.filter(({ id }) => !isGone(id))
  }

  /** Stops the answer in the making. False when there is none. */
  cancel(): boolean {
    this.#current?.abort.abort()
    return this.#current !== undefined
  }

  /** The conversation is gone: stops, and refuses what waits. */
  close(): void {
    const waiting = this.#waiting
    this.#waiting = []
    this.cancel()
    const gone = { type: 'answer.error', position: null, code: 'not_found' } as const
    for (const asked of waiting) {
      this.#options.tell(asked, { ...gone, message: 'The conversation was deleted.' })
    }
  }

  async #work(): Promise<void> {
    for (let asked = this.#waiting.shift(); asked; asked = this.#waiting.shift()) {
      this.#current = { asked, abort: new AbortController(), answer: undefined }
      try {
        await this.#answer(asked, this.#current.abort.signal)
      } catch (thrown) {
        // There was nothing to answer, or the database did not: the question was not stored, or its answer's end was not.
        const { code, message, param, retryAfterSeconds } = toAppError(thrown)
        if (code === 'internal') {
          this.#options.services().log.error('chat.failed', { code, cause: causeOf(thrown) })
        }
        const failure = { code, message, param, retryAfterSeconds }
        this.#options.tell(asked, { type: 'answer.error', position: null, ...failure })
      }
      this.#current = undefined
    }
  }

  async #answer(asked: Asked, signal: AbortSignal): Promise<void> {
    const { question } = asked
    const { tell, services } = this.#options
    const { conversations, answer: answerOf } = services()
    const { accountId, conversationId } = question
    const composed = composePrompt(
      await conversations.messages.recent(conversationId, MAX_HISTORY),
      question.turns,
      question.grounding,
    )
    if (!composed)
      throw new AppError('invalid_request', 'There is no message to answer.', { param: 'message' })
    const startedAt = this.#now()
    const begun = await conversations.messages.beginAnswer({ accountId, conversationId }, composed.added, {
      model: question.options.model,
      queryType: question.queryType ?? null,
    })
    const answer = new AnswerText({ ...begun, model: question.options.model })
    if (this.#current) this.#current.answer = answer
    const keep = () => this.#save(answer, startedAt, question.conversationNumber)
    keep()
    tell(asked, answer.start)
    const run = { answer, startedAt, firstMs: null as number | null }
    try {
      const pieces = answerOf(question, composed.prompt, signal)
      let savedAt = startedAt
      for (let piece = await pieces.next(); ; piece = await pieces.next()) {
        if (piece.done) return await this.#finish(asked, run, piece.value)
        if (piece.value === '') continue
        run.firstMs ??= this.#now() - startedAt
        tell(asked, answer.add(piece.value))
        if (this.#now() - savedAt < SAVE_INTERVAL_MS) continue
        savedAt = this.#now()
        keep()
      }
    } catch (thrown) {
      await this.#fail(asked, run, toAppError(thrown), signal)
    }
  }

  async #finish(asked: Asked, { answer, startedAt, firstMs }: Run, answered: Answered): Promise<void> {
    const { finishReason, usage, charts } = answered
    const state = finishReason === 'cancelled' ? 'cancelled' : 'complete'
    const totalMs = this.#now() - startedAt
    await this.#options.services().conversations.messages.endAnswer(answer.messageId, {
      state,
      content: answer.text,
      charts,
      usage,
      firstMs,
      totalMs,
    })
    this.#options.save(undefined)
    const { position, messageId, model } = answer
    const end = { position, messageId, state, finishReason, model, usage, totalMs, charts } as const
    this.#options.tell(asked, { type: 'answer.end', ...end })
  }

  async #fail(asked: Asked, run: Run, failure: AppError, signal: AbortSignal): Promise<void> {
    // A node that is lost while it is being stopped was stopped.
    if (signal.aborted)
      return this.#finish(asked, run, { finishReason: 'cancelled', usage: null, charts: null })
    const { answer, startedAt, firstMs } = run
    const { code, message, param, retryAfterSeconds } = failure
    if (code === 'internal') {
      this.#options.services().log.error('chat.failed', { code, cause: causeOf(failure.cause) })
    }
    await this.#options.services().conversations.messages.endAnswer(answer.messageId, {
      state: 'failed',
      content: answer.text,
      reason: message,
      usage: null,
      firstMs,
      totalMs: this.#now() - startedAt,
    })
    this.#options.save(undefined)
    const told = { position: answer.position, code, message, param, retryAfterSeconds }
    this.#options.tell(asked, { type: 'answer.error', ...told })
  }

  #save({ messageId, position, text }: AnswerText, startedAt: number, conversationNumber: number): void {
    this.#options.save({ messageId, position, text, startedAt, conversationNumber })
  }
}

interface Run {
  answer: AnswerText
  startedAt: number
  firstMs: number | null
}
