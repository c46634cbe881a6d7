import { and, eq, inArray, lt, or, sql } from 'drizzle-orm'
import type { z } from 'zod'
import { AppError } from '../../../../shared/errors.ts'
import { DAY_MS } from '../../../../shared/units.ts'
import { type Db, newId } from '../../../db/client.ts'
import { catalogue, programImports, programs } from '../../../db/tables/advising.ts'
import type { Audit } from '../../audit.ts'
import { sweep } from '../../sweep.ts'
import { badLine, csvRecords } from './csv-records.ts'
import { outerName, toOurNames } from './field-names.ts'
import { jsonItems } from './json-items.ts'
import { MAX_FAULTS, MAX_IMPORT_ROWS, MAX_PROGRAM_BYTES, Program, programIdOf } from './program.ts'
import { programOfCells, REQUIRED_COLUMNS } from './program-cells.ts'

/** Programs that one statement takes up, and the characters that end it sooner: D1 binds at most 2 MB. */
const STAGED_ROWS = 500
const STAGED_LENGTH = 500_000

/** Programs of an import that was broken off are deleted after this. */
const STAGED_MS = DAY_MS

/** How a file of programs is written. */
export type ProgramFile = 'csv' | 'json'

/** The changes that a file made. */
export interface ImportResult {
  added: number
  changed: number
  unchanged: number
  /** Of the catalogue after it. */
  version: number
}

interface Item {
  line: number
  value: unknown
}

