import { and, asc, eq, gt, inArray, type SQL, sql } from 'drizzle-orm'
import { AppError } from '../../../../shared/errors.ts'
import type { Db } from '../../../db/client.ts'
import { catalogue, programs } from '../../../db/tables/advising.ts'
import type { Audit } from '../../audit.ts'
import type { Level, Program, StoredProgram } from './program.ts'

/** Programs of a page of a list. */
export const MAX_LISTED_PROGRAMS = 100

/** Words of a search that are looked for. */
const MAX_SEARCH_WORDS = 32

/** The conditions that programs of a list meet, all of them. */
export interface ProgramFilter {
  /** Words of which each is in the program. */
  search?: string | undefined
  source?: string | undefined
  sourceId?: string | undefined
  country?: string | undefined
  level?: Level | undefined
  /** A code of ISCED-F, with all that is within it. */
  field?: string | undefined
  /** Programs that are known to be taught in it. */
  language?: string | undefined
}

export interface ProgramPage {
  programs: StoredProgram[]
  hasMore: boolean
  /** Of the catalogue. */
  version: number
}

/** Words for the full-text table, in quotes: nothing in them is an operator. */
function searchWords(text: string): string[] {
  const words = text.normalize('NFC').match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  return words.slice(0, MAX_SEARCH_WORDS).map((word) => `"${word}"`)
}

// `content` was written by the import alone, from what its schema gave.
const toProgram = ({ id, content }: { id: string; content: string }): StoredProgram => ({
  id,
  ...(JSON.parse(content) as Program),
})

const matching = (query: string): SQL =>
  inArray(programs.number, sql`(select rowid from program_words where program_words match ${query})`)

function conditionsOf(filter: ProgramFilter): (SQL | undefined)[] {
  const words = filter.search === undefined ? undefined : searchWords(filter.search)
  const { field, language } = filter
  return [
    words && (words.length === 0 ? sql`false` : matching(words.join(' AND '))),
    filter.source === undefined ? undefined : eq(programs.source, filter.source),
    filter.sourceId === undefined ? undefined : eq(programs.sourceId, filter.sourceId),
    filter.country === undefined ? undefined : eq(programs.country, filter.country),
    filter.level === undefined ? undefined : eq(programs.level, filter.level),
    field === undefined ? undefined : sql`substr(${programs.fieldCode}, 1, ${field.length}) = ${field}`,
    language === undefined
      ? undefined
      : sql`exists (select 1 from json_each(${programs.content}, '$.languages') where value = ${language})`,
  ]
}

export type Programs = ReturnType<typeof createPrograms>

/** The catalogue of programs of study. */
export function createPrograms({ db, audit, now = Date.now }: { db: Db; audit: Audit; now?: () => number }) {
  const shown = { id: programs.id, content: programs.content }

  /** Which state of the catalogue is the present one; 0 before the first program. */
  async function version(): Promise<number> {
    const [row] = await db.select({ version: catalogue.version }).from(catalogue)
    return row?.version ?? 0
  }

  return {
    version,

    /** A page in the order of ids, `after` one of them. */
    async list(filter: ProgramFilter, { limit, after }: { limit: number; after?: string | undefined }) {
      const isAfter = after === undefined ? undefined : gt(programs.id, after)
      const [rows, current] = await Promise.all([
        db
          .select(shown)
          .from(programs)
          .where(and(isAfter, ...conditionsOf(filter)))
          .orderBy(asc(programs.id))
          .limit(limit + 1),
        version(),
      ])
      const page: ProgramPage = {
        programs: rows.slice(0, limit).map(toProgram),
        hasMore: rows.length > limit,
        version: current,
      }
      return page
    },

    async find(id: string): Promise<StoredProgram | undefined> {
      const [row] = await db.select(shown).from(programs).where(eq(programs.id, id))
      return row && toProgram(row)
    },

    /** The programs that have most to do with a text, by any of its words; at most `limit`. */
    async search(text: string, limit: number): Promise<StoredProgram[]> {
      const words = searchWords(text)
      if (words.length === 0) return []
      const rows = await db.all<{ id: string; content: string }>(sql`
        select programs.id, programs.content from program_words join programs on programs.number = program_words.rowid
        where program_words match ${words.join(' OR ')}
        order by bm25(program_words, 4, 4, 2, 2), programs.id limit ${limit}`)
      return rows.map(toProgram)
    },

    /** Throws `not_found`. What was recommended of it stays as it was. */
    async remove(id: string, actorId: string): Promise<void> {
      if ((await db.$count(programs, eq(programs.id, id))) === 0) {
        throw new AppError('not_found', 'There is no such program.', { param: 'program_id' })
      }
      await db.batch([
        db.update(catalogue).set({ version: sql`${catalogue.version} + 1`, updatedAt: now() }),
        db.delete(programs).where(eq(programs.id, id)),
        audit.row({ actorId, action: 'programs.delete', target: id }),
      ])
    },
  }
}
