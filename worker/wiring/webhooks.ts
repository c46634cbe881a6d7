import { createDb } from '../db/client.ts'
import type { Config } from '../env.ts'
import { createAttempt } from '../services/webhooks/attempt.ts'
import { createDelivering as createWebhookDelivering } from '../services/webhooks/delivering.ts'
import { createEndpointSecrets } from '../services/webhooks/endpoint-secrets.ts'
import { createResolver } from '../services/webhooks/resolver.ts'
import { createWebhooks } from '../services/webhooks/webhooks.ts'
import { createLog, type Ground, sealingSecrets } from './ground.ts'

/** The webhooks of accounts. */
export const wireWebhooks = ({ config, isDevelopment, db, stubs, log }: Ground) =>
  createWebhooks({
    ...{ db, log, isDevelopment, ring: stubs.ringWebhook },
    secrets: createEndpointSecrets(sealingSecrets(config)),
  })

/** The services of a webhook's endpoint. */
export function createDelivering(env: Cloudflare.Env, config: Config) {
  const delivering = createWebhookDelivering({
    db: createDb(env.DB),
    secrets: createEndpointSecrets(sealingSecrets(config)),
    attempt: createAttempt({
      resolve: createResolver(config.DNS_RESOLVER_URL),
      isDevelopment: config.ENVIRONMENT === 'development',
    }),
  })
  return { ...delivering, log: createLog() }
}
