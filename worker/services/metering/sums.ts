import { type Column, sql } from 'drizzle-orm'
import type { usage, usageHours } from '../../db/tables/metering.ts'

/** All that was used, added up. */
export interface UsageTotals {
  requests: number
  promptTokens: number
  cachedPromptTokens: number
  completionTokens: number
  cost: number
}

/** A table of such sums. */
type SumsTable = typeof usage | typeof usageHours

const ofEach = <Made>(
  { requests, promptTokens, cachedPromptTokens, completionTokens, cost }: SumsTable,
  make: (column: Column) => Made,
) => ({
  requests: make(requests),
  promptTokens: make(promptTokens),
  cachedPromptTokens: make(cachedPromptTokens),
  completionTokens: make(completionTokens),
  cost: make(cost),
})

/** The change of a row that is there already: its sums grow by those inserted. */
export const addedTo = (table: SumsTable) =>
  ofEach(table, (column) => sql`${column} + excluded.${sql.identifier(column.name)}`)

/** The sums of several rows; of none, nothing. */
export const sumsOf = (table: SumsTable) =>
  ofEach(table, (column) => sql<number>`coalesce(sum(${column}), 0)`)
