import { createRoute, z } from '@hono/zod-openapi'
import { json, jsonBody } from '../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import { MESSAGE_PREFIX } from '../../../services/webhooks/delivering.ts'
import type { Webhooks } from '../../../services/webhooks/webhooks.ts'
import { failures } from '../schemas/common.ts'
import { idIn } from '../schemas/file.ts'
import {
  DeliveryQuery,
  NewWebhook,
  toDelivery,
  toWebhook,
  WEBHOOK_PREFIX,
  Webhook,
  WebhookDelivery,
  WebhookDeliveryList,
  WebhookList,
  WebhookPatch,
  WebhookRequest,
} from '../schemas/webhook.ts'

const tags = ['Webhooks']
const security = [{ bearer: [] }]

const params = z.object({ webhook_id: z.string().openapi({ param: { name: 'webhook_id', in: 'path' } }) })
const deliveryParams = params.extend({
  delivery_id: z.string().openapi({ param: { name: 'delivery_id', in: 'path' } }),
})

const create = createRoute({
  method: 'post',
  path: '/v1/webhooks',
  operationId: 'createWebhook',
  tags,
  security,
  summary: 'Be told of events at an address of yours',
  description:
    'Messages are signed as Standard Webhooks describes and arrive at least once, in any order; `webhook-id` stays the same. One that is not answered with a 2xx within 15 seconds is sent again, nine times within a day.',
  request: {
    body: jsonBody(WebhookRequest, { url: 'https://example.com/hooks', events: ['job.completed'] }),
  },
  responses: { 201: json(NewWebhook, 'The webhook, with its secret.'), ...failures },
})

const list = createRoute({
  method: 'get',
  path: '/v1/webhooks',
  operationId: 'listWebhooks',
  tags,
  security,
  summary: 'Your webhooks, oldest first',
  responses: { 200: json(WebhookList, 'All of them.'), ...failures },
})

const get = createRoute({
  method: 'get',
  path: '/v1/webhooks/{webhook_id}',
  operationId: 'getWebhook',
  tags,
  security,
  summary: 'A webhook of yours',
  request: { params },
  responses: { 200: json(Webhook, 'The webhook.'), ...failures },
})

const update = createRoute({
  method: 'patch',
  path: '/v1/webhooks/{webhook_id}',
  operationId: 'updateWebhook',
  tags,
  security,
  summary: 'Change a webhook, disable it, or enable it again',
  request: { params, body: jsonBody(WebhookPatch, { description: 'Tells the team' }) },
  responses: { 200: json(Webhook, 'The webhook as it is now.'), ...failures },
})

const remove = createRoute({
  method: 'delete',
  path: '/v1/webhooks/{webhook_id}',
  operationId: 'deleteWebhook',
  tags,
  security,
  summary: 'Delete a webhook: nothing more is sent to it',
  request: { params },
  responses: {
    200: json(
      z
        .object({ id: z.string(), object: z.literal('webhook'), deleted: z.literal(true) })
        .openapi('DeletedWebhook'),
      'It is gone.',
    ),
    ...failures,
  },
})

const rotate = createRoute({
  method: 'post',
  path: '/v1/webhooks/{webhook_id}/rotate',
  operationId: 'rotateWebhookSecret',
  tags,
  security,
  summary: 'A new secret; the one before it signs beside it for 24 hours',
  request: { params },
  responses: { 200: json(NewWebhook, 'The webhook, with its new secret.'), ...failures },
})

const test = createRoute({
  method: 'post',
  path: '/v1/webhooks/{webhook_id}/test',
  operationId: 'testWebhook',
  tags,
  security,
  summary: 'Send a message of the event `webhook.test`',
  request: { params },
  responses: { 202: json(WebhookDelivery, 'The message, on its way.'), ...failures },
})

const deliveries = createRoute({
  method: 'get',
  path: '/v1/webhooks/{webhook_id}/deliveries',
  operationId: 'listWebhookDeliveries',
  tags,
  security,
  summary: 'The messages to a webhook, newest first; dead ones are kept for 30 days, others for 7',
  request: { params, query: DeliveryQuery },
  responses: { 200: json(WebhookDeliveryList, 'A page of them.'), ...failures },
})

const redeliver = createRoute({
  method: 'post',
  path: '/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver',
  operationId: 'redeliverWebhook',
  tags,
  security,
  summary: 'Send a message once more, with the same id',
  request: { params: deliveryParams },
  responses: { 202: json(WebhookDelivery, 'The message, on its way.'), ...failures },
})

export function webhookRoutes(app: Surface, webhooks: Webhooks): void {
  const idOf = ({ webhook_id: id }: { webhook_id: string }) => idIn(WEBHOOK_PREFIX, id)

  app.openapi(create, async (c) => {
    const { endpoint, secret } = await webhooks.create(accountOf(c).id, c.req.valid('json'))
    return c.json({ ...toWebhook(endpoint), secret }, 201)
  })

  app.openapi(list, async (c) => {
    const endpoints = await webhooks.list(accountOf(c).id)
    return c.json({ object: 'list' as const, data: endpoints.map(toWebhook) }, 200)
  })

  app.openapi(get, async (c) =>
    c.json(toWebhook(await webhooks.get(accountOf(c).id, idOf(c.req.valid('param')))), 200),
  )

  app.openapi(update, async (c) => {
    const { enabled: isEnabled, ...patch } = c.req.valid('json')
    const id = idOf(c.req.valid('param'))
    return c.json(toWebhook(await webhooks.update(accountOf(c).id, id, { ...patch, isEnabled })), 200)
  })

  app.openapi(remove, async (c) => {
    const id = idOf(c.req.valid('param'))
    await webhooks.remove(accountOf(c).id, id)
    return c.json({ id: WEBHOOK_PREFIX + id, object: 'webhook' as const, deleted: true as const }, 200)
  })

  app.openapi(rotate, async (c) => {
    const { endpoint, secret } = await webhooks.rotate(accountOf(c).id, idOf(c.req.valid('param')))
    return c.json({ ...toWebhook(endpoint), secret }, 200)
  })

  app.openapi(test, async (c) =>
    c.json(toDelivery(await webhooks.test(accountOf(c).id, idOf(c.req.valid('param')))), 202),
  )

  app.openapi(deliveries, async (c) => {
    const { after, ...page } = c.req.valid('query')
    const id = idOf(c.req.valid('param'))
    const last = after === undefined ? undefined : idIn(MESSAGE_PREFIX, after)
    const { deliveries: found, hasMore } = await webhooks.deliveries(accountOf(c).id, id, {
      ...page,
      after: last,
    })
    const data = found.map(toDelivery)
    const [first_id, last_id] = [data[0]?.id ?? null, data.at(-1)?.id ?? null]
    return c.json({ object: 'list' as const, data, first_id, last_id, has_more: hasMore }, 200)
  })

  app.openapi(redeliver, async (c) => {
    const { delivery_id: delivery } = c.req.valid('param')
    const id = idOf(c.req.valid('param'))
    const again = await webhooks.redeliver(accountOf(c).id, id, idIn(MESSAGE_PREFIX, delivery))
    return c.json(toDelivery(again), 202)
  })
}
