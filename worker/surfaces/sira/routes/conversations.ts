import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { AppError } from '../../../../shared/errors.ts'
import { isId, toUuid } from '../../../../shared/ids.ts'
import { viewerOf } from '../../../http/administers.ts'
import { type AnswerSpelling, answerResponse } from '../../../http/answer-stream.ts'
import { requireFeature } from '../../../http/features.ts'
import { json, jsonBody } from '../../../http/json-content.ts'
import { readerOf } from '../../../http/lifeline.ts'
import { SSE_KEEP_ALIVE, sseData } from '../../../http/sse.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { Account } from '../../../services/accounts/accounts.ts'
import type { Profiles } from '../../../services/advising/profiles.ts'
import type {
  Adviser,
  ConversationFacts,
} from '../../../services/advising/recommending/conversation-facts.ts'
import type { Chat, RoomStream } from '../../../services/conversations/chat.ts'
import {
  type Conversation as ConversationRow,
  type Conversations,
  titleOf,
} from '../../../services/conversations/conversations.ts'
import { type Question, questionIn } from '../../../services/conversations/question.ts'
import { answerEvents } from '../../../services/conversations/room-answer.ts'
import { parsePlace, placeId } from '../../../services/conversations/room-events.ts'
import type { ChooseModel } from '../../../services/models/model-choice.ts'
import { failures, SECURITY, timeOf } from '../responses.ts'
import { Conversation, NewConversation, StreamEvent, StreamQuery } from '../schemas.ts'
import { profileIdOf } from './profiles.ts'

const tags = ['Conversations']

/** The one operation whose token may come in the query: an EventSource sends no headers. */
export const STREAM_ROUTE = 'GET /api/conversations/stream'

/** The last event that a reader has heard who comes back: it hears more of its answer and asks nothing. */
export const heardBy = (c: Context): string | undefined => c.req.header('last-event-id') || undefined

/** How soon a reader is to come back: within the time for which its answer goes on without it. */
const RETRY_MS = 100

/** The id of an answer's last event: whoever comes back with it has heard everything. */
const END_ID = 'end'

const createConversation = createRoute({
  method: 'post',
  path: '/api/conversations',
  operationId: 'createConversation',
  tags,
  security: SECURITY,
  summary: 'A conversation about one of the caller’s profiles',
  request: {
    body: jsonBody(NewConversation, {
      profile_id: '8a6e0804-2bd0-4672-b79d-d97027f9071a',
      title: 'Where to study',
    }),
  },
  responses: { 201: json(Conversation, 'The conversation.'), ...failures(401, 404, 422) },
})

const streamAnswer = createRoute({
  method: 'get',
  path: '/api/conversations/stream',
  operationId: 'streamAnswer',
  tags,
  security: [...SECURITY, { tokenQuery: [] }],
  summary: 'Ask, and hear the answer as server-sent events',
  description:
    'The answer knows the conversation’s profile. A client that comes back with `Last-Event-ID`, as an EventSource does by ' +
    'itself, does not ask again: it hears the rest, also when the answer has ended meanwhile, and 204 when it has heard all.',
  request: { query: StreamQuery },
  responses: {
    200: {
      description: 'Events of StreamEvent: `content` as it comes, then `done`, or `error`.',
      content: { 'text/event-stream': { schema: z.string() } },
    },
    204: { description: 'There is no more to hear: an EventSource ends.' },
    ...failures(401, 404, 422),
  },
})

const SESSION_FORM = /^sess_(.*)$/
const missing = () => new AppError('not_found', 'There is no such conversation.')

const sseEvent = (id: string, event: z.infer<typeof StreamEvent>): string => `id: ${id}\n${sseData(event)}`

const NOTHING_MORE = { content: '', metadata: {} }

type EndMetadata = Extract<z.infer<typeof StreamEvent>, { type: 'done' }>['metadata']

/** Whose facts an answer was given; nothing where it was given none. */
const metadataOf = ({ recommendationId, told }: ConversationFacts): EndMetadata => ({
  ...(recommendationId === undefined ? {} : { recommendation_id: `rec_${recommendationId}` }),
  ...(told.length === 0
    ? {}
    : {
        programs: told.map(({ programId, sourceId, source, edition }) => ({
          program_id: `prog_${programId}`,
          source_id: sourceId,
          source,
          edition,
        })),
      }),
})

/**
 * An answer as this contract's events. To who asks nothing is said before the model has, or a sign of life is due: a
 * failure until then keeps its status. What is said first tells where the answer is, so that it is found again from then
 * on. Who comes back is in the middle of it: a failure is an event.
 */
