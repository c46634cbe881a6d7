import { createLogger } from '../../shared/log.ts'
import { createDb } from '../db/client.ts'
import type { Config } from '../env.ts'
import { createAudit } from '../services/audit.ts'
import { createDisposal } from '../services/files/disposal.ts'
import { createSignedBytes } from '../services/files/signed-bytes.ts'
import type { VectorizeIndex } from '../services/library/vectorize.ts'
import { createLimiter } from '../services/limits/limiter.ts'
import { createPoolView } from '../services/pool/pool-view.ts'
import { createRegions } from '../services/pool/regions.ts'
import { createStubs } from '../services/stubs.ts'
import { createWebhookEvents } from '../services/webhooks/events.ts'

/** The edge's log: a JSON object a line. */
export const createLog = () =>
  createLogger((line, level) => (level === 'error' ? console.error(line) : console.log(line)), {
    part: 'edge',
  })

/** The secrets that seal what is kept: the first seals, all of them open. */
export const sealingSecrets = ({
  JWT_SECRET: current,
  JWT_SECRET_PREVIOUS: previous,
}: Config): [string, ...string[]] => (previous ? [current, previous] : [current])

/** The index of Vectorize, where the deployment has bound one: `wrangler.toml` says how. */
function vectorizeOf(env: Cloudflare.Env): VectorizeIndex | undefined {
  // Bindings are typed by wrangler.toml, in which this one is commented out.
  return (env as { VECTORS?: VectorizeIndex }).VECTORS
}

/** The ground that every group of services stands on. */
export function createGround(env: Cloudflare.Env, config: Config) {
  const log = createLog()
  const db = createDb(env.DB)
  const stubs = createStubs(env)
  const audit = createAudit(db)
  const { list: listRegions } = createRegions(db)
  return {
    config,
    isDevelopment: config.ENVIRONMENT === 'development',
    log,
    db,
    bucket: env.FILES,
    vectorize: vectorizeOf(env),
    disposal: createDisposal({ db, bucket: env.FILES }),
    signedBytes: createSignedBytes(config.JWT_SECRET),
    stubs,
    later: stubs.later,
    audit,
    listRegions,
    pool: createPoolView({ listRegions, changes: (name, known) => stubs.pool(name).changes(known), log }),
    limiter: createLimiter({ rateLimiter: stubs.rateLimiter, later: stubs.later, log }),
    webhookEvents: createWebhookEvents({ db, ring: stubs.ringWebhook, later: stubs.later, log }),
  }
}
export type Ground = ReturnType<typeof createGround>
