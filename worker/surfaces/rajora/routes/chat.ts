import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { AppError, statusOf } from '../../../../shared/errors.ts'
import { administers } from '../../../http/administers.ts'
import { type AnswerSpelling, answerResponse } from '../../../http/answer-stream.ts'
import { requireFeature } from '../../../http/features.ts'
import { json, jsonBody } from '../../../http/json-content.ts'
import { readerOf, whileAllowed } from '../../../http/lifeline.ts'
import { sseData } from '../../../http/sse.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { SurfaceEnv } from '../../../http/surface-env.ts'
import type { Account } from '../../../services/accounts/accounts.ts'
import { requireScope } from '../../../services/accounts/keys.ts'
import type { Chat } from '../../../services/conversations/chat.ts'
import type { Conversations, Conversation as Talk } from '../../../services/conversations/conversations.ts'
import { createOpening, type Opened } from '../../../services/conversations/opening.ts'
import type { Question } from '../../../services/conversations/question.ts'
import { answerEvents, wholeAnswer } from '../../../services/conversations/room-answer.ts'
import type { ChooseModel } from '../../../services/models/model-choice.ts'
import { ChatAnswer, ChatEvent, ChatRequest, Conversation, Page } from '../chat-schemas.ts'
import { anyFailure, failure, forbidden, unauthorized, unprocessable } from '../schemas.ts'

/** An example: the usual first call. */
const FIRST_CALL: ChatRequest = { model: 'starter', messages: [{ role: 'user', content: 'Hello!' }] }

const tags = ['Chat']
const security = [{ bearer: [] }, { apiKey: [] }]
const refusals = {
  ...unauthorized,
  ...forbidden,
  404: failure('There is no such conversation, or no such model.'),
  409: failure('Too many questions of this conversation wait already.'),
  ...unprocessable,
  ...anyFailure,
} as const

/** Tells which conversation an answer belongs to before the answer is there. */
export const CONVERSATION_HEADER = 'x-conversation-id'

const complete = createRoute({
  method: 'post',
  path: '/api/chat/completions',
  operationId: 'createCompletion',
  tags,
  summary: 'Say something in a conversation, or begin one, and get the whole answer',
  security,
  request: { body: jsonBody(ChatRequest, FIRST_CALL) },
  responses: { 200: json(ChatAnswer, 'The answer.'), ...refusals },
})

const stream = createRoute({
  method: 'post',
  path: '/api/chat/stream',
  operationId: 'streamCompletion',
  tags,
  summary: 'The same, with the answer as server-sent events',
  description:
    'The last event has `done: true`. The conversation’s id comes with it and in the header `x-conversation-id`.',
  security,
  request: { body: jsonBody(ChatRequest, FIRST_CALL) },
  responses: {
    200: {
      description: 'Events of ChatEvent.',
      content: { 'text/event-stream': { schema: z.string() } },
    },
    ...refusals,
  },
})

const listConversations = createRoute({
  method: 'get',
  path: '/api/chat/conversations',
  operationId: 'listConversations',
  tags,
  summary: 'Your conversations, the newest activity first, wherever they were begun',
  security,
  request: { query: Page },
  responses: {
    200: json(z.array(Conversation), 'A page of them.'),
    ...unauthorized,
    ...forbidden,
    ...unprocessable,
    ...anyFailure,
  },
})

export interface ChatServices {
  chat: Chat
  conversations: Conversations
  chooseModel: ChooseModel
}

const toConversation = ({
  number,
  title,
  model,
  createdAt,
  updatedAt,
}: Talk): z.infer<typeof Conversation> => ({
  id: number,
  title,
  model_name: model,
  created_at: new Date(createdAt).toISOString(),
  updated_at: new Date(updatedAt).toISOString(),
})

function spellingIn({ conversationNumber: conversation_id }: Question): AnswerSpelling {
  const last = { content: '', done: true, conversation_id }
  return {
    event(event) {
      if (event.type === 'answer.delta') return sseData({ content: event.text, done: false })
      return event.type === 'answer.end' ? sseData(last) : ''
    },
    failure: ({ code, message }) => sseData({ ...last, error: message, status_code: statusOf[code] }),
  }
}

export function chatRoutes(app: Surface, { chat, conversations, chooseModel }: ChatServices): void {
  app.openAPIRegistry.register('ChatEvent', ChatEvent)

  const open = createOpening({ conversations, chooseModel })

  async function conversationOf(account: Account, number: number | null | undefined) {
    if (number == null) return undefined
    const found = await conversations.findByNumber(account.id, number)
    if (found) return found
    throw new AppError('not_found', 'There is no such conversation.', { param: 'conversation_id' })
  }

  async function questionOf(c: Context<SurfaceEnv>, body: ChatRequest): Promise<Opened> {
    const account = accountOf(c)
    requireScope(account, 'inference')
    requireFeature(c.get('settings'), 'chat')
    const opened = await open({
      isAdministrator: administers(accountOf(c)),
      account,
      conversation: await conversationOf(account, body.conversation_id),
      requestId: c.get('requestId'),
      turns: body.messages,
      options: { model: body.model, temperature: body.temperature, maxTokens: body.max_tokens },
    })
    c.set('model', opened.modelName)
    return opened
  }

  app.openapi(complete, async (c) => {
    const { question, modelName } = await questionOf(c, c.req.valid('json'))
    const { text, end } = await whileAllowed(readerOf(c), async (signal) =>
      wholeAnswer(await chat.ask(question, signal)),
    )
    const { usage, totalMs } = end
    return c.json(
      {
        content: text,
        model: modelName,
        tokens_used: usage && usage.promptTokens + usage.completionTokens,
        latency_ms: totalMs,
        conversation_id: question.conversationNumber,
      },
      200,
    )
  })

  app.openapi(stream, async (c) => {
    requireFeature(c.get('settings'), 'streaming')
    const { question } = await questionOf(c, c.req.valid('json'))
    const open = async (signal: AbortSignal) => answerEvents(await chat.ask(question, signal))
    const response = await answerResponse(open, spellingIn(question), readerOf(c))
    response.headers.set(CONVERSATION_HEADER, String(question.conversationNumber))
    return response
  })

  app.openapi(listConversations, async (c) => {
    const account = accountOf(c)
    requireScope(account, 'inference')
    const talks = await conversations.list(account.id, c.req.valid('query'))
    return c.json(talks.map(toConversation), 200)
  })
}
