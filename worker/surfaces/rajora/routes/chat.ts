import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { AppError, statusOf, toAppError } from '../../../../shared/errors.ts'
import { requireFeature } from '../../../http/features.ts'
import { json, jsonBody } from '../../../http/json-content.ts'
import { SSE_KEEP_ALIVE, sseData, sseResponse } from '../../../http/sse.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { SurfaceEnv } from '../../../http/surface-env.ts'
import type { Account } from '../../../services/accounts/accounts.ts'
import { requireScope } from '../../../services/accounts/keys.ts'
import { chatSampling } from '../../../services/conversations/answering.ts'
import type { Chat, Question } from '../../../services/conversations/chat.ts'
import {
  type Conversations,
  type Conversation as Talk,
  titleOf,
} from '../../../services/conversations/conversations.ts'
import { DEFAULT_TEMPERATURE } from '../../../services/conversations/question.ts'
import { answerEvents, wholeAnswer } from '../../../services/conversations/room-answer.ts'
import { modelFor } from '../../../services/models/model-binding.ts'
import { ChatAnswer, ChatEvent, ChatRequest, Conversation, Page } from '../chat-schemas.ts'
import { anyFailure, failure, forbidden, unauthorized, unprocessable } from '../schemas.ts'

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
  request: { body: jsonBody(ChatRequest) },
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
  request: { body: jsonBody(ChatRequest) },
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
  defaultModel: () => Promise<string>
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

export function chatRoutes(app: Surface, { chat, conversations, defaultModel }: ChatServices): void {
  app.openAPIRegistry.register('ChatEvent', ChatEvent)

  async function known(account: Account, number: number): Promise<Talk> {
    const talk = await conversations.findByNumber(account.id, number)
    if (talk) return talk
    throw new AppError('not_found', 'There is no such conversation.', { param: 'conversation_id' })
  }

  /** What is asked, in a conversation that exists by now. Nothing is begun that could not be asked. */
  async function questionOf(c: Context<SurfaceEnv>, body: ChatRequest): Promise<Question> {
    const account = accountOf(c)
    requireScope(account, 'inference')
    requireFeature(c.get('settings'), 'chat')
    const bound = account.key?.model
    const named = body.model ? modelFor(account, body.model) : bound?.baseModel
    const number = body.conversation_id ?? undefined
    const before = number === undefined ? undefined : await known(account, number)
    const model = named ?? before?.model ?? (await defaultModel())
    c.set('model', body.model ?? bound?.name ?? model)
    const first = body.messages.find(({ role }) => role === 'user')?.content ?? ''
    const talk =
      before ?? (await conversations.create({ accountId: account.id, title: titleOf(first), model }))
    return {
      conversationId: talk.id,
      conversationNumber: talk.number,
      accountId: account.id,
      requestId: c.get('requestId'),
      turns: body.messages,
      options: {
        model,
        sampling: chatSampling(body.temperature ?? DEFAULT_TEMPERATURE),
        ...(typeof body.max_tokens === 'number' && { maxTokens: body.max_tokens }),
      },
      ...(before ? {} : { begins: talk }),
      isModelKept: true,
      isResumable: false,
    }
  }

  app.openapi(complete, async (c) => {
    const question = await questionOf(c, c.req.valid('json'))
    const { text, end } = await wholeAnswer(await chat.ask(question, c.req.raw.signal))
    const { usage, totalMs } = end
    return c.json(
      {
        content: text,
        model: c.get('model') ?? question.options.model,
        tokens_used: usage && usage.promptTokens + usage.completionTokens,
        latency_ms: totalMs,
        conversation_id: question.conversationNumber,
      },
      200,
    )
  })

  app.openapi(stream, async (c) => {
    requireFeature(c.get('settings'), 'streaming')
    const question = await questionOf(c, c.req.valid('json'))
    const last = { content: '', done: true, conversation_id: question.conversationNumber }
    async function* produce(signal: AbortSignal) {
      for await (const events of answerEvents(await chat.ask(question, signal))) {
        let text = events.length === 0 ? SSE_KEEP_ALIVE : ''
        for (const event of events) {
          if (event.type === 'answer.delta') text += sseData({ content: event.text, done: false })
          if (event.type === 'answer.end') text += sseData(last)
        }
        if (text !== '') yield text
      }
    }
    const onFailure = (thrown: unknown) => {
      const error = toAppError(thrown)
      return sseData({ ...last, error: error.message, status_code: statusOf[error.code] })
    }
    const response = await sseResponse(produce, onFailure, c.req.raw.signal)
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
