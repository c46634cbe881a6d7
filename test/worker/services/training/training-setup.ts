import { env } from 'cloudflare:workers'
import type { ModelHolding } from '../../../../shared/node.ts'
import { createDb, newId } from '../../../../worker/db/client.ts'
import { accounts } from '../../../../worker/db/tables/accounts.ts'
import { nextNumber, type Plan } from '../../../../worker/services/accounts/account-row.ts'
import type { NewTrainingJob } from '../../../../worker/services/training/training-job.ts'
import { modelHolding } from '../../../support/frames.ts'

export const db = createDb(env.DB)

/** A row of an account, without a way to log in. */
export async function accountOf(plan: Plan = 'enterprise') {
  const id = newId()
  await db.insert(accounts).values({ id, number: nextNumber, roles: [], plan, createdAt: 0 })
  return { id, plan }
}

/** A model that nodes of tests train. */
export const trainedModel = (id = 'starter'): ModelHolding => modelHolding({ id, precision: 'f16' })

/** A job as a surface asks for it. */
export const newJob = (
  account: NewTrainingJob['account'],
  over: Partial<NewTrainingJob> = {},
): NewTrainingJob => ({
  account,
  surface: 'openai',
  baseModel: 'starter',
  precisions: ['f32', 'f16', 'quantised'],
  wishes: { method: 'lora' },
  sources: [{ role: 'train', kind: 'dataset', name: 'd', type: 'guess' }],
  ...over,
})
