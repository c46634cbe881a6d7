import { DatabaseSync } from 'node:sqlite'

/** As the bindings of a Worker take it, which an interface is not. */
type Migration = { name: string; queries: string[] }

/** SQLite keeps what it is made of beside a virtual table, and makes it again with it. */
const OWN_TABLES = ['data', 'idx', 'content', 'docsize', 'config']

/**
 * The tables that all migrations leave, as one migration of a single batch: each file of tests begins with an empty database, and would take a batch for
 * every step of its history. That the steps themselves apply is shown by the edges of end-to-end tests. Throws where a migration
 * leaves rows, which this would lose.
 */
export function asOneMigration(migrations: readonly Migration[]): Migration {
  const database = new DatabaseSync(':memory:')
  try {
    for (const { queries } of migrations) for (const query of queries) database.exec(query)
    const made = database
      .prepare(
        "select type, name, sql from sqlite_master where sql is not null and name not like 'sqlite_%' order by type = 'table' desc, rowid",
      )
      .all() as { type: string; name: string; sql: string }[] // as it was asked
    const tables = made.filter(({ type }) => type === 'table')
    const virtual = tables.filter(({ sql }) => /^create virtual/i.test(sql)).map(({ name }) => name)
    const own = new Set(virtual.flatMap((name) => OWN_TABLES.map((part) => `${name}_${part}`)))
    for (const { name } of tables.filter((table) => !own.has(table.name) && !virtual.includes(table.name))) {
      if (database.prepare(`select 1 from "${name}" limit 1`).get() !== undefined)
        throw new Error(`A migration leaves rows in ${name}: tests would begin without them.`)
    }
    return { name: 'all', queries: made.filter(({ name }) => !own.has(name)).map(({ sql }) => sql) }
  } finally {
    database.close()
  }
}
