import { causeOf } from '../shared/failure-cause.ts'
import { createLogger, type Logger } from '../shared/log.ts'
import { createDb } from './db/client.ts'
import type { RoomServices } from './durable/room/room-services.ts'
import type { Config } from './env.ts'
import { createAccounts } from './services/accounts/accounts.ts'
import { createClerk } from './services/accounts/clerk.ts'
import { seedDevelopment } from './services/accounts/development.ts'
import { createKeys } from './services/accounts/keys.ts'
import { createLoginGuard } from './services/accounts/login-guard.ts'
import { createTokens } from './services/accounts/tokens.ts'
import { createSettings } from './services/administration/settings.ts'
import { createStats } from './services/administration/stats.ts'
import { createProfiles } from './services/advising/profiles.ts'
import { createAudit } from './services/audit.ts'
import { generateAnswer } from './services/conversations/answering.ts'
import { createChat } from './services/conversations/chat.ts'
import { createConversations } from './services/conversations/conversations.ts'
import { answerFromDataset } from './services/datasets/analytics.ts'
import { createDatasets } from './services/datasets/datasets.ts'
import { createIdempotency } from './services/idempotency.ts'
import { createInference } from './services/inference/inference.ts'
import { createLimiter } from './services/limits/limiter.ts'
import { createTraffic } from './services/metering/traffic.ts'
import { createUsage } from './services/metering/usage.ts'
import { createCatalogue } from './services/models/catalogue.ts'
import { defaultModel } from './services/models/default-model.ts'
import { createModelRecords } from './services/models/model-records.ts'
import { createNodes } from './services/pool/nodes.ts'
import { createPoolView } from './services/pool/pool-view.ts'
import { createStubs } from './services/stubs.ts'
import { rajoraSocket } from './surfaces/rajora/socket/contract.ts'

export type Services = ReturnType<typeof createServices>

function clerkOf({ CLERK_JWKS_URL: jwksUrl, CLERK_ISSUER: issuer, ...config }: Config, log: Logger) {
  if (!jwksUrl || !issuer) return undefined
  return createClerk({ jwksUrl, issuer, authorizedParties: config.CLERK_AUTHORIZED_PARTIES, log })
}

/** Builds every service by hand, in order. */
export function createServices(env: Cloudflare.Env, config: Config) {
  const log = createLogger((line, level) => (level === 'error' ? console.error(line) : console.log(line)), {
    part: 'edge',
  })
  const db = createDb(env.DB)
  const stubs = createStubs(env)
  const audit = createAudit(db)
  const keys = createKeys(db)
  const tokens = createTokens(config.JWT_SECRET, {
    previousSecret: config.JWT_SECRET_PREVIOUS,
    lifetimeSeconds: config.TOKEN_LIFETIME_SECONDS,
  })
  const pool = createPoolView({
    listRegions: async () => [],
    changes: (_region, known) => stubs.pool().changes(known),
    log,
  })
  // A stub is of the request that asks for it.
  const directory = { snapshot: () => stubs.pool().snapshot(), view: (id: string) => stubs.pool().view(id) }
  const limiter = createLimiter({ rateLimiter: stubs.rateLimiter, later: stubs.later, log })
  const loginGuard = createLoginGuard(limiter)
  const accounts = createAccounts({ db, tokens, keys, audit, loginGuard, later: stubs.later })
  const usage = createUsage(db, { log, limiter })
  const secrets: [string, ...string[]] = [config.JWT_SECRET]
  if (config.JWT_SECRET_PREVIOUS) secrets.push(config.JWT_SECRET_PREVIOUS)
  const idempotency = createIdempotency(db, { secrets, later: stubs.later })
  const traffic = createTraffic(db, { later: stubs.later, log })
  const inference = createInference({
    nodeLink: stubs.nodeLink,
    later: stubs.later,
    pool,
    log,
    meter: usage.record,
  })
  const settings = createSettings(db, audit)
  const conversations = createConversations(db)
  const datasets = createDatasets({ db, bucket: env.FILES, datasetTable: stubs.datasetTable })
  return {
    log,
    limiter,
    usage,
    idempotency,
    settings,
    /** The model of a request that names none. */
    defaultModel: () => defaultModel(settings, inference),
    conversations,
    /** Counts a message to a model that no conversation keeps, after the answer has begun. */
    countQuery: (accountId: string) =>
      stubs.later(
        conversations.messages
          .countQuery(accountId)
          .catch((thrown) => log.error('query.uncounted', { cause: causeOf(thrown) })),
      ),
    chat: createChat({ chatRoom: stubs.chatRoom, later: stubs.later, log }),
    /** Students' profiles. */
    profiles: createProfiles(db),
    datasets,
    traffic,
    /** What administrators are shown of the deployment. */
    stats: createStats(db, { traffic, usage, inference }),
    accounts,
    keys,
    isDevelopment: config.ENVIRONMENT === 'development',
    claraSecurityMode:
      config.CLARA_SECURITY_MODE ??
      (config.ENVIRONMENT === 'development' ? ('development' as const) : ('production' as const)),
    /** Present when the deployment takes Clerk's tokens. */
    clerk: clerkOf(config, log),
    nodes: createNodes({ db, audit, nodeLink: stubs.nodeLink, directory }),
    modelRecords: createModelRecords(db),
    inference,
    /** The pool's models with what was measured of them. */
    catalogue: createCatalogue(pool, usage),
    /** What must be there before the first request is answered. */
    prepare: async () => {
      if (config.ENVIRONMENT === 'development')
        await seedDevelopment({ db, accounts, keys }, config.DEV_API_KEY)
    },
    /** Deletes what has had its time; the clock calls it. One that fails does not keep the others from their work. */
    sweep: async () => {
      const swept = await Promise.allSettled([usage.sweep(), idempotency.sweep(), datasets.sweep()])
      const [calls, idempotentAnswers, orphanedFiles] = swept.map((part) => {
        if (part.status === 'fulfilled') return part.value
        log.error('sweep.failed', { cause: causeOf(part.reason) })
        return null
      })
      log.info('sweep', { calls, idempotentAnswers, orphanedFiles })
    },
  }
}

/** What a conversation's room needs of them. */
export function createRoomServices(services: Services): RoomServices {
  const { conversations, datasets, inference, log } = services
  return {
    conversations,
    log,
    answer: (question, prompt, signal) => {
      const { requestId, accountId, conversationId, cacheKey, options, dataset } = question
      const sessionId = cacheKey ?? conversationId
      const asked = { prompt, options, caller: { requestId, accountId, sessionId } }
      return dataset
        ? answerFromDataset({ inference, datasets }, { ...asked, accountId, datasetId: dataset.id }, signal)
        : generateAnswer(inference, asked, signal)
    },
    sockets: [rajoraSocket(services)],
  }
}
