import { createRoute, type z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { AppError } from '../../../../shared/errors.ts'
import { viewerOf } from '../../../http/administers.ts'
import { type AnswerSpelling, answerResponse } from '../../../http/answer-stream.ts'
import { inWords } from '../../../http/auth.ts'
import { requireFeature } from '../../../http/features.ts'
import { json, jsonBody } from '../../../http/json-content.ts'
import { readerOf, whileAllowed } from '../../../http/lifeline.ts'
import { sseData } from '../../../http/sse.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { SurfaceEnv } from '../../../http/surface-env.ts'
import type { Chat } from '../../../services/conversations/chat.ts'
import type { Conversation, Conversations } from '../../../services/conversations/conversations.ts'
import { type Question, questionIn } from '../../../services/conversations/question.ts'
import { answerEvents, wholeAnswer } from '../../../services/conversations/room-answer.ts'
import type { ChooseModel } from '../../../services/models/model-choice.ts'
import { Message, ReplyEvent, ReplyRequest } from '../chat-schemas.ts'
import { failures, SECURITY } from '../responses.ts'
import { pathId } from '../schemas.ts'
import { chatMissing } from './chats.ts'
import { toMessage } from './messages.ts'

/** The kind of question that is answered from the rows of the chat's dataset. */
const ANALYTICS = 'analytics'

const reply = createRoute({
  method: 'post',
  path: '/api/chats/{chat_id}/reply',
  operationId: 'reply',
  tags: ['Messages'],
  security: SECURITY,
  summary: 'Have the chat’s model answer, and keep the answer as a message',
  description:
    'With `stream: true` the answer comes as server-sent events (ReplyEvent). A question with the query type `analytics` in a chat with a dataset is answered from its rows: the model writes one query, and the answer is its result in words and as `charts` of `{type, labels, data}`. When no query can be run, the answer says so.',
  request: {
    params: pathId('chat_id'),
    body: jsonBody(ReplyRequest, { content: 'Hello!' }),
  },
  responses: {
    200: {
      description: 'Events of ReplyEvent, when `stream` is true.',
      content: { 'text/event-stream': { schema: { type: 'string' } } },
    },
    201: json(Message, 'The answer.'),
    ...failures(400, 401, 404, 422),
  },
})

export interface ReplyServices {
  chat: Chat
  conversations: Conversations
  chooseModel: ChooseModel
}

export function replyRoutes(app: Surface, services: ReplyServices): void {
  const { chat, conversations, chooseModel } = services
  app.openAPIRegistry.register('ReplyEvent', ReplyEvent)

  async function questionOf(
    c: Context<SurfaceEnv>,
    talk: Conversation,
    given: ReplyRequest,
  ): Promise<Question> {
    const asksAgain = given.content === undefined
    const last = asksAgain ? (await conversations.messages.history(talk.id, 1)).turns.at(-1) : undefined
    if (given.content === undefined && last?.role !== 'user') {
      throw new AppError('invalid_request', 'There is no message to answer.')
    }
    const queryType = given.query_type ?? last?.queryType ?? null
    const isFromRows = queryType === ANALYTICS && talk.datasetId !== null
    const wish = { recordId: talk.modelId, kept: talk.model }
    const model = await inWords(chooseModel(accountOf(c), wish), { not_found: 'Model not found' })
    c.set('model', model.id)
    return questionIn(talk, viewerOf(accountOf(c)), {
      requestId: c.get('requestId'),
      turns: given.content === undefined ? [] : [{ role: 'user', content: given.content, queryType }],
      queryType,
      dataset: isFromRows ? { id: talk.datasetId ?? '' } : undefined,
      options: { model: model.id, temperature: given.temperature, maxTokens: given.max_tokens },
    })
  }

  async function messageOf(accountId: string, messageId: string): Promise<z.infer<typeof Message>> {
    const message = await conversations.messages.find(accountId, messageId)
    if (!message) throw chatMissing() // it was deleted meanwhile
    return toMessage(message)
  }

  const spellingFor = (accountId: string): AnswerSpelling => ({
    async event(event) {
      if (event.type === 'answer.delta') return sseData({ content: event.text, done: false })
      if (event.type !== 'answer.end') return ''
      return sseData({ content: '', done: true, message: await messageOf(accountId, event.messageId) })
    },
    failure({ code, message }) {
      const detail = code === 'internal' ? 'Internal server error' : message
      return sseData({ content: '', done: true, detail })
    },
  })

  app.openapi(reply, async (c) => {
    const { id: accountId } = accountOf(c)
    const given = c.req.valid('json')
    requireFeature(c.get('settings'), 'chat')
    if (given.stream) requireFeature(c.get('settings'), 'streaming')
    const talk = await conversations.find(accountId, c.req.valid('param').chat_id)
    if (!talk) throw chatMissing()
    const question = await questionOf(c, talk, given)
    if (given.stream) {
      const open = async (signal: AbortSignal) => answerEvents(await chat.ask(question, signal))
      return answerResponse(open, spellingFor(accountId), readerOf(c))
    }
    const { end } = await whileAllowed(readerOf(c), async (signal) =>
      wholeAnswer(await chat.ask(question, signal)),
    )
    return c.json(await messageOf(accountId, end.messageId), 201)
  })
}
