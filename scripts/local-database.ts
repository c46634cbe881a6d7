import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { MIB } from '../shared/units.ts'
import { PlainFailure } from './plain-failure.ts'
import { LOCAL_ENV, ROOT, WRANGLER, WRANGLER_STATE } from './root.ts'

/** Beside the database, so that it goes with it: which migrations were applied. */
const STAMP = join(WRANGLER_STATE, 'migrations.sha256')

/** A hash over all migrations, names and texts. */
export async function hashOfMigrations(folder: string): Promise<string> {
  const hash = createHash('sha256')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql'))
  for (const name of names.toSorted())
    hash
      .update(`${name}\0`)
      .update(await readFile(join(folder, name)))
      .update('\0')
  return hash.digest('hex')
}

async function applyMigrations(): Promise<void> {
  const env = { ...process.env, ...LOCAL_ENV, CI: 'true' }
  const args = [WRANGLER, 'd1', 'migrations', 'apply', 'DB', '--local']
  try {
    await promisify(execFile)(process.execPath, args, { cwd: ROOT, env, maxBuffer: 16 * MIB })
  } catch (thrown) {
    const { stdout = '', stderr = '' } = thrown as { stdout?: string; stderr?: string } // As `execFile` documents it.
    throw new PlainFailure(`${stdout}${stderr}\nThe local database could not be brought up to date.`)
  }
}

/** Brings the local D1 up to date, where it is not; its output is shown only when that fails. Answers with whether it was. */
export async function migrateLocally(): Promise<boolean> {
  const hash = await hashOfMigrations(join(ROOT, 'migrations'))
  const applied = await readFile(STAMP, 'utf8').catch(() => undefined)
  if (applied === hash) return false
  await applyMigrations()
  await writeFile(STAMP, hash)
  return true
}
