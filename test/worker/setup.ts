import { applyD1Migrations, type D1Migration, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { inject } from 'vitest'

declare global {
  namespace Cloudflare {
    interface Env {
      TEST_MIGRATIONS: D1Migration[]
      /** The tables that all of them leave. */
      TEST_SCHEMA: D1Migration[]
    }
  }
}

const IS_QUIET = Symbol.for('tests of the edge: what it logs without a fault is not printed')
const log = console.log
// In a run of all tests those lines are sixteen megabytes. The files of a workerd share its console.
if (!inject('showsLogs') && !(IS_QUIET in log)) {
  const quiet = (...parts: unknown[]) => {
    const [line] = parts
    if (typeof line !== 'string' || !line.startsWith('{"time":')) log(...parts)
  }
  console.log = Object.assign(quiet, { [IS_QUIET]: true })
}

// The files of a workerd share it, but nothing that is stored in it.
await reset()
await applyD1Migrations(env.DB, env.TEST_SCHEMA)
