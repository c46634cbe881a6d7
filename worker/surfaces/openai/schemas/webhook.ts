import { z } from '@hono/zod-openapi'
import { visibleText } from '../../../http/input/visible-name.ts'
import type { Delivery, DeliveryState } from '../../../services/webhooks/deliveries.ts'
import { MESSAGE_PREFIX } from '../../../services/webhooks/delivering.ts'
import { EVENTS } from '../../../services/webhooks/events.ts'
import { MAX_URL_LENGTH } from '../../../services/webhooks/targets.ts'
import type { WebhookEndpoint } from '../../../services/webhooks/webhooks.ts'

export const WEBHOOK_PREFIX = 'we_'
export const MAX_DESCRIPTION_LENGTH = 500
export const MAX_DELIVERIES_PER_PAGE = 100
const USUAL_PAGE = 20

const STATES = ['pending', 'delivered', 'dead'] as const satisfies readonly DeliveryState[]

const Url = z
  .string()
  .min(1)
  .max(MAX_URL_LENGTH)
  .openapi({ description: 'https, on the public internet.', example: 'https://example.com/hooks' })
const Events = z
  .array(z.enum(EVENTS))
  .min(1)
  .max(EVENTS.length)
  .refine((events) => new Set(events).size === events.length, { error: 'expected each event once' })
const Description = visibleText().max(MAX_DESCRIPTION_LENGTH).nullish()

export const WebhookRequest = z
  .strictObject({
    url: Url,
    events: Events.default([...EVENTS]).openapi({ description: 'Without it, all of them.' }),
    description: Description,
  })
  .openapi('WebhookRequest')

export const WebhookPatch = z
  .strictObject({
    url: Url.optional(),
    events: Events.optional(),
    description: Description,
    enabled: z
      .boolean()
      .optional()
      .openapi({ description: 'What waits for a webhook that is disabled is given up.' }),
  })
  .openapi('WebhookPatch')

const Seconds = z.int().nullable()

export const Webhook = z
  .object({
    id: z.string().openapi({ example: 'we_6921b2a00123456789abcdef' }),
    object: z.literal('webhook'),
    url: z.string(),
    description: z.string().nullable(),
    events: z.array(z.string()),
    enabled: z.boolean(),
    disabled_reason: z.string().nullable(),
    failing_since: Seconds.openapi({
      description: 'Since when nothing has arrived; after five days it is disabled.',
    }),
    old_secret_until: Seconds.openapi({ description: 'Until when the secret before signs too.' }),
    pending: z.int().openapi({ description: 'Messages that are still to arrive.' }),
    missed: z.int().openapi({ description: 'Events that were left out because too many messages waited.' }),
    created: z.int(),
  })
  .openapi('Webhook')

export const NewWebhook = Webhook.extend({
  secret: z.string().openapi({ description: 'Signs the messages. Shown once.', example: 'whsec_…' }),
}).openapi('NewWebhook')

export const WebhookList = z
  .object({ object: z.literal('list'), data: z.array(Webhook) })
  .openapi('WebhookList')

export const WebhookDelivery = z
  .object({
    id: z.string().openapi({ description: 'The `webhook-id` of every attempt.' }),
    object: z.literal('webhook.delivery'),
    webhook_id: z.string(),
    event: z.string(),
    state: z.enum(STATES).openapi({ description: '`dead`: it has not arrived, and is not tried any more.' }),
    attempts: z.int(),
    next_attempt_at: Seconds,
    last_attempt_at: Seconds,
    last_status: z.int().nullable().openapi({ description: 'null: there was no answer.' }),
    last_error: z.string().nullable(),
    created: z.int(),
    ended_at: Seconds,
  })
  .openapi('WebhookDelivery')

export const WebhookDeliveryList = z
  .object({
    object: z.literal('list'),
    data: z.array(WebhookDelivery),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
    has_more: z.boolean(),
  })
  .openapi('WebhookDeliveryList')

export const DeliveryQuery = z.object({
  state: z.enum(STATES).optional(),
  limit: z.coerce.number().int().min(1).max(MAX_DELIVERIES_PER_PAGE).default(USUAL_PAGE),
  after: z.string().min(1).max(64).optional().openapi({ description: 'The last id of the page before.' }),
})

const seconds = (ms: number) => Math.floor(ms / 1_000)
const secondsOrNull = (ms: number | null) => (ms === null ? null : seconds(ms))

export const toWebhook = (endpoint: WebhookEndpoint): z.infer<typeof Webhook> => ({
  id: WEBHOOK_PREFIX + endpoint.id,
  object: 'webhook',
  url: endpoint.url,
  description: endpoint.description,
  events: endpoint.events,
  enabled: endpoint.disabledAt === null,
  disabled_reason: endpoint.disabledReason,
  failing_since: secondsOrNull(endpoint.failingSince),
  old_secret_until: secondsOrNull(endpoint.previousUntil),
  pending: endpoint.pending,
  missed: endpoint.missed,
  created: seconds(endpoint.createdAt),
})

export const toDelivery = (delivery: Delivery): z.infer<typeof WebhookDelivery> => ({
  id: MESSAGE_PREFIX + delivery.eventId,
  object: 'webhook.delivery',
  webhook_id: WEBHOOK_PREFIX + delivery.endpointId,
  event: delivery.type,
  state: delivery.state,
  attempts: delivery.attempts,
  next_attempt_at: secondsOrNull(delivery.nextAt),
  last_attempt_at: secondsOrNull(delivery.attemptedAt),
  last_status: delivery.lastStatus,
  last_error: delivery.lastError,
  created: seconds(delivery.createdAt),
  ended_at: secondsOrNull(delivery.endedAt),
})
