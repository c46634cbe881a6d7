import { createRoute, z } from '@hono/zod-openapi'
import { requireFeature } from '../../http/features.ts'
import { accountOf, type Surface } from '../../http/surface.ts'
import type { Inference } from '../../services/inference.ts'
import { modelFor } from '../../services/model-binding.ts'
import { chatChunks, toChatCompletion } from './answer-form.ts'
import { collectAnswer } from './answers.ts'
import { allStarted, callerOf, newHead, randomSeed, streamResponse } from './call.ts'
import { ChatCompletion, ChatCompletionChunk, ChatRequest } from './schemas/chat.ts'
import { failures } from './schemas/common.ts'
import { toChatGenerations } from './translate.ts'

const createChatCompletion = createRoute({
  method: 'post',
  path: '/v1/chat/completions',
  operationId: 'createChatCompletion',
  tags: ['Inference'],
  summary: 'Answer a chat, whole or streamed',
  security: [{ bearer: [] }],
  request: { body: { required: true, content: { 'application/json': { schema: ChatRequest } } } },
  responses: {
    200: {
      description: 'The answer: one object, or with `stream: true` server-sent events closed by `[DONE]`.',
      content: {
        'application/json': { schema: ChatCompletion },
        'text/event-stream': {
          schema: z.string().openapi({ description: 'Events of ChatCompletionChunk.' }),
        },
      },
    },
    ...failures,
  },
})

export function chatRoutes(
  app: Surface,
  inference: Inference,
  countQuery: (accountId: string) => void,
): void {
  app.openAPIRegistry.register('ChatCompletionChunk', ChatCompletionChunk)
  app.openapi(createChatCompletion, async (c) => {
    const body = c.req.valid('json')
    c.set('model', body.model)
    requireFeature(c.get('settings'), 'chat')
    if (body.stream) requireFeature(c.get('settings'), 'streaming')
    if (body.user) c.set('endUser', body.user)
    const model = modelFor(accountOf(c), body.model)
    const requests = toChatGenerations({ ...body, model }, randomSeed())
    const head = newHead('chatcmpl-', body.model)
    const caller = callerOf(c)
    const start = (signal: AbortSignal) => {
      const starting = requests.map((request) => inference.generate(request, caller, signal))
      // One message, however many answers; none when no node takes it.
      Promise.any(starting).then(
        () => countQuery(caller.accountId),
        () => {},
      )
      return starting
    }
    if (!body.stream) {
      const streams = await allStarted(start(c.req.raw.signal))
      return c.json(toChatCompletion(head, await Promise.all(streams.map(collectAnswer))), 200)
    }
    const includeUsage = body.stream_options?.include_usage === true
    const spelling = chatChunks(head, { includeUsage, choices: requests.length })
    return streamResponse(c, { spelling, includeUsage, start })
  })
}
