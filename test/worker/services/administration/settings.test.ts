import { env } from 'cloudflare:workers'
import { desc } from 'drizzle-orm'
import { beforeEach, describe, expect, it } from 'vitest'
import { MAX_MODEL_NAME_LENGTH, MAX_PRICE_PER_1K_TOKENS } from '../../../../shared/node.ts'
import { createDb } from '../../../../worker/db/client.ts'
import { auditLog, settings as table } from '../../../../worker/db/tables/administration.ts'
import {
  createSettings,
  MAX_PRICED_MODELS,
  MAX_REQUESTS_PER_MINUTE,
  MAX_STORAGE_BYTES,
  MAX_STORAGE_FILES,
  MAX_TOKENS_PER_DAY,
  SETTINGS_CACHE_MS,
  type SettingsPatch,
} from '../../../../worker/services/administration/settings.ts'
import { createAudit } from '../../../../worker/services/audit.ts'

const db = createDb(env.DB)
const DEFAULTS = {
  features: { chat: true, streaming: true },
  defaultModel: null,
  rateLimits: {},
  storage: {},
  prices: {},
  maintenance: false,
}

const pricesOf = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${index}`, 1]))

/** One isolate's view of the switches, and its clock. */
function setUp() {
  const clock = { now: 1_000_000 }
  return { clock, settings: createSettings(db, createAudit(db), () => clock.now) }
}

const auditRows = () => db.select().from(auditLog).orderBy(desc(auditLog.createdAt), desc(auditLog.id))

beforeEach(async () => {
  await db.delete(table)
  await db.delete(auditLog)
})

describe('the settings', () => {
  it('have everything on and nothing overridden until somebody changes them', async () => {
    expect(await setUp().settings.get()).toEqual(DEFAULTS)
  })

  it('change only where the patch says so', async () => {
    const { settings } = setUp()
    await settings.update({ features: { chat: false }, defaultModel: 'm' }, 'ada')
    const { before, after } = await settings.update({ maintenance: true }, 'ada')
    expect(before).toEqual({ ...DEFAULTS, features: { chat: false, streaming: true }, defaultModel: 'm' })
    expect(after).toEqual({ ...before, maintenance: true })
    expect(await setUp().settings.get()).toEqual(after)
  })

  it('merge limits by tier, and lose what null takes away', async () => {
    const { settings } = setUp()
    await settings.update(
      {
        rateLimits: {
          requestsPerMinute: 60,
          tiers: { free: { requestsPerMinute: 5 }, pro: { tokensPerDay: 9 } },
        },
      },
      'ada',
    )
    const { after } = await settings.update(
      {
        defaultModel: null,
        rateLimits: { requestsPerMinute: null, tiers: { free: { tokensPerDay: 7 }, pro: null } },
      },
      'ada',
    )
    expect(after.rateLimits).toEqual({ tiers: { free: { requestsPerMinute: 5, tokensPerDay: 7 } } })
    expect(await setUp().settings.get()).toEqual(after)
  })

  it('forget the default model that null takes away', async () => {
    const { settings } = setUp()
    await settings.update({ defaultModel: 'm' }, 'ada')
    expect((await settings.update({ defaultModel: null }, 'ada')).after.defaultModel).toBeNull()
    expect((await setUp().settings.get()).defaultModel).toBeNull()
  })

  it('leave a row of who, what, before and after for every change', async () => {
    const { settings } = setUp()
    const { before, after } = await settings.update({ maintenance: true }, 'ada')
    expect(await auditRows()).toEqual([
      expect.objectContaining({
        actorId: 'ada',
        action: 'settings.update',
        target: 'settings',
        before,
        after,
      }),
    ])
  })

  it('do not change when the row of the change cannot be written', async () => {
    const { settings } = setUp()
    const nobody = null as unknown as string // as a caller without types could: the column refuses it
    await expect(settings.update({ maintenance: true }, nobody)).rejects.toThrow()
    expect((await setUp().settings.get()).maintenance).toBe(false)
    expect(await auditRows()).toEqual([])
  })

  it('are in force at once where they were changed, and elsewhere when what it knows is too old', async () => {
    const [here, there] = [setUp(), setUp()]
    await Promise.all([here.settings.get(), there.settings.get()])
    await here.settings.update({ maintenance: true }, 'ada')
    expect((await here.settings.get()).maintenance).toBe(true)
    there.clock.now += SETTINGS_CACHE_MS - 1
    expect((await there.settings.get()).maintenance).toBe(false)
    there.clock.now += 1
    expect((await there.settings.get()).maintenance).toBe(true)
  })

  it('keep prices of at most so many models, those that are there already included', async () => {
    const { settings } = setUp()
    await settings.update({ prices: pricesOf(MAX_PRICED_MODELS) }, 'ada')
    await expect(settings.update({ prices: { another: 1 } }, 'ada')).rejects.toMatchObject({
      code: 'invalid_request',
      message: 'At most 1000 models can have prices.',
    })
    const { after } = await settings.update({ prices: { m0: null, constructor: 1 } }, 'ada')
    expect(Object.entries(after.prices)).toHaveLength(MAX_PRICED_MODELS)
  })

  it.each([
    [{ rateLimits: { requestsPerMinute: 1, tokensPerDay: 1 } }],
    [{ rateLimits: { requestsPerMinute: MAX_REQUESTS_PER_MINUTE, tokensPerDay: MAX_TOKENS_PER_DAY } }],
    [
      {
        storage: {
          bytes: 0,
          files: 0,
          tiers: { free: { bytes: MAX_STORAGE_BYTES, files: MAX_STORAGE_FILES } },
        },
      },
    ],
    [{ prices: { m: 0, 'hub/m:q4': MAX_PRICE_PER_1K_TOKENS, constructor: 0.0008, toString: null } }],
    [{ prices: pricesOf(MAX_PRICED_MODELS) }],
    [{ defaultModel: 'm'.repeat(MAX_MODEL_NAME_LENGTH) }],
    [{}],
  ])('take %j', async (patch: SettingsPatch) => {
    await expect(setUp().settings.update(patch, 'ada')).resolves.toBeDefined()
  })

  it.each([
    ['rateLimits.requestsPerMinute', { rateLimits: { requestsPerMinute: 0 } }],
    ['rateLimits.requestsPerMinute', { rateLimits: { requestsPerMinute: MAX_REQUESTS_PER_MINUTE + 1 } }],
    ['rateLimits.requestsPerMinute', { rateLimits: { requestsPerMinute: 1.5 } }],
    ['rateLimits.tokensPerDay', { rateLimits: { tokensPerDay: MAX_TOKENS_PER_DAY + 1 } }],
    ['rateLimits.tiers.free.tokensPerDay', { rateLimits: { tiers: { free: { tokensPerDay: -1 } } } }],
    ['prices.m', { prices: { m: MAX_PRICE_PER_1K_TOKENS + 1 } }],
    ['prices.m', { prices: { m: -0.1 } }],
    ['prices.m', { prices: { m: Number.NaN } }],
    ['prices.m', { prices: { m: Number.POSITIVE_INFINITY } }],
    ['prices.#', { prices: { '#': 1 } }],
    ['storage.bytes', { storage: { bytes: MAX_STORAGE_BYTES + 1 } }],
    ['storage.files', { storage: { files: MAX_STORAGE_FILES + 1 } }],
    ['storage.tiers.pro.bytes', { storage: { tiers: { pro: { bytes: -1 } } } }],
    ['rateLimits.tiers', { rateLimits: { tiers: { gold: {} } } }],
    ['defaultModel', { defaultModel: 'm'.repeat(MAX_MODEL_NAME_LENGTH + 1) }],
    ['defaultModel', { defaultModel: '' }],
    ['features.chat', { features: { chat: 'no' } }],
    ['maintenance', { maintenance: 1 }],
  ])('refuse a wrong %s by its name: %j', async (param, patch) => {
    const { settings } = setUp()
    const wrong = patch as unknown as SettingsPatch // as it comes from a door that checks less
    await expect(settings.update(wrong, 'ada')).rejects.toMatchObject({
      code: 'invalid_request',
      param,
      issues: [{ path: ['body', ...param.split('.')] }],
    })
    expect(await db.$count(table)).toBe(0)
  })

  it('name every field that is wrong', async () => {
    const wrong = { maintenance: 1, defaultModel: '' } as unknown as SettingsPatch
    const refusal = await setUp()
      .settings.update(wrong, 'ada')
      .catch((thrown) => thrown)
    expect(refusal.issues.map((issue: { path: string[] }) => issue.path.join('.'))).toEqual([
      'body.defaultModel',
      'body.maintenance',
    ])
  })
})
