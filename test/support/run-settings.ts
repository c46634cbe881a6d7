import { execFileSync } from 'node:child_process'

/** Where there is no commit, as in an archive of the sources. */
const NO_COMMIT = '0000000'
/** Hexadecimal digits of a commit that make a seed of 28 bits. */
const DIGITS = 7

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  } catch {
    return NO_COMMIT
  }
}

/** The settings of `property-runs.ts`, and whether the edge's log is shown. `TEST_SEED` repeats what another commit has found. */
export const runSettings = (env: NodeJS.ProcessEnv) => ({
  propertySeed: Number(env.TEST_SEED ?? Number.parseInt(commit().slice(0, DIGITS), 16)),
  isLongRun: env.TEST_LONG === '1',
  showsLogs: env.TEST_LOGS === '1',
})
