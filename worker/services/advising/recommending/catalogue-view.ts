import { asc, gt, inArray, sql } from 'drizzle-orm'
import type { Db } from '../../../db/client.ts'
import { catalogue, programs } from '../../../db/tables/advising.ts'
import type { Program, StoredProgram } from '../catalogue/program.ts'
import { type Entry, entryOf, type Interned, type ScoredFacts } from './entry.ts'

/** Programs up to which the view of a catalogue is kept in memory; a larger one is read each time, a page at a time. */
export const MAX_KEPT_ENTRIES = 20_000
const PAGE_ROWS = 250

/** A state of the catalogue. */
export interface CatalogueState {
  version: number
  updatedAt: number
}

/** Sees every program of one state of the catalogue, some at a time. */
export type Visit = (entries: readonly Entry[]) => void

const NOTHING_YET: CatalogueState = { version: 0, updatedAt: 0 }

/** Whether the catalogue has not moved on between two looks at it. */
export const isSame = (a: CatalogueState, b: CatalogueState): boolean =>
  a.version === b.version && a.updatedAt === b.updatedAt

/** The facts of a program that scores look at, and no others: the rest is most of a row. */
const scored = sql<string>`json_object(
  'level', ${programs.level}, 'country', ${programs.country}, 'title', ${programs.title},
  'field', ${programs.content} -> '$.field', 'languages', ${programs.content} -> '$.languages',
  'duration', ${programs.content} -> '$.duration', 'tuition', ${programs.content} -> '$.tuition',
  'requirements', json_object('minimumGrade', ${programs.content} -> '$.requirements.minimumGrade'),
  'admitted', json_object('accessRate', ${programs.content} -> '$.admitted.accessRate',
    'gradeBands', ${programs.content} -> '$.admitted.gradeBands'))`

export type CatalogueView = ReturnType<typeof createCatalogueView>

/** The catalogue as it is scored: of each program no more than scores look at. */
export function createCatalogueView(
  db: Db,
  { currency, maxKept = MAX_KEPT_ENTRIES }: { currency: string; maxKept?: number },
) {
  let kept: { state: CatalogueState; entries: readonly Entry[] } | undefined

  const stateQuery = () =>
    db.select({ version: catalogue.version, updatedAt: catalogue.updatedAt }).from(catalogue)

  async function state(): Promise<CatalogueState> {
    const [row = NOTHING_YET] = await stateQuery()
    return row
  }

  async function* pages(): AsyncGenerator<Entry[], void, void> {
    const interned: Interned = new Map()
    for (let last = 0; ; ) {
      const rows = await db
        .select({ number: programs.number, id: programs.id, scored })
        .from(programs)
        .where(gt(programs.number, last))
        .orderBy(asc(programs.number))
        .limit(PAGE_ROWS)
      // Of what the import wrote, from what its schema gave.
      yield rows.map(({ id, scored }) => entryOf(id, JSON.parse(scored) as ScoredFacts, currency, interned))
      if (rows.length < PAGE_ROWS) return
      last = rows.at(-1)?.number ?? last
    }
  }

  return {
    state,

    /** Shows all programs to `visit`. The state is the one that was present before, or `known`; it may have moved on meanwhile. */
    async scan(visit: Visit, known?: CatalogueState): Promise<{ state: CatalogueState; searched: number }> {
      const before = known ?? (await state())
      if (kept && isSame(kept.state, before)) {
        visit(kept.entries)
        return { state: before, searched: kept.entries.length }
      }
      kept = undefined
      const entries: Entry[] = []
      let searched = 0
      for await (const page of pages()) {
        searched += page.length
        if (searched <= maxKept) entries.push(...page)
        else entries.length = 0
        visit(page)
      }
      if (searched <= maxKept && isSame(before, await state())) kept = { state: before, entries }
      return { state: before, searched }
    },

    /** Programs as they are now, by their ids, and the state that they are of. One query: databases are far away. */
    async load(
      ids: readonly string[],
    ): Promise<{ state: CatalogueState; programs: Map<string, StoredProgram> }> {
      const [rows, [present = NOTHING_YET]] = await db.batch([
        db
          .select({ id: programs.id, content: programs.content })
          .from(programs)
          .where(inArray(programs.id, [...ids])),
        stateQuery(),
      ])
      // `content` was written by the import alone, from what its schema gave.
      const found = rows.map(({ id, content }) => [id, { id, ...(JSON.parse(content) as Program) }] as const)
      return { state: present, programs: new Map(found) }
    },
  }
}
