import { createRoute, type z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { AppError } from '../../../../shared/errors.ts'
import { ID_RANDOM_BYTES, makeId } from '../../../../shared/ids.ts'
import { viewerOf } from '../../../http/administers.ts'
import { type AnswerSpelling, answerResponse } from '../../../http/answer-stream.ts'
import { lineOf, toAgent, toSource, toStep } from '../../../http/chat-completions/agent-fields.ts'
import { serverNamesIn } from '../../../http/chat-completions/mcp-servers.ts'
import { seedIn } from '../../../http/chat-completions/seeds.ts'
import { toChatOptions } from '../../../http/chat-completions/translate.ts'
import { toMessages } from '../../../http/chat-completions/translate-messages.ts'
import { requireFeature } from '../../../http/features.ts'
import { jsonBody, jsonOrEvents } from '../../../http/json-content.ts'
import { readerOf, whileAllowed } from '../../../http/lifeline.ts'
import { sseData } from '../../../http/sse.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { SurfaceEnv } from '../../../http/surface-env.ts'
import type { Account } from '../../../services/accounts/accounts.ts'
import { chooseLoop } from '../../../services/agents/choosing.ts'
import type { ModelSizes } from '../../../services/agents/model-sizes.ts'
import { questionOf } from '../../../services/agents/spec.ts'
import { randomSeed } from '../../../services/conversations/answering.ts'
import type { Chat } from '../../../services/conversations/chat.ts'
import {
  type Conversation,
  type Conversations,
  titleOf,
} from '../../../services/conversations/conversations.ts'
import {
  DEFAULT_TEMPERATURE,
  type Question,
  type QuestionAgent,
  questionIn,
} from '../../../services/conversations/question.ts'
import {
  type AnswerEndEvent,
  answerEvents,
  wholeAnswer,
} from '../../../services/conversations/room-answer.ts'
import { citationsOf } from '../../../services/documents/citations.ts'
import { docIdOf } from '../../../services/documents/doc-ids.ts'
import type { Groundings } from '../../../services/documents/grounding.ts'
import type { Grounding, ShownPassage } from '../../../services/documents/shown-passages.ts'
import type { Inference } from '../../../services/inference/inference.ts'
import type { McpServers } from '../../../services/mcp/mcp-servers.ts'
import { serversOfRun } from '../../../services/mcp/servers-of-run.ts'
import { errorBody } from '../errors.ts'
import {
  anyFailure,
  ChatCompletion,
  ChatCompletionChunk,
  ChatRequest,
  type Citation,
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
    'system message stays. A question that asks for uploaded documents, by such a word or by a file’s name, is answered from them, and ' +
    'the markers of its answer become `x_citations`. A question that asks for a search, a calculation, a program or data is answered by an ' +
    'agent, in steps: `x_agent` tells them, and `/v1/agents/runs` keeps them for 30 days.',
  security: [{ bearer: [] }],
  request: {
    body: jsonBody(ChatRequest, { model: 'starter', messages: [{ role: 'user', content: 'Hello!' }] }),
  },
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

/** The fields that every piece of one answer carries. */
interface Head {
  id: string
  created: number
  model: string
  service_tier?: 'default'
  x_session_id: string
}

const usageOf = ({ usage }: AnswerEndEvent) => ({
  prompt_tokens: usage?.promptTokens ?? 0,
  completion_tokens: usage?.completionTokens ?? 0,
  total_tokens: (usage?.promptTokens ?? 0) + (usage?.completionTokens ?? 0),
})

/** The sources of an answer: those that its markers name, or those that an agent has found. */
const sourcesOf = (text: string, passages: Passages, { run }: AnswerEndEvent) =>
  run
    ? { x_agent: toAgent(run), x_citations: run.sources.map((source) => toSource(source, docIdOf)) }
    : citationsIn(text, passages)

/** An answer that was stopped from elsewhere has stopped. */
const finishReasonOf = ({ finishReason }: AnswerEndEvent) =>
  finishReason === 'length' ? ('length' as const) : ('stop' as const)

/** The passages that the model was shown; undefined where the answer is from no documents. */
type Passages = readonly ShownPassage[] | undefined

const citationsIn = (text: string, passages: Passages): { x_citations?: Citation[] } =>
  passages === undefined
    ? {}
    : {
        x_citations: citationsOf(text, passages).map(
          ({ documentId, fileId: _file, name, at, ...citation }) => ({
            ...citation,
            index: at,
            doc_id: docIdOf(documentId),
            filename: name,
          }),
        ),
      }

/**
 * An answer in the page's chunks. Nothing is said before the model has: a failure until then keeps its status. With
 * `includeUsage` the usage comes behind the answer, as OpenAI documents.
 */
function chunksOf(
  { x_session_id, ...head }: Head,
  includeUsage: boolean,
  passages: Passages,
): AnswerSpelling {
  const spell = (
    choices: Chunk['choices'],
    more: Pick<Chunk, 'usage' | 'x_citations' | 'x_agent' | 'x_step'>,
  ): string => {
    const chunk: Chunk = { ...head, object: 'chat.completion.chunk', choices, ...more, x_session_id }
    return sseData(chunk)
  }
  const noUsage = includeUsage ? { usage: null } : {}
  const piece = (delta: Chunk['choices'][number]['delta'], more: Pick<Chunk, 'x_step'> = {}): string =>
    spell([{ index: 0, delta, finish_reason: null }], { ...noUsage, ...more })
  const end = (event: AnswerEndEvent): string => {
    const choices = [{ index: 0, delta: {}, finish_reason: finishReasonOf(event) }]
    const usage = { usage: usageOf(event) }
    const citations = sourcesOf(text, passages, event)
    return includeUsage
      ? spell(choices, { ...noUsage, ...citations }) + spell([], usage)
      : spell(choices, { ...usage, ...citations })
  }
  let hasBegun = false
  let text = ''
  return {
    event(event) {
      if (event.type === 'answer.start') return ''
      if (event.type === 'answer.delta') text += event.text
      const role = hasBegun ? '' : piece({ role: 'assistant' })
      hasBegun = true
      if (event.type === 'answer.step')
        return role + piece({ reasoning_content: lineOf(event.step) }, { x_step: toStep(event.step) })
      return role + (event.type === 'answer.delta' ? piece({ content: event.text }) : end(event))
    },
    last: 'data: [DONE]\n\n',
    failure: (error) => sseData(errorBody(error)),
  }
}

/** A request with its seed to the last bit. */
type Asked = Omit<ChatRequest, 'seed'> & { seed: bigint | undefined }

/** The question of a request, in its conversation. */
const toQuestion = (
  c: Context<SurfaceEnv>,
  body: Asked,
  conversation: Conversation,
  completionId: string,
): Question =>
  questionIn(conversation, viewerOf(accountOf(c)), {
    requestId: c.get('requestId'),
    completion: { id: completionId, sessionId: conversation.sessionId ?? '' },
    begins: conversation,
    turns: toMessages(body.messages),
    options: toChatOptions({ ...body, temperature: body.temperature ?? DEFAULT_TEMPERATURE }, randomSeed()),
    cacheKey: body.prompt_cache_key || undefined,
  })

export interface ChatServices {
  conversations: Pick<Conversations, 'ofSession'>
  groundings: Groundings
  inference: Pick<Inference, 'contextTokensOf'>
  chat: Pick<Chat, 'ask'>
  modelSizes: ModelSizes
  mcpServers: Pick<McpServers, 'named'>
}

/** The agent that answers a request; undefined for a plain chat, and for what is answered from documents. */
async function agentFor(
  { groundings, modelSizes, mcpServers: servers }: ChatServices,
  { model, messages, agent_type, x_mcp_servers: names }: ChatRequest,
  account: Account,
): Promise<QuestionAgent | undefined> {
  const { id, key } = account
  const agentType = agent_type ?? 'auto'
  const mcpServers = await serversOfRun(servers, account, serverNamesIn(names))
  const question = questionOf(toMessages(messages))
  const [decides, isGrounded] = await Promise.all([
    modelSizes.decides(model),
    groundings.isAsked(id, question),
  ])
  const chosen = chooseLoop(question, { agentType, decides, isGrounded })
  // Who names servers wants their tools looked at.
  const loop = chosen ?? (names ? (decides ? 'react' : 'guided') : undefined)
  return loop && { loop, agentType, keyId: key?.id ?? null, mayReadFiles: true, mcpServers }
}

/** Passages for a request that asks for the account's documents; undefined for any other. */
async function groundingOf(
  { groundings, inference }: ChatServices,
  { model, messages }: Pick<ChatRequest, 'model' | 'messages'>,
  accountId: string,
  requestId: string,
): Promise<Grounding | undefined> {
  const question = toMessages(messages).findLast(({ role }) => role === 'user')?.content ?? ''
  if (!(await groundings.isAsked(accountId, question))) return undefined
  const contextTokens = await inference.contextTokensOf(model, { requestId, accountId })
  return groundings.ground(accountId, { question, contextTokens })
}

export function chatRoutes(app: Surface, services: ChatServices): void {
  const { conversations, chat } = services
  app.openAPIRegistry.register('ChatCompletionChunk', ChatCompletionChunk)
  app.openapi(createChatCompletion, async (c) => {
    const body = c.req.valid('json')
    const { model, messages, stream, stream_options: streamOptions } = body
    c.set('model', model)
    const endUser = body.safety_identifier ?? body.user
    if (endUser) c.set('endUser', endUser)
    requireFeature(c.get('settings'), 'chat')
    if (stream) requireFeature(c.get('settings'), 'streaming')
    // The page's own case of a 400; every other mistake in the body is a 422.
    if (messages.length === 0)
      throw new AppError('invalid_request', 'Messages cannot be empty', { param: 'messages' })
    const x_session_id = body.session_id ?? `session-${newId()}`
    const title = titleOf(toMessages(messages).find(({ role }) => role === 'user')?.content ?? '')
    const conversation = await conversations.ofSession(accountOf(c).id, x_session_id, title)
    const seed = seedIn(c.get('body'), body.seed)
    const id = `chatcmpl-${newId()}`
    const plain = toQuestion(c, { ...body, seed }, conversation, id)
    const agent = await agentFor(services, body, accountOf(c))
    const grounding = agent
      ? undefined
      : await groundingOf(services, body, accountOf(c).id, c.get('requestId'))
    const question = {
      ...plain,
      agent,
      ...(grounding && { grounding: [grounding.text], passages: grounding.passages }),
    }
    const head: Head = {
      id,
      created: Math.floor(Date.now() / 1000),
      model,
      ...(body.service_tier ? { service_tier: 'default' } : {}),
      x_session_id,
    }
    if (!stream) {
      const { text, end } = await whileAllowed(readerOf(c), async (signal) =>
        wholeAnswer(await chat.ask(question, signal)),
      )
      const message = { role: 'assistant' as const, content: text }
      const completion: z.infer<typeof ChatCompletion> = {
        ...head,
        object: 'chat.completion',
        choices: [{ index: 0, message, finish_reason: finishReasonOf(end) }],
        usage: usageOf(end),
        ...sourcesOf(text, grounding?.passages, end),
      }
      return c.json(completion, 200)
    }
    const open = async (signal: AbortSignal) => answerEvents(await chat.ask(question, signal))
    const spelling = chunksOf(head, streamOptions?.include_usage === true, grounding?.passages)
    return answerResponse(open, spelling, readerOf(c))
  })
}
