import type { z } from 'zod'
import type {
  NewWebhook,
  WebhookDelivery,
  WebhookRequest,
  Webhook as WebhookSchema,
} from '../../../surfaces/openai/schemas/webhook.ts'

export type Webhook = z.infer<typeof WebhookSchema>
export type MadeWebhook = z.infer<typeof NewWebhook>
export type Delivery = z.infer<typeof WebhookDelivery>
export type EventType = z.infer<typeof WebhookRequest>['events'][number]

const WORDS: Readonly<Record<EventType, string>> = {
  'chat.completion.created': 'An answer is complete',
  'file.uploaded': 'A document was uploaded',
  'file.deleted': 'A document was deleted',
  'agent.execution.started': 'An agent begins',
  'agent.execution.completed': 'An agent is done',
  'job.completed': 'A training is done',
  'job.failed': 'A training has failed',
  'dataset.completed': 'A dataset is made',
}

/** The events of which a webhook may tell, with their words. */
export const EVENTS = Object.entries(WORDS)

/** The address of a webhook in the API. */
export const pathOf = ({ id }: Pick<Webhook, 'id'>): string => `/v1/webhooks/${encodeURIComponent(id)}`
