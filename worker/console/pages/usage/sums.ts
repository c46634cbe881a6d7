import type { z } from 'zod'
import type { UsageHours, UsageList } from '../../../surfaces/openai/schemas/accounting/usage.ts'

export type Usage = z.infer<typeof UsageList>
export type Hours = z.infer<typeof UsageHours>
type OfDay = Usage['data'][number]
type OfHour = Hours['data'][number]

/** The grounds on which usage is added up. */
export const GROUNDS = [
  ['hour', 'Hour'],
  ['day', 'Day'],
  ['model', 'Model'],
  ['account', 'Account'],
] as const
export type Ground = (typeof GROUNDS)[number][0]

/** The use of an hour, a day, a model or an account. */
export interface Sum {
  of: string
  requests: number
  prompt: number
  cached: number
  answer: number
  cost: number
}

const sumOf = (of: string, row: OfDay | OfHour): Sum => ({
  of,
  requests: row.requests,
  prompt: row.prompt_tokens,
  cached: row.cached_prompt_tokens,
  answer: row.completion_tokens,
  cost: row.cost,
})

const plus = (a: Sum, b: Sum): Sum => ({
  of: a.of,
  requests: a.requests + b.requests,
  prompt: a.prompt + b.prompt,
  cached: a.cached + b.cached,
  answer: a.answer + b.answer,
  cost: a.cost + b.cost,
})

/** The use of days, added up by what `nameOf` says; the last name first. */
export function sumsOf(rows: readonly OfDay[], nameOf: (row: OfDay) => string): Sum[] {
  const sums = new Map<string, Sum>()
  for (const row of rows) {
    const sum = sumOf(nameOf(row), row)
    const known = sums.get(sum.of)
    sums.set(sum.of, known ? plus(known, sum) : sum)
  }
  return [...sums.values()].toSorted((a, b) => (a.of < b.of ? 1 : -1))
}

const moment = new Intl.DateTimeFormat('sv', { dateStyle: 'short', timeStyle: 'short' })

/** The hours in which something was used, where the person is, the last one first. */
export const sumsOfHours = (hours: readonly OfHour[]): Sum[] =>
  hours.map((row) => sumOf(moment.format(row.start * 1_000), row)).toReversed()

const HOUR_SECONDS = 3_600

/** Tokens of every hour from the first to the last, 0 where nothing was used. */
export function tokensByHour(hours: readonly OfHour[]): (readonly [seconds: number, tokens: number])[] {
  const known = new Map(hours.map((row) => [row.start, row.prompt_tokens + row.completion_tokens]))
  const [first, last] = [hours[0]?.start ?? 0, hours.at(-1)?.start ?? -1]
  const count = Math.max(0, (last - first) / HOUR_SECONDS + 1)
  return Array.from({ length: count }, (_, at) => {
    const start = first + at * HOUR_SECONDS
    return [start, known.get(start) ?? 0] as const
  })
}
