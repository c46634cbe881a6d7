import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { causeOf } from '../shared/failure-cause.ts'
import { edgeOptions } from './edge/options.ts'
import { LOCAL_RUNTIME, STORED } from './edge/runtime.ts'
import { PlainFailure } from './plain-failure.ts'
import { ROOT, WRANGLER_STATE } from './root.ts'

const MIGRATIONS = join(ROOT, 'migrations')

/** Beside the database, so that it goes with it: which migrations were applied. */
const STAMP = 'migrations.sha256'

const migrationNames = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted()

/** A hash over all migrations, names and texts. */
export async function hashOfMigrations(folder: string): Promise<string> {
  const hash = createHash('sha256')
  for (const name of await migrationNames(folder))
    hash
      .update(`${name}\0`)
      .update(await readFile(join(folder, name)))
      .update('\0')
  return hash.digest('hex')
}

/** Parts the statements of a migration, as drizzle-kit writes them. */
const BREAKPOINT = '--> statement-breakpoint'

/** As `wrangler d1 migrations apply` keeps it, which goes on from it. */
const MIGRATIONS_TABLE =
  'CREATE TABLE IF NOT EXISTS d1_migrations(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)'

/** As much of D1 as migrations need. */
interface Database {
  prepare(sql: string): Statement
  batch(statements: Statement[]): Promise<unknown>
}
interface Statement {
  bind(...values: string[]): Statement
  run(): Promise<unknown>
  all<Row>(): Promise<{ results: Row[] }>
}

/** Each migration that the database lacks, with its name, in one transaction. */
async function applyTo(db: Database): Promise<void> {
  await db.prepare(MIGRATIONS_TABLE).run()
  const { results } = await db.prepare('SELECT name FROM d1_migrations').all<{ name: string }>()
  const applied = new Set(results.map(({ name }) => name))
  for (const name of await migrationNames(MIGRATIONS)) {
    if (applied.has(name)) continue
    const sql = await readFile(join(MIGRATIONS, name), 'utf8')
    const statements = sql.split(BREAKPOINT).filter((statement) => statement.trim() !== '')
    await db.batch([
      ...statements.map((statement) => db.prepare(statement)),
      db.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name),
    ])
  }
}

/**
 * Brings the D1 of a state folder up to date, in the one process that runs already: wrangler starts a runtime for each
 * migration, which took 19 s of CPU for 39 of them, and this takes 2. Throws a `PlainFailure`.
 */
export async function applyMigrations(state: string): Promise<void> {
  const { d1Databases } = await edgeOptions()
  const { Miniflare, convertV4MiniflareOptions } = await import('miniflare')
  const runtime = new Miniflare(
    convertV4MiniflareOptions({
      ...LOCAL_RUNTIME,
      resourcePersistencePath: join(state, STORED),
      workers: [{ name: 'migrations', modules: true, script: 'export default {}', d1Databases }],
    }),
  )
  try {
    await applyTo(await runtime.getD1Database('DB'))
  } catch (thrown) {
    throw new PlainFailure(`${causeOf(thrown)}\nThe local database could not be brought up to date.`)
  } finally {
    await runtime.dispose()
  }
}

/** Brings the local D1 up to date, where it is not; its output is shown only when that fails. Answers with whether it was. */
export async function migrateLocally(state = WRANGLER_STATE): Promise<boolean> {
  const hash = await hashOfMigrations(MIGRATIONS)
  const applied = await readFile(join(state, STAMP), 'utf8').catch(() => undefined)
  if (applied === hash) return false
  await applyMigrations(state)
  await writeFile(join(state, STAMP), hash)
  return true
}
