import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { AppError } from '../../../../shared/errors.ts'
import { createLogger } from '../../../../shared/log.ts'
import { createDb, newId } from '../../../../worker/db/client.ts'
import {
  AnswerDesk,
  MAX_WAITING_QUESTIONS,
  SAVE_INTERVAL_MS,
  type Unfinished,
} from '../../../../worker/durable/room/answer-desk.ts'
import type { RoomServices } from '../../../../worker/durable/room/room-services.ts'
import { type AnswerPieces, chatSampling } from '../../../../worker/services/conversations/answering.ts'
import { createConversations } from '../../../../worker/services/conversations/conversations.ts'
import type { Question } from '../../../../worker/services/conversations/question.ts'
import type { AnswerMoved, RoomEvent } from '../../../../worker/services/conversations/room-events.ts'
import type { OnPlaced } from '../../../../worker/services/inference/inference.ts'
import { newAccount } from '../../../contracts/contract-client.ts'
import { usage } from '../../samples.ts'

const conversations = createConversations(createDb(env.DB))
const ended = { finishReason: 'stop' as const, usage: usage(), charts: null }

let accountId: string
beforeAll(async () => {
  accountId = (await newAccount()).account.id
})

let heard: { id: string; event: RoomEvent | AnswerMoved }[]
let saved: (Unfinished | undefined)[]
let nowMs: number
let answer: (question: Question, signal: AbortSignal, onPlaced?: OnPlaced) => AnswerPieces
let desk: AnswerDesk
beforeEach(() => {
  heard = []
  saved = []
  nowMs = 1_000_000
  const services = {
    conversations,
    log: createLogger(() => {}),
    answer: (question, _prompt, signal, onPlaced) => answer(question, signal, onPlaced),
    nodeName: async (nodeId) => `the node ${nodeId}`,
  } satisfies Partial<RoomServices>
  desk = new AnswerDesk({
    services: () => services,
    tell: ({ id }, event) => heard.push({ id, event }),
    save: (unfinished) => saved.push(unfinished),
    now: () => nowMs,
  })
})

async function newQuestion(over: Partial<Question> = {}): Promise<Question> {
  const { id, number } = await conversations.create({ accountId, title: 'A talk' })
  return {
    conversationId: id,
    conversationNumber: number,
    accountId,
    isAdministrator: false,
    requestId: newId(),
    turns: [{ role: 'user', content: 'Hello?' }],
    options: { model: 'm', sampling: chatSampling(0, 1) },
    isResumable: false,
    ...over,
  }
}

const ends = () => heard.filter(({ event }) => event.type === 'answer.end' || event.type === 'answer.error')
const untilEnds = (count: number) => expect.poll(() => ends().length).toBe(count)

describe('a question that was taken', () => {
  it('hears one end although its conversation cannot be found, and the next is answered', async () => {
    answer = async function* () {
      yield 'Hi.'
      return ended
    }
    const question = await newQuestion()
    desk.take({ id: 'lost', question: { ...question, conversationId: newId() } })
    desk.take({ id: 'next', question })
    await untilEnds(2)
    expect(ends()).toMatchObject([
      { id: 'lost', event: { type: 'answer.error', position: null, code: 'internal' } },
      { id: 'next', event: { type: 'answer.end', state: 'complete' } },
    ])
    expect(JSON.stringify(ends())).not.toContain('FOREIGN KEY')
    expect(desk.isBusy).toBe(false)
  })

  it('is refused when there is nothing to answer in it', async () => {
    const question = await newQuestion({ turns: [{ role: 'system', content: 'Be kind.' }] })
    desk.take({ id: 'empty', question })
    await untilEnds(1)
    expect(ends()[0]?.event).toMatchObject({ code: 'invalid_request', position: null, param: 'message' })
  })

  it('was stopped, and did not fail, when its node is lost while it is being stopped', async () => {
    answer = async function* (_question, signal) {
      yield 'Good'
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      throw new AppError('node_failed', 'The node was lost.')
    }
    const question = await newQuestion()
    desk.take({ id: 'stopped', question })
    await expect.poll(() => desk.answer?.text).toBe('Good')
    expect(desk.cancel()).toBe(true)
    await untilEnds(1)
    expect(ends()[0]?.event).toMatchObject({ type: 'answer.end', state: 'cancelled', usage: null })
    const { messages: rows } = await conversations.messages.page(question.conversationId, {
      limit: 9,
      offset: 0,
    })
    expect(rows[1]).toMatchObject({ state: 'cancelled', content: 'Good' })
  })

  it('counts once, and moves its conversation, when it is answered', async () => {
    const used = async () =>
      env.DB.prepare('SELECT queries_used FROM accounts WHERE id = ?').bind(accountId).first('queries_used')
    const before = Number(await used())
    answer = async function* () {
      yield 'Hi.'
      yield ' Ho.'
      return ended
    }
    const question = await newQuestion({ isModelKept: true })
    await env.DB.prepare('UPDATE conversations SET updated_at = 1 WHERE id = ?')
      .bind(question.conversationId)
      .run()
    desk.take({ id: 'counts', question })
    await untilEnds(1)
    expect(Number(await used()) - before).toBe(1)
    const talk = await conversations.find(accountId, question.conversationId)
    expect(talk).toMatchObject({ model: 'm', updatedAt: expect.any(Number) })
    expect(talk?.updatedAt).toBeGreaterThan(1)
  })

  it('says when to ask again, where its failure does', async () => {
    answer = async function* () {
      yield ''
      throw new AppError('no_capacity', 'All nodes are busy.', { retryAfterSeconds: 2 })
    }
    desk.take({ id: 'busy', question: await newQuestion() })
    await untilEnds(1)
    expect(ends()[0]?.event).toMatchObject({ code: 'no_capacity', retryAfterSeconds: 2 })
  })
})

