import { AppError, toAppError } from '../../../shared/errors.ts'
import { causeOf } from '../../../shared/failure-cause.ts'
import type { Answered } from '../../services/conversations/answering.ts'
import type { AskedTurns } from '../../services/conversations/answers.ts'
import { type ChatPrompt, composePrompt } from '../../services/conversations/chat-prompt.ts'
import type { Question } from '../../services/conversations/question.ts'
import type { AnswerMoved, RoomEvent } from '../../services/conversations/room-events.ts'
import { citationsOf } from '../../services/documents/citations.ts'
import { AnswerText } from './answer-text.ts'
import type { RoomServices } from './room-services.ts'

/** Questions that may wait behind the one that is being answered. */
export const MAX_WAITING_QUESTIONS = 8

/** Turns of a conversation that are read back for a prompt; the model's context holds fewer. */
export const MAX_HISTORY = 200

/** How often an answer in the making is written down, so that an eviction loses no more than this. */
export const SAVE_INTERVAL_MS = 1_000

/** An answer under way, with what is needed to end it if its room is evicted. */
export interface Unfinished {
  messageId: string
  position: number
  text: string
  startedAt: number
  conversationNumber: number
  conversationId: string
}

export interface Asked {
  id: string
  question: Question
}

export interface DeskOptions {
  services: () => Pick<RoomServices, 'conversations' | 'answer' | 'nodeName' | 'log'>
  /** Tells everyone who should hear of this question's answer. */
  tell: (asked: Asked, event: RoomEvent | AnswerMoved) => void
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
        await this.#refuse(asked, thrown)
      }
      this.#current = undefined
    }
  }

  async #answer(asked: Asked, signal: AbortSignal): Promise<void> {
    const run = await this.#begin(asked)
    this.#options.tell(asked, run.answer.start)
    try {
      const onPlaced = (nodeId: string) => this.#place(run, nodeId)
      const pieces = this.#options.services().answer(asked.question, run.prompt, signal, onPlaced)
      let savedAt = run.startedAt
      for (let piece = await pieces.next(); ; piece = await pieces.next()) {
        if (piece.done) return await this.#finish(run, piece.value)
        if (piece.value === '') continue
        if (typeof piece.value !== 'string') {
          this.#options.tell(asked, { type: 'answer.step', position: run.answer.position, step: piece.value })
          continue
        }
        run.firstMs ??= this.#now() - run.startedAt
        this.#accept(run).catch(() => {}) // the end waits for it
        this.#options.tell(asked, run.answer.add(piece.value))
        if (this.#now() - savedAt < SAVE_INTERVAL_MS) continue
        savedAt = this.#now()
        this.#save(run)
      }
    } catch (thrown) {
      await this.#fail(run, toAppError(thrown), signal)
    }
  }

  async #begin(asked: Asked): Promise<Run> {
    const { options, ...question } = asked.question
    const { messages, answers } = this.#options.services().conversations
    const history = await messages.history(question.conversationId, MAX_HISTORY)
    const last = question.isAgain ? await messages.last(question.conversationId) : undefined
    const replaced = last?.role === 'assistant' ? last : undefined
    const stored = { ...history, turns: history.turns.filter(({ id }) => id !== replaced?.id) }
    const composed = composePrompt(stored, question.turns, question.grounding)
    if (!composed)
      throw new AppError('invalid_request', 'There is no message to answer.', { param: 'message' })
    const startedAt = this.#now()
    const turns: AskedTurns = {
      ...question,
      turns: composed.added,
      model: options.model,
      replaces: replaced?.id,
    }
    const answer = new AnswerText({ ...(await answers.begin(turns)), model: options.model })
    if (this.#current) this.#current.answer = answer
    const { prompt } = composed
    const run: Run = {
      ...{ asked, prompt, turns, answer, startedAt },
      firstMs: null,
      accepted: undefined,
      node: undefined,
      moves: 0,
    }
    this.#save(run)
    return run
  }

  /** A node has taken the call. Another one than before, in the middle of the answer, is told. */
  #place(run: Run, nodeId: string): void {
    const { asked, answer, node } = run
    const isMove = node !== undefined && node.id !== nodeId && answer.text !== ''
    const { services, tell } = this.#options
    // Names are for administrators alone.
    const isNamed = asked.question.isAdministrator
    const name = isNamed
      ? services()
          .nodeName(nodeId)
          .catch(() => null)
      : Promise.resolve(null)
    run.node = { id: nodeId, name }
    if (!isMove) return
    run.moves += 1
    void name.then((known) => {
      const isOver = this.#current?.answer !== answer
      if (!isOver) tell(asked, { type: 'answer.moved', position: answer.position, node: known })
    })
  }

  /** The answer has said something, or has nothing to say: what was asked counts. */
  #accept(run: Run): Promise<void> {
    run.accepted ??= this.#options.services().conversations.answers.accept(run.turns)
    return run.accepted
  }

  async #finish(run: Run, { finishReason, usage, charts, run: way }: Answered): Promise<void> {
    const { asked, answer, startedAt, firstMs, moves } = run
    const state = finishReason === 'cancelled' ? 'cancelled' : 'complete'
    const totalMs = this.#now() - startedAt
    await this.#accept(run)
    const { position, messageId, model, text: content } = answer
    const { answers } = this.#options.services().conversations
    const event = state === 'complete' ? eventOf(asked.question, model, content) : undefined
    const { passages } = asked.question
    const citations = passages && citationsOf(content, passages)
    const isFromOutside = passages !== undefined && passages.length > 0
    const kept = { run: way, citations, moves, isFromOutside }
    await answers.end(messageId, { state, content, charts, way: kept, usage, firstMs, totalMs, event })
    this.#options.save(undefined)
    const node = (await run.node?.name) ?? null
    const times = { totalMs, firstMs }
    const found = { charts, run: way, citations, node }
    const end = { position, messageId, state, finishReason, model, usage, ...times, ...found } as const
    this.#options.tell(asked, { type: 'answer.end', ...end })
  }

  /** An answer that has said something ends as failed. Any other is withdrawn, and its failure thrown: it is a refusal. */
  async #fail(run: Run, failure: AppError, signal: AbortSignal): Promise<void> {
    // A node that is lost while it is being stopped was stopped.
    if (signal.aborted) return this.#finish(run, { finishReason: 'cancelled', usage: null, charts: null })
    const { asked, answer, startedAt, firstMs } = run
    const { answers } = this.#options.services().conversations
    if (!run.accepted) {
      await answers.withdraw(run.turns, answer)
      if (this.#current) this.#current.answer = undefined
      this.#options.save(undefined)
      throw failure
    }
    this.#log(failure)
    await run.accepted
    const { position, messageId, text: content } = answer
    const { code, message, param, retryAfterSeconds } = failure
    const totalMs = this.#now() - startedAt
    const end = { state: 'failed', content, reason: message, usage: null, firstMs, totalMs } as const
    await answers.end(messageId, end)
    this.#options.save(undefined)
    this.#options.tell(asked, { type: 'answer.error', position, code, message, param, retryAfterSeconds })
  }

  /** Nothing is kept of the question. A conversation that was begun for it goes too, or is the next one's. */
  async #refuse(asked: Asked, thrown: unknown): Promise<void> {
    const failure = toAppError(thrown)
    this.#log(failure)
    const { begins } = asked.question
    const [next, ...others] = this.#waiting
    if (begins && next) this.#waiting = [{ ...next, question: { ...next.question, begins } }, ...others]
    else if (begins) {
      const { answers } = this.#options.services().conversations
      await answers.abandon(begins).catch((lost: unknown) => this.#log(toAppError(lost)))
    }
    const { code, message, param, retryAfterSeconds } = failure
    const told = { position: null, code, message, param, retryAfterSeconds }
    this.#options.tell(asked, { type: 'answer.error', ...told })
  }

  #log({ code, cause }: AppError): void {
    if (code === 'internal')
      this.#options.services().log.error('chat.failed', { code, cause: causeOf(cause) })
  }

  #save({ answer: { messageId, position, text }, startedAt, asked }: Run): void {
    const { conversationNumber, conversationId } = asked.question
    this.#options.save({ messageId, position, text, startedAt, conversationNumber, conversationId })
  }
}

/** An answer in the making. */
interface Run {
  asked: Asked
  prompt: ChatPrompt
  turns: AskedTurns
  answer: AnswerText
  startedAt: number
  firstMs: number | null
  /** Present once the answer has said something. */
  accepted: Promise<void> | undefined
  /** The one that has it now. */
  node: { id: string; name: Promise<string | null> } | undefined
  moves: number
}

/** The event of an answer that is a completion. */
const eventOf = ({ accountId, completion }: Question, model: string, content: string) =>
  completion && {
    accountId,
    type: 'chat.completion.created' as const,
    data: {
      id: completion.id,
      session_id: completion.sessionId,
      model,
      message: { role: 'assistant' as const, content },
    },
  }
