import { createRoute, z } from '@hono/zod-openapi'
import { requireFeature } from '../../http/features.ts'
import { accountOf, type Surface } from '../../http/surface.ts'
import type { Inference } from '../../services/inference.ts'
import { modelFor } from '../../services/model-binding.ts'
import { completionChunks, toCompletion } from './answer-form.ts'
import { collectAnswer } from './answers.ts'
import { allStarted, callerOf, newHead, randomSeed, streamResponse } from './call.ts'
import { failures } from './schemas/common.ts'
import { Completion, CompletionChunk, CompletionRequest } from './schemas/completion.ts'
import { toCompletionGenerations } from './translate.ts'

const createCompletion = createRoute({
  method: 'post',
  path: '/v1/completions',
  operationId: 'createCompletion',
  tags: ['Inference'],
  summary: 'Continue one or more texts, whole or streamed',
  security: [{ bearer: [] }],
  request: { body: { required: true, content: { 'application/json': { schema: CompletionRequest } } } },
  responses: {
    200: {
      description: 'A choice for each prompt: one object, or with `stream: true` server-sent events.',
      content: {
        'application/json': { schema: Completion },
        'text/event-stream': { schema: z.string().openapi({ description: 'Events of CompletionChunk.' }) },
      },
    },
    ...failures,
  },
})

export function completionRoutes(app: Surface, inference: Inference): void {
  app.openAPIRegistry.register('CompletionChunk', CompletionChunk)
  app.openapi(createCompletion, async (c) => {
    const body = c.req.valid('json')
    c.set('model', body.model)
    requireFeature(c.get('settings'), 'chat')
    if (body.stream) requireFeature(c.get('settings'), 'streaming')
    if (body.user) c.set('endUser', body.user)
    const model = modelFor(accountOf(c), body.model)
    const requests = toCompletionGenerations({ ...body, model }, randomSeed())
    const head = newHead('cmpl-', body.model)
    const caller = callerOf(c)
    const choices = body.n ?? 1
    const start = (signal: AbortSignal) =>
      requests.map((request) => inference.generate(request, caller, signal))
    if (!body.stream) {
      const streams = await allStarted(start(c.req.raw.signal))
      return c.json(toCompletion(head, await Promise.all(streams.map(collectAnswer)), choices), 200)
    }
    const includeUsage = body.stream_options?.include_usage === true
    const spelling = completionChunks(head, { includeUsage, choices })
    return streamResponse(c, { spelling, includeUsage, start })
  })
}
