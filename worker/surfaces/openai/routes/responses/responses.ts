import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { AppError, toAppError } from '../../../../../shared/errors.ts'
import { UNENFORCED_HEADER, UnenforcedTools } from '../../../../http/chat-completions/unenforced-tools.ts'
import { json, jsonBody, jsonOrEvents } from '../../../../http/json-content.ts'
import { readerOf, whileAllowed } from '../../../../http/lifeline.ts'
import { openaiErrorBody } from '../../../../http/openai-errors.ts'
import { SSE_KEEP_ALIVE, sseResponse } from '../../../../http/sse.ts'
import { accountOf, type Surface } from '../../../../http/surface.ts'
import type { SurfaceEnv } from '../../../../http/surface-env.ts'
import type { CallStream } from '../../../../services/inference/call-run.ts'
import { KEEP_ALIVE_MS } from '../../../../services/inference/event-lines.ts'
import { responseIdIn } from '../../../../services/responses/response-body.ts'
import type { ResponseEvent } from '../../../../services/responses/response-writer.ts'
import type { Responses } from '../../../../services/responses/responses.ts'
import { failures } from '../../schemas/common.ts'
import { ResponseRequest } from '../../schemas/responses/request.ts'
import {
  DeletedResponse,
  ItemList,
  ItemPageQuery,
  ResponseObject,
  ResponseQuery,
  ResponseStreamEvent,
  rowIdIn,
  toItemList,
} from '../../schemas/responses/response.ts'
import { noSuchResponse, type PlanServices, planOf } from './plan.ts'

const tags = ['Responses']
const security = [{ bearer: [] }]
const Params = z.object({
  response_id: z.string().openapi({ param: { name: 'response_id', in: 'path' } }),
})

const create = createRoute({
  method: 'post',
  path: '/v1/responses',
  operationId: 'createResponse',
  tags,
  security,
  summary: 'Answer, whole or streamed, and keep the answer',
  request: { body: jsonBody(ResponseRequest, { model: 'starter', input: 'Hello!' }) },
  responses: {
    200: {
      ...jsonOrEvents(
        ResponseObject,
        'ResponseStreamEvent',
        'The response: one object, or with `stream: true` numbered server-sent events.',
      ),
      headers: {
        [UNENFORCED_HEADER]: {
          description: 'Tools without `strict` whose arguments were not held to their schema, as of chats.',
          schema: { type: 'string' as const },
        },
      },
    },
    ...failures,
  },
})

const get = createRoute({
  method: 'get',
  path: '/v1/responses/{response_id}',
  operationId: 'getResponse',
  tags,
  security,
  summary: 'One of your responses',
  request: { params: Params, query: ResponseQuery },
  responses: {
    200: jsonOrEvents(ResponseObject, 'ResponseStreamEvent', 'The response, or the events that tell of it.'),
    ...failures,
  },
})

const cancel = createRoute({
  method: 'post',
  path: '/v1/responses/{response_id}/cancel',
  operationId: 'cancelResponse',
  tags,
  security,
  summary: 'Stop a response that is made in the background',
  request: { params: Params },
  responses: { 200: json(ResponseObject, 'The response, cancelled or as it had ended.'), ...failures },
})

const remove = createRoute({
  method: 'delete',
  path: '/v1/responses/{response_id}',
  operationId: 'deleteResponse',
  tags,
  security,
  summary: 'Delete a response with its items',
  request: { params: Params },
  responses: { 200: json(DeletedResponse, 'Deleted.'), ...failures },
})

const listItems = createRoute({
  method: 'get',
  path: '/v1/responses/{response_id}/input_items',
  operationId: 'listInputItems',
  tags,
  security,
  summary: 'The items that a response was asked with',
  request: { params: Params, query: ItemPageQuery },
  responses: { 200: json(ItemList, 'A page of them.'), ...failures },
})

