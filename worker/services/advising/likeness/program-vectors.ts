import { and, asc, desc, eq, gt, isNull, like, ne, notLike, or, sql } from 'drizzle-orm'
import { causeOf } from '../../../../shared/failure-cause.ts'
import type { Logger } from '../../../../shared/log.ts'
import { MIB } from '../../../../shared/units.ts'
import type { Db } from '../../../db/client.ts'
import { auditLog } from '../../../db/tables/administration.ts'
import { programs, programVectors } from '../../../db/tables/advising.ts'
import { storedBytes, toStored } from '../../library/ranking/vector-codes.ts'
import type { Embedder, Embedding } from '../../library/vector-models.ts'
import { FIELD_CODES, fieldName } from '../catalogue/fields.ts'
import type { CatalogueState } from '../recommending/catalogue-view.ts'
import { type Likeness, type StoredVector, type VectorSet, vectorSetOf } from './vector-set.ts'

/** Memory that the vectors of a catalogue may have; those of a larger one are not used. */
export const MAX_VECTOR_BYTES = 24 * MIB

/** Texts of one call, and how long one may take; how long a round goes on. */
const EMBEDDED_AT_ONCE = 64
const EMBED_LIMIT_MS = 30_000
const ROUND_MS = 25_000

/** How long a recommendation waits for the vector of its wishes. */
const QUESTION_LIMIT_MS = 3_000

const PAGE_ROWS = 1_000
const FIELD_PREFIX = 'field-'

interface Text {
  id: string
  text: string
  ofUpdate: number
}

/** A model by its name and its file: vectors of another one lie elsewhere. */
const keyOf = ({ model, sha256 }: Embedder): string => `${model}@${sha256 ?? ''}`

const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes))
/** Bytes in base64 without their padding: of a stored vector, four and one for each dimension. */
const dimensionsOf = ({ vector }: StoredVector): number => atob(vector).length - storedBytes(0)

const FIELD_TEXTS: readonly Text[] = FIELD_CODES.map((code) => ({
  id: FIELD_PREFIX + code,
  text: fieldName(code) ?? code,
  ofUpdate: 0,
}))

export interface ProgramVectorsOptions {
  db: Db
  embedding: Embedding
  log: Logger
  now?: () => number
  maxBytes?: number
}

export type ProgramVectors = ReturnType<typeof createProgramVectors>

