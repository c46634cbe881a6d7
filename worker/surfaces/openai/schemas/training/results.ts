import { z } from '@hono/zod-openapi'

/** The spelling of a permission's id. */
export const PERMISSION_PREFIX = 'cp_'

const Point = z.tuple([z.int(), z.number()])
export const Metrics = z
  .object({
    object: z.literal('fine_tuning.job.metrics'),
    data: z
      .record(z.string(), z.array(Point))
      .openapi({ description: 'Pairs of step and value, by series.' }),
  })
  .openapi('FineTuningMetrics')

export const Permission = z
  .object({
    id: z.string(),
    object: z.literal('checkpoint.permission'),
    created_at: z.int(),
    project_id: z.string().openapi({ description: 'The id of the account that may use the model.' }),
  })
  .openapi('CheckpointPermission')