/** An event as the clients read it. */
const spelled = (event: ResponseEvent): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`

/** Lists of events as server-sent events; of what tells nothing, a sign of life now and then. */
async function* spelledAll(
  events: AsyncGenerator<ResponseEvent[], unknown, void>,
): AsyncGenerator<string, void, void> {
  let writtenAt = Date.now()
  for await (const some of events) {
    let text = ''
    for (const event of some) text += spelled(event)
    // Tokens may come for long without text: only what is written tells that the reader has left.
    if (text === '' && Date.now() - writtenAt < KEEP_ALIVE_MS) continue
    writtenAt = Date.now()
    yield text === '' ? SSE_KEEP_ALIVE : text
  }
}

/** A failure before anything was told, or after all was. */
const failureEvent = (thrown: unknown): string => {
  const { code, message, param } = openaiErrorBody(toAppError(thrown)).error
  return spelled({ type: 'error', sequence_number: 0, code, message, param })
}

function idOf(spelledId: string): string {
  const id = responseIdIn(spelledId)
  if (id === undefined) throw noSuchResponse(spelledId)
  return id
}

export interface ResponseServices extends PlanServices {
  responses: Responses
}

/** OpenAI's Responses. */
export function responseRoutes(app: Surface, services: ResponseServices): void {
  const { responses } = services
  const eventsOf = (c: Context<SurfaceEnv>, id: string, after: number) =>
    sseResponse(
      (signal) => spelledAll(responses.background.events(id, after, signal)),
      failureEvent,
      readerOf(c),
    )
  app.openAPIRegistry.register('ResponseStreamEvent', ResponseStreamEvent)
  app.openapi(create, async (c) => {
    const body = c.req.valid('json')
    const plan = await planOf(c, services, body)
    if (plan.head.background) {
      const { id } = plan
      const waiting = await responses.background.start(plan)
      return body.stream ? eventsOf(c, id, -1) : c.json(waiting, 200)
    }
    const unenforced = new UnenforcedTools([plan.answer.request])
    const hear = (stream: CallStream) => unenforced.hear(stream, 0)
    if (body.stream)
      return sseResponse(
        (signal) => spelledAll(responses.stream(plan, signal, hear)),
        failureEvent,
        readerOf(c),
        () => unenforced.headers,
      )
    const answered = await whileAllowed(readerOf(c), (signal) => responses.answer(plan, signal, hear))
    return c.json(answered, 200, unenforced.headers)
  })

  app.openapi(get, async (c) => {
    const { response_id: spelledId } = c.req.valid('param')
    const { stream, starting_after: after = -1 } = c.req.valid('query')
    const id = idOf(spelledId)
    const found = await responses.find(accountOf(c).id, id)
    if (!found) throw noSuchResponse(spelledId)
    if (stream !== 'true') return c.json(found, 200)
    if (!found.background)
      throw new AppError(
        'invalid_request',
        'Only a response that was made in the background is streamed again.',
        {
          param: 'stream',
        },
      )
    return eventsOf(c, id, after)
  })

  app.openapi(cancel, async (c) => {
    const { response_id: spelledId } = c.req.valid('param')
    const cancelled = await responses.background.cancel(accountOf(c).id, idOf(spelledId))
    if (!cancelled) throw noSuchResponse(spelledId)
    return c.json(cancelled, 200)
  })

  app.openapi(remove, async (c) => {
    const { response_id: id } = c.req.valid('param')
    if (!(await responses.delete(accountOf(c).id, idOf(id)))) throw noSuchResponse(id)
    return c.json({ id, object: 'response' as const, deleted: true as const }, 200)
  })

  app.openapi(listItems, async (c) => {
    const { response_id: spelledId } = c.req.valid('param')
    const { limit, order, after } = c.req.valid('query')
    const page = { limit, order, after: after === undefined ? undefined : (rowIdIn(after) ?? '') }
    const found = await responses.listInput(accountOf(c).id, idOf(spelledId), page)
    if (!found) throw noSuchResponse(spelledId)
    return c.json(toItemList(found), 200)
  })
}