/** The vectors of the catalogue's programs, by the model of the pool that is made for embeddings. */
export function createProgramVectors({
  db,
  embedding,
  log,
  now = Date.now,
  maxBytes = MAX_VECTOR_BYTES,
}: ProgramVectorsOptions) {
  let kept: { key: string; state: CatalogueState; set: VectorSet } | undefined

  const isOf = (key: string) =>
    and(
      eq(programVectors.id, programs.id),
      eq(programVectors.model, key),
      eq(programVectors.ofUpdate, programs.updatedAt),
    )

  /** The model that vectors are made by; the one of those that are there, where it is among several. */
  async function embedder(): Promise<Embedder | undefined> {
    // The pool is known here, what is stored is far away.
    if (!(await embedding.current(undefined))) return undefined
    const [row] = await db.select({ model: programVectors.model }).from(programVectors).limit(1)
    return embedding.current(row?.model.replace(/@[^@]*$/, ''))
  }

  /** Programs whose vector is missing, of another model, or of a text that has changed. */
  async function missing(key: string): Promise<Text[]> {
    const rows = await db
      .select({
        id: programs.id,
        title: programs.title,
        words: programs.fieldWords,
        code: programs.fieldCode,
        ofUpdate: programs.updatedAt,
      })
      .from(programs)
      .leftJoin(programVectors, isOf(key))
      .where(isNull(programVectors.id))
      .orderBy(asc(programs.number))
      .limit(EMBEDDED_AT_ONCE)
    return rows.map(({ id, title, words, code, ofUpdate }) => {
      const field = code === null ? undefined : fieldName(code)
      const parts = [title, words, field].filter((part): part is string => typeof part === 'string')
      return { id, ofUpdate, text: [...new Set(parts)].join('. ') }
    })
  }

  async function missingFields(key: string): Promise<Text[]> {
    const rows = await db
      .select({ id: programVectors.id })
      .from(programVectors)
      .where(and(like(programVectors.id, `${FIELD_PREFIX}%`), eq(programVectors.model, key)))
    const there = new Set(rows.map(({ id }) => id))
    return FIELD_TEXTS.filter(({ id }) => !there.has(id))
  }

  async function embed(by: Embedder, texts: readonly Text[], accountId: string): Promise<void> {
    const inputs = texts.map(({ text }) => by.passagePrefix + text)
    const vectors = await embedding.embed(by.model, inputs, accountId, EMBED_LIMIT_MS)
    const rows = texts.flatMap(({ id, ofUpdate }, index) => {
      const vector = vectors[index]
      return vector ? [{ id, ofUpdate, model: keyOf(by), vector: toBase64(toStored(vector)) }] : []
    })
    // As JSON: D1 binds few parameters.
    await db.run(sql`
      insert into ${programVectors} (id, model, of_update, vector)
      select value ->> '$.id', value ->> '$.model', value ->> '$.ofUpdate', value ->> '$.vector' from json_each(${JSON.stringify(rows)})
      where true on conflict (id) do update set model = excluded.model, of_update = excluded.of_update, vector = excluded.vector`)
  }

  /** Who last changed the catalogue: the vectors of it are that account's use of the pool. */
  async function payer(): Promise<string | undefined> {
    const [row] = await db
      .select({ actorId: auditLog.actorId })
      .from(auditLog)
      .where(eq(auditLog.action, 'catalogue.update'))
      .orderBy(desc(auditLog.id))
      .limit(1)
    return row?.actorId
  }

  /** Whether the vectors of all programs, as long as that of a field, go into memory. */
  async function isWithinLimit(key: string): Promise<boolean> {
    const [field] = await db
      .select({ id: programVectors.id, vector: programVectors.vector })
      .from(programVectors)
      .where(and(like(programVectors.id, `${FIELD_PREFIX}%`), eq(programVectors.model, key)))
      .limit(1)
    return !field || (await db.$count(programs)) * storedBytes(dimensionsOf(field)) <= maxBytes
  }

  async function fill(): Promise<void> {
    const by = await embedder()
    const accountId = by && (await payer())
    if (!by || accountId === undefined) return
    const until = now() + ROUND_MS
    const key = keyOf(by)
    const fields = await missingFields(key)
    for (let from = 0; from < fields.length; from += EMBEDDED_AT_ONCE)
      await embed(by, fields.slice(from, from + EMBEDDED_AT_ONCE), accountId)
    if (!(await isWithinLimit(key))) return
    let count = 0
    for (let texts = await missing(key); texts.length > 0 && now() < until; texts = await missing(key)) {
      await embed(by, texts, accountId)
      count += texts.length
    }
    const isLeft = and(
      notLike(programVectors.id, `${FIELD_PREFIX}%`),
      sql`${programVectors.id} not in (select id from ${programs})`,
    )
    await db
      .delete(programVectors)
      .where(or(isLeft, and(like(programVectors.id, `${FIELD_PREFIX}%`), ne(programVectors.model, key))))
    if (count > 0) log.info('programs.embedded', { count, model: by.model })
  }

  async function read(where: ReturnType<typeof and>): Promise<StoredVector[]> {
    const vectors: StoredVector[] = []
    for (let last = ''; ; ) {
      const page = await db
        .select({ id: programVectors.id, vector: programVectors.vector })
        .from(programVectors)
        .where(and(where, gt(programVectors.id, last)))
        .orderBy(asc(programVectors.id))
        .limit(PAGE_ROWS)
      vectors.push(...page)
      if (page.length < PAGE_ROWS) return vectors
      last = page.at(-1)?.id ?? last
    }
  }

  /** All vectors of one state of the catalogue; undefined where some are missing, or there are too many. */
  async function setOf(by: Embedder, state: CatalogueState): Promise<VectorSet | undefined> {
    const key = keyOf(by)
    if (kept?.key === key && kept.state.version === state.version && kept.state.updatedAt === state.updatedAt)
      return kept.set
    kept = undefined
    if ((await missing(key)).length > 0 || (await missingFields(key)).length > 0) return undefined
    if (!(await isWithinLimit(key))) return undefined
    const ofModel = eq(programVectors.model, key)
    const fields = await read(and(ofModel, like(programVectors.id, `${FIELD_PREFIX}%`)))
    const [first] = fields
    const dimensions = first ? dimensionsOf(first) : 0
    const set = vectorSetOf(
      await read(and(ofModel, notLike(programVectors.id, `${FIELD_PREFIX}%`))),
      fields,
      dimensions,
    )
    kept = { key, state, set }
    return set
  }

  return {
    /** Embeds what is not embedded yet, for as long as a round may take. What fails is done by the next one. */
    async tick(): Promise<void> {
      await fill().catch((thrown) => log.error('programs.not_embedded', { cause: causeOf(thrown) }))
    },

    /**
     * How alike the programs of this state of the catalogue are to a text; undefined where the pool does not embed, where not
     * every program has its vector yet, or where that of the text does not come in time.
     */
    async likenessTo(text: string, state: CatalogueState, accountId: string): Promise<Likeness | undefined> {
      const by = text === '' ? undefined : await embedder()
      const set = by && (await setOf(by, state))
      if (!set) return undefined
      try {
        const [question] = await embedding.embed(
          by.model,
          [by.queryPrefix + text],
          accountId,
          QUESTION_LIMIT_MS,
        )
        const likeness = question && set.likenessTo(question)
        return likeness && { ...likeness, model: by.model }
      } catch (thrown) {
        log.error('wishes.not_embedded', { cause: causeOf(thrown) })
        return undefined
      }
    },
  }
}
