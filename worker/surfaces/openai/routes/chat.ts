import { createRoute } from '@hono/zod-openapi'
import { seedIn } from '../../../http/chat-completions/seeds.ts'
import { toChatGenerations } from '../../../http/chat-completions/translate.ts'
import { UNENFORCED_HEADER, UnenforcedTools } from '../../../http/chat-completions/unenforced-tools.ts'
import { jsonBody, jsonOrEvents } from '../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import { requireScope } from '../../../services/accounts/keys.ts'
import { randomSeed } from '../../../services/conversations/answering.ts'
import type { Inference } from '../../../services/inference/inference.ts'
import { type AgentChatServices, agentCompletion, agentFor, agentStream } from '../agent-chat.ts'
import { type AnswerHead, chatChunks, toChatCompletion } from '../answer-form.ts'
import { callerOf, generateAll, letIn, newHead, streamResponse, wholeAnswers } from '../call.ts'
import { cited, citedChunks, type GroundedChatServices, grounded } from '../grounded-chat.ts'
import { ChatCompletion, ChatCompletionChunk, ChatRequest } from '../schemas/chat.ts'
import { failures } from '../schemas/common.ts'

const createChatCompletion = createRoute({
  method: 'post',
  path: '/v1/chat/completions',
  operationId: 'createChatCompletion',
  tags: ['Inference'],
  summary: 'Answer a chat, whole or streamed',
  security: [{ bearer: [] }],
  request: {
    body: jsonBody(ChatRequest, { model: 'starter', messages: [{ role: 'user', content: 'Hello!' }] }),
  },
  responses: {
    200: {
      ...jsonOrEvents(
        ChatCompletion,
        'ChatCompletionChunk',
        'The answer: one object, or with `stream: true` server-sent events closed by `[DONE]`.',
      ),
      headers: {
        [UNENFORCED_HEADER]: {
          description:
            'Tools without `strict` whose arguments are an object, but were not held to their schema, since no grammar says ' +
            'it within the limits. Names, separated by commas; `*` stands for others: those that do not fit, and, where a ' +
            'stream’s headers could not wait for it, those of which it was not known yet. Absent: all were held to theirs.',
          schema: { type: 'string' as const },
        },
      },
    },
    ...failures,
  },
})

export interface ChatServices extends GroundedChatServices, AgentChatServices {
  inference: Inference
  countQuery: (accountId: string) => void
}

export function chatRoutes(app: Surface, services: ChatServices): void {
  const { inference, countQuery } = services
  app.openAPIRegistry.register('ChatCompletionChunk', ChatCompletionChunk)
  app.openapi(createChatCompletion, async (c) => {
    const body = c.req.valid('json')
    const model = letIn(c, body)
    const caller = callerOf(c, body.prompt_cache_key)
    const plain = toChatGenerations({ ...body, model, seed: seedIn(c.get('body'), body.seed) }, randomSeed())
    const asked = body.x_documents
    // A key that may run models alone reads nobody's files by asking one about them.
    if (asked) requireScope(accountOf(c), 'files')
    const { requests, passages } = await grounded(services, plain, { asked, caller })
    const head: AnswerHead = {
      ...newHead('chatcmpl-', body.model),
      ...(body.service_tier ? { serviceTier: 'default' } : {}),
    }
    const agent = await agentFor(services, body, { c, request: plain[0], caller })
    if (agent) {
      countQuery(caller.accountId)
      if (!body.stream) return c.json(await agentCompletion(c, services, { asked: agent, head }), 200)
      const includeUsage = body.stream_options?.include_usage === true
      return agentStream(c, services, { asked: agent, head, includeUsage })
    }
    const unenforced = new UnenforcedTools(requests)
    const start = (signal: AbortSignal) => {
      const starting = generateAll(inference, requests, { caller, choices: requests.length, signal }).map(
        async (stream, choice) => unenforced.hear(await stream, choice),
      )
      // One message, however many answers; none when no node takes it.
      Promise.any(starting).then(
        () => countQuery(caller.accountId),
        () => {},
      )
      return starting
    }
    const headersThen = () => unenforced.headers
    if (!body.stream) {
      const answers = await wholeAnswers(c, start)
      const completion = toChatCompletion(head, answers)
      return c.json(asked ? cited(completion, passages) : completion, 200, headersThen())
    }
    const includeUsage = body.stream_options?.include_usage === true
    const chunks = chatChunks(head, { includeUsage, choices: requests.length })
    const spelling = asked ? citedChunks(chunks, passages) : chunks
    return streamResponse(c, { spelling, includeUsage, start, headersThen })
  })
}
