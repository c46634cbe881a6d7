import { createLogger } from '../shared/log.ts'
import { createDb } from './db/client.ts'
import type { Config } from './env.ts'
import { createAccounts } from './services/accounts.ts'
import { seedDevelopment } from './services/development.ts'
import { createInference } from './services/inference.ts'
import { createNodes } from './services/nodes.ts'
import { createPoolView } from './services/pool-view.ts'
import { createStubs } from './services/stubs.ts'
import { createTokens } from './services/tokens.ts'

export type Services = ReturnType<typeof createServices>

/** Builds every service by hand, in order. */
export function createServices(env: Cloudflare.Env, config: Config) {
  const log = createLogger((line, level) => (level === 'error' ? console.error(line) : console.log(line)), {
    part: 'edge',
  })
  const db = createDb(env.DB)
  const stubs = createStubs(env)
  const accounts = createAccounts(db, createTokens(config.JWT_SECRET))
  const pool = createPoolView(() => stubs.pool().snapshot())
  return {
    log,
    accounts,
    nodes: createNodes(db, stubs),
    inference: createInference({ stubs, pool, log }),
    /** What must be there before the first request is answered. */
    prepare: async () => {
      if (config.ENVIRONMENT === 'development') await seedDevelopment(db, accounts, config.DEV_API_KEY)
    },
  }
}
