import type { ModelHolding } from '../../shared/node.ts'
import { createWorld } from '../worker/world.ts'
import { newAccount, newAdmin } from './contract-client.ts'

export type RajoraWorld = Awaited<ReturnType<typeof createRajoraWorld>>

/** A node in the test's hands, and an account and an administrator that may ask more often in a minute than any plan allows. */
export async function createRajoraWorld(holding: ModelHolding) {
  const node = await (await createWorld()).addNode({ models: [holding] })
  const admin = await newAdmin()
  await admin.configure({ rate_limits: { tiers: { enterprise: { requests_per_minute: 100_000 } } } })
  return { node, admin, me: await newAccount({ plan: 'enterprise' }) }
}