describe('a conversation that was begun for a question', () => {
  const refused = async (question: Question) => {
    answer = async function* () {
      yield ''
      throw new AppError('no_capacity', 'All nodes are busy.')
    }
    desk.take({ id: 'refused', question })
  }
  const answers = async function* (): AnswerPieces {
    yield 'Hi.'
    return ended
  }
  const begun = async () => {
    const begins = await conversations.create({ accountId, title: 'A talk' })
    return newQuestion({ conversationId: begins.id, conversationNumber: begins.number, begins })
  }

  it('is gone when the question is refused', async () => {
    const question = await begun()
    await refused(question)
    await untilEnds(1)
    expect(await conversations.exists(question.conversationId)).toBe(false)
  })

  it('stays when it holds something', async () => {
    const question = await begun()
    const owner = { accountId, conversationId: question.conversationId }
    await conversations.messages.add(owner, { role: 'user', content: 'Hello?' })
    await refused(question)
    await untilEnds(1)
    expect(
      (await conversations.messages.page(question.conversationId, { limit: 9, offset: 0 })).messages,
    ).toHaveLength(1)
  })

  it('is the next question’s when one waits, and goes with the last', async () => {
    const question = await begun()
    const { begins: _, ...next } = question
    await refused(question)
    desk.take({ id: 'refused too', question: next })
    await untilEnds(2)
    expect(await conversations.exists(question.conversationId)).toBe(false)
  })

  it('is there again for a question that comes when another one has taken it along', async () => {
    const question = await begun()
    await refused(question)
    await untilEnds(1)
    answer = answers
    desk.take({ id: 'late', question })
    await untilEnds(2)
    expect(await conversations.find(accountId, question.conversationId)).toMatchObject({
      number: question.conversationNumber,
      title: 'A talk',
    })
  })
})

describe('questions that wait', () => {
  const release = () => Promise.withResolvers<void>()
  let first: ReturnType<typeof release>
  let question: Question
  beforeEach(async () => {
    first = release()
    answer = async function* () {
      yield ''
      await first.promise
      return ended
    }
    question = await newQuestion()
    desk.take({ id: 'first', question })
  })

  it(`are ${MAX_WAITING_QUESTIONS} at most, and are answered in order`, async () => {
    for (let count = 1; count <= MAX_WAITING_QUESTIONS; count += 1) desk.take({ id: `${count}`, question })
    expect(() => desk.take({ id: 'one more', question })).toThrow(
      expect.objectContaining({ code: 'conflict', retryAfterSeconds: 1 }),
    )
    first.resolve()
    await untilEnds(MAX_WAITING_QUESTIONS + 1)
    expect(ends().map(({ id }) => id)).toEqual(['first', '1', '2', '3', '4', '5', '6', '7', '8'])
  })

  it('are forgotten without a word when their askers are gone', async () => {
    desk.take({ id: 'gone', question })
    desk.take({ id: 'stays', question })
    desk.withdraw((id) => id === 'gone')
    first.resolve()
    await untilEnds(2)
    expect(ends().map(({ id }) => id)).toEqual(['first', 'stays'])
  })

  it('are refused when the conversation is closed', async () => {
    desk.take({ id: 'waits', question })
    desk.close()
    first.resolve()
    await untilEnds(2)
    expect(ends().find(({ id }) => id === 'waits')?.event).toMatchObject({
      code: 'not_found',
      position: null,
    })
    expect(desk.isBusy).toBe(false)
  })
})

describe('an answer in the making', () => {
  it(`is written down once in ${SAVE_INTERVAL_MS} ms, and forgotten at its end`, async () => {
    answer = async function* () {
      yield 'a'
      nowMs += SAVE_INTERVAL_MS - 1
      yield 'b'
      nowMs += 1
      yield 'c'
      yield 'd'
      return ended
    }
    desk.take({ id: 'one', question: await newQuestion() })
    await untilEnds(1)
    expect(saved.map((unfinished) => unfinished?.text)).toEqual(['', 'abc', undefined])
  })
})
