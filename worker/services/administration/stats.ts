import { eq, gte, sql } from 'drizzle-orm'
import { DAY_MS } from '../../../shared/units.ts'
import type { Db } from '../../db/client.ts'
import { accounts } from '../../db/tables/accounts.ts'
import { profiles, recommendations } from '../../db/tables/advising.ts'
import { conversations } from '../../db/tables/conversations.ts'
import { datasets } from '../../db/tables/datasets.ts'
import { fineTuneRecords } from '../../db/tables/fine-tunes.ts'
import { trainingJobs } from '../../db/tables/training.ts'
import type { Inference } from '../inference/inference.ts'
import { hourOf, type Traffic } from '../metering/traffic.ts'
import type { UsageService } from '../metering/usage.ts'

export interface AccountCounts {
  total: number
  /** Those that were not deactivated. */
  active: number
  /** Active ones with the role `admin`. */
  admins: number
}

/** The counts of the whole deployment. Requests are about a second late: each isolate writes its own so often. */
export interface DeploymentStats {
  accounts: AccountCounts
  /** Requests that any surface answered, refusals and failures included. */
  requests: { total: number; today: number }
  /** Runs of models, and the tokens of their prompts and answers together. */
  runs: { total: number; tokens: number }
  /** Models that linked nodes hold now. */
  models: number
}

/** Who was seen within this time is there. */
export const ACTIVE_WITHIN_MS = 15 * 60 * 1000

/** The counts of the advising of students. */
export interface AdvisingStats {
  accounts: number
  profiles: number
  recommendations: number
  conversations: number
  /** Accounts seen within `ACTIVE_WITHIN_MS`. */
  activeAccounts: number
  /** Mean time to an answer of the last 24 hours on all surfaces, in ms; null when nothing was measured. */
  averageMs: number | null
  /** Whether any node is linked. */
  isServed: boolean
}

/** The counts of one account. */
export interface AccountFigures {
  queries: number
  trainingJobs: number
  datasets: number
}

export interface StatsOptions {
  traffic: Pick<Traffic, 'requestsSince' | 'averageMs'>
  usage: Pick<UsageService, 'totals'>
  inference: Pick<Inference, 'listModels' | 'countNodes'>
  now?: () => number
}

export type Stats = ReturnType<typeof createStats>

/** Figures for administrators, each counted when it is asked for. */
export function createStats(db: Db, { traffic, usage, inference, now = Date.now }: StatsOptions) {
  async function countAccounts(): Promise<AccountCounts> {
    const isAdmin = sql`exists (select 1 from json_each(${accounts.roles}) role where role.value = 'admin')`
    const [counts] = await db
      .select({
        total: sql<number>`count(*)`,
        active: sql<number>`coalesce(sum(${accounts.active}), 0)`,
        admins: sql<number>`coalesce(sum(${accounts.active} and ${isAdmin}), 0)`,
      })
      .from(accounts)
    return counts ?? { total: 0, active: 0, admins: 0 }
  }

  async function advising(): Promise<AdvisingStats> {
    // The hour that is under way and the 23 before it.
    const sinceHour = hourOf(now() - DAY_MS) + 1
    const isActive = gte(accounts.lastSeenAt, now() - ACTIVE_WITHIN_MS)
    const [known, active, profileCount, recommendationCount, conversationCount, averageMs, nodes] =
      await Promise.all([
        db.$count(accounts),
        db.$count(accounts, isActive),
        db.$count(profiles),
        db.$count(recommendations),
        db.$count(conversations),
        traffic.averageMs(sinceHour),
        inference.countNodes(),
      ])
    return {
      accounts: known,
      profiles: profileCount,
      recommendations: recommendationCount,
      conversations: conversationCount,
      activeAccounts: active,
      averageMs,
      isServed: nodes.online > 0,
    }
  }

  async function ofAccount(accountId: string): Promise<AccountFigures> {
    const [account] = await db
      .select({ queries: accounts.queriesUsed })
      .from(accounts)
      .where(eq(accounts.id, accountId))
    const [owned, jobs, records] = await Promise.all([
      db.$count(datasets, eq(datasets.accountId, accountId)),
      db.$count(trainingJobs, eq(trainingJobs.accountId, accountId)),
      db.$count(fineTuneRecords, eq(fineTuneRecords.accountId, accountId)),
    ])
    return { queries: account?.queries ?? 0, trainingJobs: jobs + records, datasets: owned }
  }

  return {
    /** For the administrators of the advising contract. */
    advising,
    /** For the account itself: its messages to models on any surface, and what it owns. */
    ofAccount,

    /** The deployment as it stands; "today" began at 00:00 UTC. */
    async deployment(): Promise<DeploymentStats> {
      const today = hourOf(Math.floor(now() / DAY_MS) * DAY_MS)
      const [counts, total, requestsToday, runs, models] = await Promise.all([
        countAccounts(),
        traffic.requestsSince(0),
        traffic.requestsSince(today),
        usage.totals(),
        inference.listModels(),
      ])
      return {
        accounts: counts,
        requests: { total, today: requestsToday },
        runs: { total: runs.requests, tokens: runs.promptTokens + runs.completionTokens },
        models: models.length,
      }
    },
  }
}
