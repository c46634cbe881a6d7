import { availableParallelism } from 'node:os'
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { filesUnder, needsOwnProcess, needsWorkerd } from './test/support/imports.ts'
import { runSettings } from './test/support/run-settings.ts'
import { asOneMigration } from './test/support/schema.ts'
import { startSearchServers } from './test/support/search-servers.ts'

/** Where tests search the web: the edge's own search is of the web `contracts`. */
const searchServer = await startSearchServers()

/** Secrets of the tests: known to everybody, so of use to nobody. */
const bindings = {
  ENVIRONMENT: 'test',
  JWT_SECRET: 'a secret that only the tests use, 32 characters or more',
  SEARXNG_URL: `${searchServer}/contracts/searxng`,
}

/** What is waited for is not there before long on a busy machine; below the limit of a test, so that it says what it waits for. */
const POLLING = { expect: { poll: { timeout: 25_000 } } }

/** Only what hangs is to end here: a busy machine takes several times as long as a quiet one. */
const PATIENCE = { testTimeout: 60_000, hookTimeout: 120_000, ...POLLING }

/** Those of `test/e2e` that have edges and nodes of their own, and minutes for whatever they wait for. */
const KILLS = ['killed-*', 'training', 'full-training'].map((name) => `test/e2e/${name}.test.ts`)

const provide = { ...runSettings(process.env), searchServer }

/** Two at least: much of a test is waiting. */
const maxWorkers = Math.max(2, availableParallelism() - 1)

const testsUnder = (folder: string) => filesUnder(folder).filter((file) => file.endsWith('.test.ts'))

/** Tests of the edge. What asks for nothing of the platform of Workers runs in Node, which starts sooner. */
const edge = ['test/worker', 'test/contracts'].flatMap(testsUnder)

/** Tests of the node. What loads nothing native and starts no process shares one with others. */
const gpuNode = testsUnder('test/gpu-node')

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [
          cloudflareTest(async () => {
            const migrations = await readD1Migrations('./migrations')
            const tables = { TEST_MIGRATIONS: migrations, TEST_SCHEMA: [asOneMigration(migrations)] }
            return {
              wrangler: { configPath: './wrangler.toml' },
              miniflare: { bindings: { ...bindings, ...tables } },
            }
          }),
        ],
        test: {
          name: 'workers',
          include: edge.filter(needsWorkerd),
          globalSetup: ['./test/support/key-server.ts'],
          setupFiles: ['./test/worker/setup.ts'],
          // A line that is logged behind the last test, by a queue or an alarm, would keep its file from ever ending: it waits
          // to be told with the next message, and the end of the file waits for it.
          disableConsoleIntercept: true,
          maxWorkers,
          provide,
          // A workerd for each file would take more time than most files: `setup.ts` wipes what the last one stored.
          isolate: false,
          ...PATIENCE,
        },
      },
      {
        test: {
          name: 'node',
          include: [
            'test/*.test.ts',
            'test/{shared,scripts}/**/*.test.ts',
            ...edge.filter((file) => !needsWorkerd(file)),
            ...gpuNode.filter((file) => !needsOwnProcess(file)),
          ],
          maxWorkers,
          // A process and its modules for each file would take more time than most files.
          isolate: false,
          provide,
          ...PATIENCE,
        },
      },
      {
        test: {
          name: 'gpu-node',
          // Each in a process of its own: they load native libraries, and measure what a process holds.
          include: gpuNode.filter(needsOwnProcess),
          // In them, too, a library is not tried in a process of its own first.
          setupFiles: ['./gpu-node/process/untried-library.ts'],
          maxWorkers,
          provide,
          ...PATIENCE,
        },
      },
      {
        test: {
          name: 'kills',
          include: KILLS,
          ...PATIENCE,
          provide,
          // They wait for limits to pass more than they compute.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: KILLS,
          globalSetup: ['./test/e2e/support/shared-stack.ts', './test/e2e/support/shared-browser.ts'],
          ...PATIENCE,
          provide,
          fileParallelism: false,
          // One process for all of them: its modules take longer to load than many a file to run.
          isolate: false,
          // After everything else: real processes with real limits are not to compete with other tests for two cores.
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'hostile',
          include: ['test/hostile/*.test.ts'],
          // An edge of its own: what is attacked is not what others measure at.
          globalSetup: ['./test/e2e/support/shared-stack.ts'],
          ...PATIENCE,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
})
