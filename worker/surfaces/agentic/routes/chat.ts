import { createRoute, type z } from '@hono/zod-openapi'
import { AppError, toAppError } from '../../../../shared/errors.ts'
import { ID_RANDOM_BYTES, makeId } from '../../../../shared/ids.ts'
import { requireFeature } from '../../../http/features.ts'
import { jsonBody, jsonOrEvents } from '../../../http/json-content.ts'
import { SSE_KEEP_ALIVE, sseData, sseResponse } from '../../../http/sse.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import { chatSampling } from '../../../services/conversations/answering.ts'
import type { Chat, Question, RoomStream } from '../../../services/conversations/chat.ts'
import {
  type Conversation,
  type Conversations,
  titleOf,
} from '../../../services/conversations/conversations.ts'
import {
  type AnswerEndEvent,
  answerEvents,
  wholeAnswer,
} from '../../../services/conversations/room-answer.ts'
import { errorBody } from '../errors.ts'
import {
  anyFailure,
  ChatCompletion,
  ChatCompletionChunk,
  ChatRequest,
  refusals,
  unprocessable,
} from '../schemas.ts'

type Chunk = z.infer<typeof ChatCompletionChunk>

const createChatCompletion = createRoute({
  method: 'post',
  path: '/v1/chat/completions',
  operationId: 'createChatCompletion',
  tags: ['Chat'],
  summary: 'Answer a chat that is remembered under its session, whole or streamed',
  description:
    'The stored turns of the session are put before the new ones, as many of the newest as the model’s context holds; the ' +
    'system message stays. `agent_type` is checked and has no effect yet: whichever is named, the model alone answers.',
  security: [{ bearer: [] }],
  request: { body: jsonBody(ChatRequest) },
  responses: {
    200: jsonOrEvents(
      ChatCompletion,
      'ChatCompletionChunk',
      'The answer: one object, or with `stream: true` server-sent events closed by `[DONE]`.',
    ),
    ...refusals,
    ...unprocessable,
    ...anyFailure,
  },
})

const newId = (): string => makeId(Date.now(), crypto.getRandomValues(new Uint8Array(ID_RANDOM_BYTES)))

/** What every piece of one answer carries. */
interface Head {
  id: string
  created: number
  model: string
  x_session_id: string
}

const usageOf = ({ usage }: AnswerEndEvent) => ({
  prompt_tokens: usage?.promptTokens ?? 0,
  completion_tokens: usage?.completionTokens ?? 0,
  total_tokens: (usage?.promptTokens ?? 0) + (usage?.completionTokens ?? 0),
})

/** An answer that was stopped from elsewhere has stopped. */
const finishReasonOf = ({ finishReason }: AnswerEndEvent) =>
  finishReason === 'length' ? ('length' as const) : ('stop' as const)

const chunk = (head: Head, delta: Chunk['choices'][number]['delta'], end?: AnswerEndEvent): string => {
  const piece: Chunk = {
    id: head.id,
    object: 'chat.completion.chunk',
    created: head.created,
    model: head.model,
    choices: [{ index: 0, delta, finish_reason: end ? finishReasonOf(end) : null }],
    ...(end ? { usage: usageOf(end) } : {}),
    x_session_id: head.x_session_id,
  }
  return sseData(piece)
}

/** An answer as the page's server-sent events. Nothing is said before the model has: a failure until then keeps its status. */
async function* toChunks(head: Head, stream: RoomStream): AsyncGenerator<string, void, void> {
  let hasBegun = false
  for await (const events of answerEvents(stream)) {
    let text = ''
    for (const event of events) {
      if (event.type === 'answer.start') continue
      if (!hasBegun) text += chunk(head, { role: 'assistant' })
      hasBegun = true
      text += event.type === 'answer.delta' ? chunk(head, { content: event.text }) : chunk(head, {}, event)
    }
    if (text !== '' || events.length === 0) yield text || SSE_KEEP_ALIVE
  }
  yield 'data: [DONE]\n\n'
}

/** What is asked, in its conversation. */
function toQuestion(
  body: z.infer<typeof ChatRequest>,
  { id, number, accountId }: Conversation,
  requestId: string,
): Question {
  return {
    conversationId: id,
    conversationNumber: number,
    accountId,
    requestId,
    turns: body.messages,
    options: {
      model: body.model,
      sampling: chatSampling(body.temperature),
      ...(body.max_tokens ? { maxTokens: body.max_tokens } : {}),
    },
    isResumable: false,
  }
}

export interface ChatServices {
  conversations: Pick<Conversations, 'ofSession'>
  chat: Pick<Chat, 'ask'>
}

export function chatRoutes(app: Surface, { conversations, chat }: ChatServices): void {
  app.openAPIRegistry.register('ChatCompletionChunk', ChatCompletionChunk)
  app.openapi(createChatCompletion, async (c) => {
    const body = c.req.valid('json')
    const { model, messages, stream } = body
    c.set('model', model)
    requireFeature(c.get('settings'), 'chat')
    if (stream) requireFeature(c.get('settings'), 'streaming')
    // The page's own case of a 400; every other mistake in the body is a 422.
    if (messages.length === 0)
      throw new AppError('invalid_request', 'Messages cannot be empty', { param: 'messages' })
    const x_session_id = body.session_id ?? `session-${newId()}`
    const title = titleOf(messages.find(({ role }) => role === 'user')?.content ?? '')
    const conversation = await conversations.ofSession(accountOf(c).id, x_session_id, title)
    const question = toQuestion(body, conversation, c.get('requestId'))
    const head = { id: `chatcmpl-${newId()}`, created: Math.floor(Date.now() / 1000), model, x_session_id }
    if (!stream) {
      const { text, end } = await wholeAnswer(await chat.ask(question, c.req.raw.signal))
      const message = { role: 'assistant' as const, content: text }
      const completion: z.infer<typeof ChatCompletion> = {
        id: head.id,
        object: 'chat.completion',
        created: head.created,
        model,
        choices: [{ index: 0, message, finish_reason: finishReasonOf(end) }],
        usage: usageOf(end),
        x_session_id,
      }
      return c.json(completion, 200)
    }
    const produce = async function* (signal: AbortSignal) {
      yield* toChunks(head, await chat.ask(question, signal))
    }
    return sseResponse(produce, (thrown) => sseData(errorBody(toAppError(thrown))), c.req.raw.signal)
  })
}