async function* csvItems(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Item, void, void> {
  const check = (names: readonly string[]) => {
    const missing = REQUIRED_COLUMNS.filter((name) => !names.includes(name))
    if (missing.length > 0) throw badLine(1, `the header lacks ${missing.join(', ')}`)
  }
  for await (const record of csvRecords(bytes, check)) {
    yield { line: record.line, value: programOfCells(record) }
  }
}

const jsonPrograms = async function* (bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Item, void, void> {
  for await (const { line, value } of jsonItems(bytes)) yield { line, value: toOurNames(value) }
}

/** A fault of a program in a sentence without its end: `tuition.0.currency: expected a currency of ISO 4217`. */
function faultOf(issue: z.core.$ZodIssue | undefined): string {
  if (!issue) return 'it is no program'
  const name = issue.path.map((part) => outerName(String(part))).join('.')
  if (issue.code === 'unrecognized_keys') {
    return `${[...issue.path, issue.keys[0] ?? ''].map((part) => outerName(String(part))).join('.')}: it is unknown`
  }
  const isMissing = issue.code === 'invalid_type' && /received undefined$/.test(issue.message)
  const message = issue.message.charAt(0).toLowerCase() + issue.message.slice(1)
  return `${name}: ${isMissing ? 'it is required' : message}`
}

/** Reads a file's programs, each with its line, and stops when there are too many faults to go on. */
class ProgramReader {
  readonly faults: { line: number; what: string }[] = []
  readonly #lines = new Map<string, number>()
  readonly #maxRows: number

  constructor(maxRows: number) {
    this.#maxRows = maxRows
  }

  async *read(items: AsyncIterable<Item>): AsyncGenerator<{ id: string; content: string }, void, void> {
    for await (const { line, value } of items) {
      const result = Program.safeParse(value)
      if (!result.success) {
        if (this.#fault(line, faultOf(result.error.issues[0]))) return
        continue
      }
      const id = await programIdOf(result.data.source.name, result.data.sourceId)
      const first = this.#lines.get(id)
      if (first !== undefined) {
        if (this.#fault(line, `source_id: line ${first} has the same id of the same source`)) return
        continue
      }
      this.#lines.set(id, line)
      if (this.#lines.size > this.#maxRows) {
        throw new AppError('too_large', `A file has at most ${this.#maxRows} programs: send it in parts.`)
      }
      const content = JSON.stringify(result.data)
      if (new TextEncoder().encode(content).byteLength > MAX_PROGRAM_BYTES) {
        if (this.#fault(line, 'it is too long')) return
      } else if (this.faults.length === 0) yield { id, content }
    }
  }

  /** Whether these were enough. */
  #fault(line: number, what: string): boolean {
    this.faults.push({ line, what })
    return this.faults.length >= MAX_FAULTS
  }

  check(): void {
    const [first] = this.faults
    if (!first) return
    const isAll = this.faults.length < MAX_FAULTS
    const listed = this.faults.map(({ line, what }) => `Line ${line}: ${what}.`).join(' ')
    throw new AppError('invalid_request', isAll ? listed : `${listed} The rest was not looked at.`, {
      flaw: { line: first.line, cause: first.what },
    })
  }
}

/** The rows that staged programs become: every column of a program's row, in the order of its table. */
const stagedRows = (importId: string, now: number) => sql`
  select null, program_id, content ->> '$.source.name', content ->> '$.sourceId', content ->> '$.institution',
    content ->> '$.title', content ->> '$.country', content ->> '$.city', content ->> '$.level', content ->> '$.field.isced',
    content ->> '$.field.words', content, ${now}, ${now}
  from ${programImports} where import_id = ${importId}`

/** The statement that makes what is staged part of the catalogue. */
const upsert = (db: Db, importId: string, now: number) =>
  db
    .insert(programs)
    .select(stagedRows(importId, now))
    .onConflictDoUpdate({
      target: programs.id,
      set: {
        institution: sql`excluded.institution`,
        title: sql`excluded.title`,
        country: sql`excluded.country`,
        city: sql`excluded.city`,
        level: sql`excluded.level`,
        fieldCode: sql`excluded.field_code`,
        fieldWords: sql`excluded.field_words`,
        content: sql`excluded.content`,
        updatedAt: sql`excluded.updated_at`,
      },
      setWhere: sql`${programs.content} <> excluded.content`,
    })

export interface ProgramImportOptions {
  db: Db
  audit: Audit
  now?: () => number
  maxRows?: number
}

/** Takes files of programs into the catalogue, all of one or nothing of it. */
export function createProgramImport({
  db,
  audit,
  now = Date.now,
  maxRows = MAX_IMPORT_ROWS,
}: ProgramImportOptions) {
  const unstage = (importId: string) => db.delete(programImports).where(eq(programImports.importId, importId))

  async function stage(importId: string, rows: { id: string; content: string }[]): Promise<void> {
    if (rows.length === 0) return
    await db.run(sql`
      insert into ${programImports} (import_id, program_id, content, created_at)
      select ${importId}, value ->> '$.id', value ->> '$.content', ${now()} from json_each(${JSON.stringify(rows)})`)
  }

  async function stageAll(importId: string, items: AsyncIterable<Item>): Promise<void> {
    const reader = new ProgramReader(maxRows)
    let rows: { id: string; content: string }[] = []
    let length = 0
    for await (const row of reader.read(items)) {
      rows.push(row)
      length += row.content.length
      if (rows.length < STAGED_ROWS && length < STAGED_LENGTH) continue
      await stage(importId, rows)
      rows = []
      length = 0
    }
    reader.check()
    await stage(importId, rows)
  }

  /** Makes what is staged part of the catalogue. Its version moves when anything differs. */
  async function commit(importId: string, actorId: string): Promise<ImportResult> {
    const at = now()
    const isNew = sql<number>`${programs.id} is null`
    const isChanged = sql<number>`${programs.content} <> ${programImports.content}`
    const isOfThis = eq(programImports.importId, importId)
    const isSame = eq(programs.id, programImports.programId)
    const differing = db
      .select({ one: sql`1` })
      .from(programImports)
      .leftJoin(programs, isSame)
      .where(and(isOfThis, or(isNew, isChanged)))
    const [[counts]] = await db.batch([
      db
        .select({
          added: sql<number>`coalesce(sum(${isNew}), 0)`,
          changed: sql<number>`coalesce(sum(${isChanged}), 0)`,
          total: sql<number>`count(*)`,
        })
        .from(programImports)
        .leftJoin(programs, isSame)
        .where(isOfThis),
      db
        .insert(catalogue)
        .select(sql`select 1, 1, ${at} where exists ${differing}`)
        .onConflictDoUpdate({
          target: catalogue.id,
          set: { version: sql`${catalogue.version} + 1`, updatedAt: at },
        }),
      upsert(db, importId, at),
      unstage(importId),
      audit.row({ actorId, action: 'catalogue.update', target: importId }),
    ])
    const { added = 0, changed = 0, total = 0 } = counts ?? {}
    const [row] = await db.select().from(catalogue)
    return { added, changed, unchanged: total - added - changed, version: row?.version ?? 0 }
  }

  return {
    /**
     * Takes in a file as it comes. A program that is there, by its source and the source's own id, is replaced. Throws
     * `invalid_request` with the faults by their lines, and `too_large`; the catalogue is then as it was.
     */
    async run(actorId: string, file: ProgramFile, bytes: AsyncIterable<Uint8Array>): Promise<ImportResult> {
      const importId = newId()
      try {
        await stageAll(importId, file === 'csv' ? csvItems(bytes) : jsonPrograms(bytes))
        return await commit(importId, actorId)
      } catch (thrown) {
        await unstage(importId)
        throw thrown
      }
    },

    /** Deletes what is left of imports that were broken off. */
    sweep: (): Promise<number> =>
      sweep(async (rows) => {
        const old = db
          .select({ rowid: sql`rowid` })
          .from(programImports)
          .where(lt(programImports.createdAt, now() - STAGED_MS))
          .limit(rows)
        const { meta } = await db.delete(programImports).where(inArray(sql`rowid`, old))
        return meta.changes
      }),
  }
}
