import type { DatasetQuery } from '../../worker/services/datasets/query.ts'

/** How many rows a dataset has: the query that tests write variants of. */
export const COUNT_QUERY = {
  where: [],
  group_by: [],
  select: [{ aggregate: 'count' }],
  order_by: [],
  limit: 10,
  chart: 'table',
} satisfies DatasetQuery
