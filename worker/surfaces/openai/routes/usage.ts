import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { AppError } from '../../../../shared/errors.ts'
import { isId } from '../../../../shared/ids.ts'
import { DAY_MS, HOUR_MS } from '../../../../shared/units.ts'
import { administers } from '../../../http/administers.ts'
import { json } from '../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { SurfaceEnv } from '../../../http/surface-env.ts'
import type { Quota } from '../../../services/files/quota.ts'
import { dayOf } from '../../../services/metering/call-rows.ts'
import { hourOf } from '../../../services/metering/traffic.ts'
import type { UsageRow, UsageService } from '../../../services/metering/usage.ts'
import { USAGE_HOURS_KEPT_DAYS } from '../../../services/metering/usage-hours.ts'
import { type Storage, type Usage, UsageHours, UsageList } from '../schemas/accounting/usage.ts'
import { failures } from '../schemas/common.ts'

/** Rows of a page when nothing is said, and at most. */
export const USAGE_PAGE = 100
export const MAX_USAGE_PAGE = 1_000

/** Days that are shown when no first one is named, the last one included. */
export const USAGE_DAYS = 30

const query = (name: string, description: string) => ({ param: { name, in: 'query' as const }, description })

const isOneAfterTheOther = ({ from, to }: { from?: string | undefined; to?: string | undefined }) =>
  from === undefined || to === undefined || from <= to
const BACKWARDS = { path: ['from'], error: 'it is later than to' }

const WhoseUsage = z.strictObject({
  from: z.iso
    .date({ error: 'expected a day as YYYY-MM-DD' })
    .optional()
    .openapi(query('from', `The first day (UTC); ${USAGE_DAYS} days up to \`to\` when absent.`)),
  to: z.iso
    .date({ error: 'expected a day as YYYY-MM-DD' })
    .optional()
    .openapi(query('to', 'The last day (UTC); today when absent.')),
  model: z.string().min(1).max(256).optional().openapi(query('model', 'One model.')),
  account_id: z
    .string()
    .refine(isId, { error: 'expected an account id' })
    .optional()
    .openapi(query('account_id', 'One account; all of them when absent (administrators).')),
})

const HoursQuery = WhoseUsage.refine(isOneAfterTheOther, BACKWARDS)

const UsageQuery = WhoseUsage.extend({
  limit: z
    .string()
    .regex(/^\d{1,4}$/, { error: `expected a number from 1 to ${MAX_USAGE_PAGE}` })
    .transform(Number)
    .pipe(z.int().min(1).max(MAX_USAGE_PAGE))
    .default(USAGE_PAGE)
    .openapi({
      ...query('limit', 'Rows of the page.'),
      type: 'integer',
      minimum: 1,
      maximum: MAX_USAGE_PAGE,
    }),
  after: z.string().min(1).max(2_000).optional().openapi(query('after', 'The `next` of the page before.')),
}).refine(isOneAfterTheOther, BACKWARDS)

const listUsage = createRoute({
  method: 'get',
  path: '/v1/usage',
  operationId: 'listUsage',
  tags: ['Accounts'],
  security: [{ bearer: [] }],
  summary: 'What you used per day and model, newest day first, and store; administrators see every account',
  request: { query: UsageQuery },
  responses: { 200: json(UsageList, 'A page of it.'), ...failures },
})

const listHours = createRoute({
  method: 'get',
  path: '/v1/usage/hours',
  operationId: 'listUsageHours',
  tags: ['Accounts'],
  security: [{ bearer: [] }],
  summary: `What you used per hour of the last ${USAGE_HOURS_KEPT_DAYS} days, oldest first, and have left; administrators see every account`,
  request: { query: HoursQuery },
  responses: { 200: json(UsageHours, 'The hours in which something was used.'), ...failures },
})

/** Without the last digits of a sum of fractions. */
const shown = (cost: number): number => Number(cost.toPrecision(12))

const toUsage = (row: UsageRow): z.infer<typeof Usage> => ({
  object: 'usage',
  day: row.day,
  account_id: row.accountId,
  model: row.model,
  kind: row.kind,
  requests: row.requests,
  prompt_tokens: row.promptTokens,
  cached_prompt_tokens: row.cachedPromptTokens,
  completion_tokens: row.completionTokens,
  cost: shown(row.cost),
})

/** The first of the days up to `to`, where none is named. */
const firstDay = (to: string): string => dayOf(Date.parse(to) - (USAGE_DAYS - 1) * DAY_MS)

/** The storage in use: of one account, or of all together. */
async function storageOf(
  quota: Pick<Quota, 'usage' | 'total'>,
  accountId: string | undefined,
): Promise<z.infer<typeof Storage>> {
  if (accountId === undefined) return { ...(await quota.total()), limit_bytes: null, limit_files: null }
  const { bytes, files, limits } = await quota.usage(accountId)
  return { bytes, files, limit_bytes: limits.bytes, limit_files: limits.files }
}

/** The days that are asked for, and whose: of all accounts together where an administrator names none. */
function scopeOf(c: Context<SurfaceEnv>, asked: z.infer<typeof HoursQuery>) {
  const account = accountOf(c)
  const isAdmin = administers(account)
  if (!isAdmin && asked.account_id !== undefined && asked.account_id !== account.id) {
    const message = "Only an administrator sees another account's usage."
    throw new AppError('forbidden', message, { param: 'account_id' })
  }
  const to = asked.to ?? dayOf(Date.now())
  const accountId = isAdmin ? asked.account_id : account.id
  return { accountId, model: asked.model, from: asked.from ?? firstDay(to), to }
}

/** The tokens of the day as the limiter knows them, which was asked before. */
function budgetOf(c: Context<SurfaceEnv>): z.infer<typeof UsageHours>['budget'] {
  const budget = c.get('limits')?.budget
  if (!budget) return null
  return {
    limit_tokens: budget.limit,
    remaining_tokens: budget.remaining,
    resets_at: Math.ceil(Date.now() / 1_000) + budget.resetSeconds,
  }
}

export function usageRoutes(app: Surface, usage: UsageService, quota: Pick<Quota, 'usage' | 'total'>): void {
  app.openapi(listUsage, async (c) => {
    const { limit, after, ...asked } = c.req.valid('query')
    const filter = scopeOf(c, asked)
    const [{ rows, next }, { cost }, storage] = await Promise.all([
      usage.list({ ...filter, limit, after }),
      usage.totals(filter),
      storageOf(quota, filter.accountId),
    ])
    const data = rows.map(toUsage)
    const more = { has_more: next !== null, next }
    return c.json({ object: 'list' as const, data, total_cost: shown(cost), storage, ...more }, 200)
  })

  app.openapi(listHours, async (c) => {
    const { from, to, ...whose } = scopeOf(c, c.req.valid('query'))
    const hours = await usage.hours({
      ...whose,
      from: hourOf(Date.parse(from)),
      to: hourOf(Date.parse(to) + DAY_MS - 1),
    })
    const data = hours.map((row) => ({
      object: 'usage_hour' as const,
      start: (row.hour * HOUR_MS) / 1_000,
      requests: row.requests,
      prompt_tokens: row.promptTokens,
      cached_prompt_tokens: row.cachedPromptTokens,
      completion_tokens: row.completionTokens,
      cost: shown(row.cost),
    }))
    return c.json({ object: 'list' as const, data, budget: budgetOf(c) }, 200)
  })
}
