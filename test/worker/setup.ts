import { applyD1Migrations, type D1Migration, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'

declare global {
  namespace Cloudflare {
    interface Env {
      TEST_MIGRATIONS: D1Migration[]
      /** The tables that all of them leave. */
      TEST_SCHEMA: D1Migration[]
    }
  }
}

// The files of a workerd share it, but nothing that is stored in it.
await reset()
await applyD1Migrations(env.DB, env.TEST_SCHEMA)
