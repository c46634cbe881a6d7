import { createRoute } from '@hono/zod-openapi'
import { requireAdmin } from '../../../http/auth.ts'
import { json, jsonBody } from '../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type {
  LimitOverrides,
  Settings,
  SettingsPatch,
  SettingsService,
  StorageOverrides,
} from '../../../services/administration/settings.ts'
import type { Stats } from '../../../services/administration/stats.ts'
import {
  anyFailure,
  Config,
  ConfigChange,
  forbidden,
  Statistics,
  unauthorized,
  unprocessable,
} from '../schemas.ts'

const tags = ['Admin']
const security = [{ bearer: [] }, { apiKey: [] }]
const failures = { ...unauthorized, ...forbidden, ...anyFailure }

const middleware = requireAdmin

const getStatistics = createRoute({
  method: 'get',
  path: '/api/admin/stats',
  operationId: 'getStatistics',
  tags,
  summary: 'What the deployment has done, counted',
  security,
  middleware,
  responses: { 200: json(Statistics, 'The figures.'), ...failures },
})

const getConfig = createRoute({
  method: 'get',
  path: '/api/admin/config',
  operationId: 'getConfig',
  tags,
  summary: 'The switches as they stand',
  security,
  middleware,
  responses: { 200: json(Config, 'All of them.'), ...failures },
})

const changeConfig = createRoute({
  method: 'post',
  path: '/api/admin/config',
  operationId: 'changeConfig',
  tags,
  summary: 'Move switches; in force everywhere within a second',
  description: 'Every change is recorded: who, what, before and after.',
  security,
  middleware,
  request: {
    body: jsonBody(ConfigChange, { default_model: 'starter', cost_per_1k_tokens: { starter: 0.0008 } }),
  },
  responses: { 200: json(Config, 'All switches, as they stand now.'), ...failures, ...unprocessable },
})

/** A limit for every tier, and for each. */
type ByTier<Limits> = Limits & {
  tiers?: Partial<Record<'free' | 'pro' | 'enterprise', Limits | null | undefined>> | undefined
}

/** The contract's words in ours: what is absent stays absent, null stays null. */
interface LimitsChange {
  requests_per_minute?: number | null | undefined
  tokens_per_day?: number | null | undefined
}
const toOverrides = ({ requests_per_minute, tokens_per_day }: LimitsChange) => ({
  requestsPerMinute: requests_per_minute,
  tokensPerDay: tokens_per_day,
})
const toStorageOverrides = ({ bytes, files }: StorageChange) => ({ bytes, files })
interface StorageChange {
  bytes?: number | null | undefined
  files?: number | null | undefined
}

function byTier<Change, Overrides>(change: ByTier<Change>, toOurs: (change: Change) => Overrides) {
  const { tiers } = change
  const ofTier = (tier: Change | null | undefined) => tier && toOurs(tier)
  return {
    ...toOurs(change),
    tiers: tiers && {
      free: ofTier(tiers.free),
      pro: ofTier(tiers.pro),
      enterprise: ofTier(tiers.enterprise),
    },
  }
}

const toPatch = ({
  feature_flags,
  default_model,
  rate_limits,
  storage_limits,
  cost_per_1k_tokens,
  maintenance_mode,
}: ConfigChange): SettingsPatch => ({
  features: feature_flags && {
    chat: feature_flags.chat_enabled,
    streaming: feature_flags.streaming_enabled,
  },
  defaultModel: default_model,
  rateLimits: rate_limits && byTier(rate_limits, toOverrides),
  storage: storage_limits && byTier(storage_limits, toStorageOverrides),
  prices: cost_per_1k_tokens,
  maintenance: maintenance_mode,
})

const toLimits = (set: LimitOverrides | undefined) => ({
  requests_per_minute: set?.requestsPerMinute ?? null,
  tokens_per_day: set?.tokensPerDay ?? null,
})
const toStorage = (set: StorageOverrides | undefined) => ({
  bytes: set?.bytes ?? null,
  files: set?.files ?? null,
})

const toConfig = ({
  features,
  defaultModel,
  rateLimits,
  storage,
  prices,
  maintenance,
}: Settings): Config => ({
  feature_flags: { chat_enabled: features.chat, streaming_enabled: features.streaming },
  default_model: defaultModel,
  rate_limits: {
    ...toLimits(rateLimits),
    tiers: {
      free: toLimits(rateLimits.tiers?.free),
      pro: toLimits(rateLimits.tiers?.pro),
      enterprise: toLimits(rateLimits.tiers?.enterprise),
    },
  },
  storage_limits: {
    ...toStorage(storage),
    tiers: {
      free: toStorage(storage.tiers?.free),
      pro: toStorage(storage.tiers?.pro),
      enterprise: toStorage(storage.tiers?.enterprise),
    },
  },
  cost_per_1k_tokens: prices,
  maintenance_mode: maintenance,
})

export function adminRoutes(app: Surface, stats: Stats, settings: SettingsService): void {
  app.openapi(getStatistics, async (c) => {
    const { accounts, requests, runs, models } = await stats.deployment()
    const body = {
      users: accounts,
      api: { total_calls: requests.total, calls_today: requests.today, total_tokens: runs.tokens },
      models: { active: models, total_requests: runs.total },
    }
    return c.json(body, 200)
  })

  app.openapi(getConfig, async (c) => c.json(toConfig(await settings.get()), 200))

  app.openapi(changeConfig, async (c) => {
    const { after } = await settings.update(toPatch(c.req.valid('json')), accountOf(c).id)
    return c.json(toConfig(after), 200)
  })
}
