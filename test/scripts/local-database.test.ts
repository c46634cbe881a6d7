import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { applyMigrations, migrateLocally } from '../../scripts/local-database.ts'
import { LOCAL_ENV, ROOT, WRANGLER } from '../../scripts/root.ts'

let state: string
beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'switchyard-migrations-'))
})
afterAll(() => rm(state, { recursive: true }))

/** Migrations that the database lacks, as wrangler finds by its own means. */
async function pending(): Promise<string> {
  const all = [WRANGLER, 'd1', 'migrations', 'list', 'DB', '--local', '--persist-to', state]
  const env = { ...process.env, ...LOCAL_ENV, CI: 'true' }
  return (await promisify(execFile)(process.execPath, all, { cwd: ROOT, env })).stdout
}

describe('the local database', () => {
  // Wrangler starts a runtime of its own.
  it('is brought up to date in such a way that wrangler finds nothing to apply', {
    timeout: 120_000,
  }, async () => {
    await applyMigrations(state)
    expect(await pending()).toContain('No migrations to apply')
  })

  it('is left as it is when nothing is new, and so is the folder', async () => {
    await applyMigrations(state)
    expect(await readdir(state)).toEqual(['v3'])
  })

  it('is not even looked at by a start before which nothing has changed', async () => {
    expect(await migrateLocally(state)).toBe(true)
    expect(await migrateLocally(state)).toBe(false)
    await writeFile(join(state, 'migrations.sha256'), 'of another release')
    expect(await migrateLocally(state)).toBe(true)
  })

  it('that cannot be written is told of in a sentence', async () => {
    await expect(applyMigrations(join(ROOT, 'package.json', 'state'))).rejects.toThrow(/ENOTDIR/)
  })
})