function spellingFor({ isBack, metadata }: { isBack: boolean; metadata: EndMetadata }): AnswerSpelling {
  const retry = `retry: ${RETRY_MS}\n`
  let head = isBack ? '' : retry
  const said = (text: string): string => {
    const before = head === '' ? '' : `${head}\n`
    head = ''
    return before + text
  }
  return {
    first: isBack ? `${retry}\n` : '',
    event(event) {
      switch (event.type) {
        case 'answer.start':
        case 'answer.step':
          head += `id: ${placeId({ ...event, offset: 0 })}\n`
          return ''
        case 'answer.delta':
          return said(sseEvent(placeId(event), { type: 'content', content: event.text, metadata: {} }))
        case 'answer.end':
          return said(sseEvent(END_ID, { type: 'done', content: '', metadata }))
        default:
          return event satisfies never
      }
    },
    keepAlive: () => said(SSE_KEEP_ALIVE),
    failure: ({ message }) => sseEvent(END_ID, { type: 'error', ...NOTHING_MORE, message }),
  }
}

const toConversation = (row: ConversationRow, profile: string): z.infer<typeof Conversation> => ({
  session_id: `sess_${row.id}`,
  profile_id: toUuid(profile),
  title: row.title,
  created_at: timeOf(row.createdAt),
  updated_at: timeOf(row.updatedAt),
})

export interface ConversationServices {
  conversations: Pick<Conversations, 'create' | 'find'>
  chat: Pick<Chat, 'ask' | 'follow'>
  profiles: Pick<Profiles, 'find'>
  /** Knows what a conversation may be told. */
  adviser: Adviser
  chooseModel: ChooseModel
}

export function conversationRoutes(app: Surface, services: ConversationServices): void {
  const { conversations, chat, profiles, adviser, chooseModel } = services

  async function conversationOf(accountId: string, sessionId: string): Promise<ConversationRow> {
    const [, id = ''] = SESSION_FORM.exec(sessionId) ?? []
    const found = isId(id) ? await conversations.find(accountId, id) : undefined
    if (!found) throw missing()
    return found
  }

  /** All that is known for a message: of the student, and of programs. */
  async function factsFor({ accountId, profileId }: ConversationRow, message: string) {
    const profile = profileId === null ? undefined : await profiles.find(accountId, profileId)
    return adviser.factsFor(accountId, profile, message)
  }

  /** A message in its conversation, with what is known. */
  async function toQuestion(
    account: Account,
    conversation: ConversationRow,
    content: string,
    { grounding, requestId }: { grounding: readonly string[]; requestId: string },
  ): Promise<Question> {
    const { id: model } = await chooseModel(account, { kept: conversation.model })
    return questionIn(conversation, viewerOf(account), {
      requestId,
      turns: [{ role: 'user', content }],
      grounding,
      options: { model },
      isResumable: true,
    })
  }

  app.openAPIRegistry.register('StreamEvent', StreamEvent)

  app.openapi(createConversation, async (c) => {
    const { id: accountId } = accountOf(c)
    const { profile_id, title } = c.req.valid('json')
    const profileId = profileIdOf(profile_id)
    if (!(await profiles.find(accountId, profileId))) {
      throw new AppError('not_found', 'There is no such profile.')
    }
    const created = await conversations.create({ accountId, profileId, title: title ?? titleOf('') })
    return c.json(toConversation(created, profileId), 201)
  })

  app.openapi(streamAnswer, async (c) => {
    const { session_id, message } = c.req.valid('query')
    requireFeature(c.get('settings'), 'chat')
    requireFeature(c.get('settings'), 'streaming')
    const conversation = await conversationOf(accountOf(c).id, session_id)
    const heard = heardBy(c)
    if (heard === END_ID) return c.body(null, 204)
    // Who comes back asks by the same URL: so the end tells it the same sources.
    const facts = await factsFor(conversation, message)
    const metadata = metadataOf(facts)
    const produce = (ask: (signal: AbortSignal) => Promise<RoomStream>) => {
      const open = async (signal: AbortSignal) => answerEvents(await ask(signal))
      return answerResponse(open, spellingFor({ isBack: heard !== undefined, metadata }), readerOf(c))
    }
    if (heard !== undefined) {
      const place = parsePlace(heard)
      if (!place) {
        throw new AppError('invalid_request', 'Last-Event-ID is not the id of an event of this stream.')
      }
      const { id: conversationId, accountId } = conversation
      return produce((signal) => chat.follow({ conversationId, accountId }, place, signal))
    }
    const { grounding } = facts
    const asking = { grounding, requestId: c.get('requestId') }
    const question = await toQuestion(accountOf(c), conversation, message, asking)
    c.set('model', question.options.model)
    return produce((signal) => chat.ask(question, signal))
  })
}
