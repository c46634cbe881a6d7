import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

/** Secrets of the tests: known to everybody, so of use to nobody. */
const bindings = {
  ENVIRONMENT: 'test',
  JWT_SECRET: 'a secret that only the tests use, 32 characters or more',
}

/** Only what hangs is to end here: a busy machine takes several times as long as a quiet one. */
const PATIENCE = { testTimeout: 30_000, hookTimeout: 60_000, expect: { poll: { timeout: 10_000 } } }

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: { bindings: { ...bindings, TEST_MIGRATIONS: await readD1Migrations('./migrations') } },
          })),
        ],
        test: {
          name: 'workers',
          include: ['test/worker/**/*.test.ts', 'test/contracts/**/*.test.ts'],
          globalSetup: ['./test/support/key-server.ts'],
          setupFiles: ['./test/worker/setup.ts'],
          ...PATIENCE,
        },
      },
      {
        test: {
          name: 'node',
          include: ['test/*.test.ts', 'test/{shared,gpu-node,scripts}/**/*.test.ts'],
          ...PATIENCE,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          // Real clocks and real processes on a machine that others use too: once more before it counts as broken.
          retry: 1,
          // After everything else: real processes with real limits are not to compete with other tests for two cores.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
