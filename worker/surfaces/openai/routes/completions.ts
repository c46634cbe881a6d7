import { createRoute } from '@hono/zod-openapi'
import { seedIn } from '../../../http/chat-completions/seeds.ts'
import { jsonBody, jsonOrEvents } from '../../../http/json-content.ts'
import type { Surface } from '../../../http/surface.ts'
import { randomSeed } from '../../../services/conversations/answering.ts'
import type { Inference } from '../../../services/inference/inference.ts'
import { completionChunks, toCompletion } from '../answer-form.ts'
import { callerOf, generateAll, letIn, newHead, streamResponse, wholeAnswers } from '../call.ts'
import { failures } from '../schemas/common.ts'
import { Completion, CompletionChunk, CompletionRequest } from '../schemas/completion.ts'
import { toCompletionGenerations } from '../translate.ts'

const createCompletion = createRoute({
  method: 'post',
  path: '/v1/completions',
  operationId: 'createCompletion',
  tags: ['Inference'],
  summary: 'Continue one or more texts, whole or streamed',
  security: [{ bearer: [] }],
  request: {
    body: jsonBody(CompletionRequest, { model: 'starter', prompt: 'Once upon a time', max_tokens: 32 }),
  },
  responses: {
    200: jsonOrEvents(
      Completion,
      'CompletionChunk',
      'A choice for each prompt: one object, or with `stream: true` server-sent events.',
    ),
    ...failures,
  },
})

export function completionRoutes(app: Surface, inference: Inference): void {
  app.openAPIRegistry.register('CompletionChunk', CompletionChunk)
  app.openapi(createCompletion, async (c) => {
    const body = c.req.valid('json')
    const model = letIn(c, body)
    const requests = toCompletionGenerations(
      { ...body, model, seed: seedIn(c.get('body'), body.seed) },
      randomSeed(),
    )
    const head = newHead('cmpl-', body.model)
    const caller = callerOf(c)
    const choices = body.n ?? 1
    const start = (signal: AbortSignal) => generateAll(inference, requests, { caller, choices, signal })
    if (!body.stream) return c.json(toCompletion(head, await wholeAnswers(c, start), choices), 200)
    const includeUsage = body.stream_options?.include_usage === true
    const spelling = completionChunks(head, { includeUsage, choices })
    return streamResponse(c, { spelling, includeUsage, start })
  })
}
