import { eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import { AppError } from '../../../shared/errors.ts'
import { MAX_MODEL_NAME_LENGTH, ModelId, PricePer1kTokens } from '../../../shared/node.ts'
import type { Db } from '../../db/client.ts'
import { settings } from '../../db/tables/administration.ts'
import type { Audit } from '../audit.ts'
import { mergePatch } from '../merge-patch.ts'
import { Recent } from '../recent.ts'

/** How long an isolate trusts what it has read: a switch takes effect within this time everywhere. */
export const SETTINGS_CACHE_MS = 1_000

/** The largest limits that can be set; those of storage are a pebibyte and a billion files. */
export const MAX_REQUESTS_PER_MINUTE = 1_000_000
export const MAX_TOKENS_PER_DAY = 1_000_000_000_000
export const MAX_STORAGE_BYTES = 2 ** 50
export const MAX_STORAGE_FILES = 1_000_000_000

/** Models that an administrator may have set a price for. */
export const MAX_PRICED_MODELS = 1_000

/** Overrides of a surface's own policy; an absent one overrides nothing. */
export interface LimitOverrides {
  requestsPerMinute?: number
  tokensPerDay?: number
}

/** Overrides of what a plan stores; an absent one overrides nothing. */
export interface StorageOverrides {
  bytes?: number
  files?: number
}

type ByPlan<Overrides> = Overrides & { tiers?: Partial<Record<'free' | 'pro' | 'enterprise', Overrides>> }

export interface Settings {
  features: { chat: boolean; streaming: boolean }
  /** The model of requests that name none; null is for the deployment to choose. */
  defaultModel: string | null
  rateLimits: ByPlan<LimitOverrides>
  storage: ByPlan<StorageOverrides>
  /** The cost of a thousand tokens, by model; the nodes' own word counts for the others. Read its entries, not its names. */
  prices: Readonly<Record<string, number>>
  /** Only administrators are let in. */
  maintenance: boolean
}

const LimitPatch = z.strictObject({
  requestsPerMinute: z.int().min(1).max(MAX_REQUESTS_PER_MINUTE).nullish(),
  tokensPerDay: z.int().min(1).max(MAX_TOKENS_PER_DAY).nullish(),
})

const StoragePatch = z.strictObject({
  bytes: z.int().min(0).max(MAX_STORAGE_BYTES).nullish(),
  files: z.int().min(0).max(MAX_STORAGE_FILES).nullish(),
})

/** Overrides for every plan, and for each. */
const byPlan = <Overrides extends typeof LimitPatch | typeof StoragePatch>(overrides: Overrides) =>
  z
    .strictObject({ free: overrides.nullish(), pro: overrides.nullish(), enterprise: overrides.nullish() })
    .nullish()

/** A change: what is absent stays, null takes an override away. */
export const SettingsPatch = z.strictObject({
  features: z.strictObject({ chat: z.boolean().optional(), streaming: z.boolean().optional() }).optional(),
  defaultModel: z.string().trim().min(1).max(MAX_MODEL_NAME_LENGTH).nullish(),
  rateLimits: LimitPatch.extend({ tiers: byPlan(LimitPatch) }).optional(),
  storage: StoragePatch.extend({ tiers: byPlan(StoragePatch) }).optional(),
  prices: z.record(ModelId, PricePer1kTokens.nullable()).nullish(),
  maintenance: z.boolean().optional(),
})
export type SettingsPatch = z.infer<typeof SettingsPatch>

/** Rows by name. What was never set has none. */
interface Stored {
  features?: Partial<Settings['features']>
  defaultModel?: string
  rateLimits?: Settings['rateLimits']
  storage?: Settings['storage']
  prices?: Settings['prices']
  maintenance?: boolean
}

const toSettings = (stored: Stored): Settings => ({
  features: { chat: true, streaming: true, ...stored.features },
  defaultModel: stored.defaultModel ?? null,
  rateLimits: stored.rateLimits ?? {},
  storage: stored.storage ?? {},
  prices: stored.prices ?? {},
  maintenance: stored.maintenance ?? false,
})

/** Throws `invalid_request` for more prices than there may be. */
function requireFewPrices({ prices }: Settings): void {
  if (Object.keys(prices).length <= MAX_PRICED_MODELS) return
  throw new AppError('invalid_request', `At most ${MAX_PRICED_MODELS} models can have prices.`)
}

/** The patch, or a refusal that names every field which is wrong. */
function checked(patch: SettingsPatch): SettingsPatch {
  const result = SettingsPatch.safeParse(patch)
  if (result.success) return result.data
  const issues = result.error.issues.map(({ path, message, code }) => ({
    path: ['body', ...path.filter((part) => typeof part !== 'symbol')],
    message,
    type: code,
  }))
  const param = issues[0]?.path.slice(1).join('.')
  throw new AppError('invalid_request', `Invalid '${param}': ${issues[0]?.message}.`, { param, issues })
}

export type SettingsService = ReturnType<typeof createSettings>

/** Switches that administrators move while the deployment runs. Nothing stored means: all on, nothing overridden. */
export function createSettings(
  db: Db,
  audit: Audit,
  now: () => number = Date.now,
  /** Whether a model of this name came of an account's job: it does not exist for everybody. */
  isTuned: (name: string) => Promise<boolean> = async () => false,
) {
  let recent = new Recent<Settings>(SETTINGS_CACHE_MS, 1, now)

  async function read(): Promise<Stored> {
    const rows = await db.select().from(settings)
    // Only `update` writes rows, and it writes what it has checked.
    return Object.fromEntries(rows.map(({ name, value }) => [name, value])) as Stored
  }

  const rowOf = (name: string, value: unknown) =>
    value === undefined
      ? db.delete(settings).where(eq(settings.name, name))
      : db
          .insert(settings)
          .values({ name, value, updatedAt: now() })
          .onConflictDoUpdate({
            target: settings.name,
            set: { value: sql`excluded.value`, updatedAt: sql`excluded.updated_at` },
          })

  return {
    /** The switches as they stand, at most `SETTINGS_CACHE_MS` old. */
    get: (): Promise<Settings> => recent.get('all', async () => toSettings(await read())),

    /**
     * Lays a change over what is stored, together with its audit row. In force here at once, elsewhere within
     * `SETTINGS_CACHE_MS`. Throws `invalid_request` that names every wrong field.
     */
    async update(patch: SettingsPatch, actorId: string): Promise<{ before: Settings; after: Settings }> {
      const change = checked(patch)
      if (change.defaultModel && (await isTuned(change.defaultModel))) {
        throw new AppError(
          'invalid_request',
          `The model '${change.defaultModel}' was trained on the pool and is not everybody's: it cannot be the default.`,
          { param: 'defaultModel' },
        )
      }
      const stored = await read()
      const merged = mergePatch(stored, change) as Stored // both sides have its shape, and so has what they make
      const [before, after] = [toSettings(stored), toSettings(merged)]
      requireFewPrices(after)
      const rows = Object.entries(change)
        .filter(([, value]) => value !== undefined)
        .map(([name]) => rowOf(name, merged[name as keyof Stored]))
      await db.batch([
        audit.row({ actorId, action: 'settings.update', target: 'settings', before, after }),
        ...rows,
      ])
      // A read that is under way may still bring what was there before: it ends in the cache that is let go.
      recent = new Recent(SETTINGS_CACHE_MS, 1, now)
      return { before, after }
    },
  }
}
