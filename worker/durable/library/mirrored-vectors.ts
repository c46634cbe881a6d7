import { causeOf } from '../../../shared/failure-cause.ts'
import type { Logger } from '../../../shared/log.ts'
import { addStored } from '../../services/library/ranking/vector-codes.ts'
import type { VectorMirror } from '../../services/library/vector-mirror.ts'
import type { ModelRow } from './model-store.ts'
import { listed } from './schema.ts'

/** Vectors that go to the mirror together, and keys that are taken out of it together. */
export const MIRRORED_AT_ONCE = 250

/** With more vectors than these that it may not find yet, the mirror is not asked: comparing all is as fast. */
export const MAX_UNSETTLED = 1_000

/** The model whose vectors the mirror has, and a mark where it has not followed the library. */
const MODEL_KEY = 'mirroredModel'
const LAPSED_KEY = 'mirrorLapsed'

/** How a step went: there is more, what was sent is not found yet, nothing is left, or it is to be tried again later. */
export type MirrorStep = 'more' | 'unsettled' | 'done' | 'failed'

interface MirroredVectorsOptions {
  storage: DurableObjectStorage
  mirror: () => VectorMirror | undefined
  accountId: string
  log: () => Logger
}

const keyOf = (model: number, passage: number): string => `${model}-${passage}`

/**
 * The part of a library's vectors that a mirror has. `mirror_waiting` holds those that it may not find yet, which a search
 * looks at by itself; `mirror_gone` those that it has still to forget. Both are written with the change that causes them.
 */
export class MirroredVectors {
  readonly #options: MirroredVectorsOptions

  constructor(options: MirroredVectorsOptions) {
    this.#options = options
  }

  get #model(): number | undefined {
    return this.#options.storage.kv.get<number>(MODEL_KEY)
  }

  /** Belongs in the transaction that stores the vectors. */
  added(model: number, passages: readonly number[]): void {
    if (model !== this.#model) return
    const query = 'INSERT OR REPLACE INTO mirror_waiting SELECT ?, value, 0 FROM json_each(?)'
    this.#options.storage.sql.exec(query, model, listed(passages))
  }

  /** Belongs in the transaction that ends the passages. */
  removed(passages: readonly number[]): void {
    const model = this.#model
    if (model === undefined) return
    const { sql } = this.#options.storage
    const some = listed(passages)
    sql.exec('INSERT OR IGNORE INTO mirror_gone SELECT ?, value FROM json_each(?)', model, some)
    sql.exec('DELETE FROM mirror_waiting WHERE passage IN (SELECT value FROM json_each(?))', some)
  }

  /** Nothing is left that the mirror has to forget. */
  get hasForgotten(): boolean {
    return this.#options.storage.sql.exec('SELECT model FROM mirror_gone LIMIT 1').toArray().length === 0
  }

  /** All that the mirror has to forget when this library ends; `restore` takes it in again. */
  leftovers(): { model: number; passage: number }[] {
    const { sql } = this.#options.storage
    const gone = 'SELECT model, passage FROM mirror_gone'
    const query = `${gone} UNION SELECT ?, id FROM passages`
    const model = this.#model
    return model === undefined
      ? sql.exec<{ model: number; passage: number }>(gone).toArray()
      : sql.exec<{ model: number; passage: number }>(query, model).toArray()
  }

  restore(leftovers: readonly { model: number; passage: number }[]): void {
    const query = `INSERT OR IGNORE INTO mirror_gone SELECT value ->> '$.model', value ->> '$.passage' FROM json_each(?)`
    for (let from = 0; from < leftovers.length; from += MIRRORED_AT_ONCE)
      this.#options.storage.sql.exec(query, JSON.stringify(leftovers.slice(from, from + MIRRORED_AT_ONCE)))
  }

  /**
   * The passages that the mirror holds for most alike; undefined where it is not to be asked, has not all of this model, or
   * fails. Those of `waiting` are to be looked at beside them.
   */
  async nearest(model: ModelRow, question: Float32Array): Promise<number[] | undefined> {
    const { mirror, accountId, log } = this.#options
    const place = mirror()
    if (!place || !this.#has(model.number) || this.waiting().length > MAX_UNSETTLED) return undefined
    try {
      const prefix = keyOf(model.number, 0).slice(0, -1)
      const keys = await place.nearest(accountId, question)
      const passages = keys.flatMap((key) =>
        key.startsWith(prefix) ? [Number(key.slice(prefix.length))] : [],
      )
      if (passages.length > 0 || !this.#isAnySettled(model.number)) return passages
      // It is another index than the one that was filled, or an emptied one.
      log().error('library.mirror_empty', {})
      this.#options.storage.kv.put(LAPSED_KEY, true)
    } catch (thrown) {
      log().error('library.mirror_not_asked', { cause: causeOf(thrown) })
    }
    return undefined
  }

  /** Passages that the mirror may not find yet. */
  waiting(): number[] {
    const query = 'SELECT passage FROM mirror_waiting LIMIT ?'
    const rows = this.#options.storage.sql.exec<{ passage: number }>(query, MAX_UNSETTLED + 1).toArray()
    return rows.map(({ passage }) => passage)
  }

  /** Brings the mirror nearer to the library. `serving` is the embedding model that is searched. */
  async step(serving: ModelRow | undefined): Promise<MirrorStep> {
    const { mirror, log } = this.#options
    const place = mirror()
    if (!place) return this.#lapse()
    try {
      if (await this.#forget(place)) return 'more'
      if (!serving || serving.dimensions === null || !(await place.takes(serving.dimensions))) return 'done'
      if (!this.#has(serving.number)) {
        this.#begin(serving.number)
        return 'more'
      }
      if (await this.#send(place, serving)) return 'more'
      return (await this.#settle(place, serving.number)) ? 'done' : 'unsettled'
    } catch (thrown) {
      log().error('library.not_mirrored', { cause: causeOf(thrown) })
      return 'failed'
    }
  }

  #has(model: number): boolean {
    return this.#model === model && !this.#options.storage.kv.get(LAPSED_KEY)
  }

  /** No mirror is configured: one that comes again gets all that is there then. */
  #lapse(): MirrorStep {
    if (this.#model !== undefined) this.#options.storage.kv.put(LAPSED_KEY, true)
    return 'done'
  }

  #begin(model: number): void {
    const { storage } = this.#options
    storage.transactionSync(() => {
      const old = this.#model
      if (old !== undefined && old !== model)
        storage.sql.exec('INSERT OR IGNORE INTO mirror_gone SELECT ?, id FROM passages', old)
      storage.sql.exec('DELETE FROM mirror_waiting')
      storage.sql.exec(
        'INSERT INTO mirror_waiting SELECT model, passage, 0 FROM vectors WHERE model = ?',
        model,
      )
      storage.kv.put(MODEL_KEY, model)
      storage.kv.delete(LAPSED_KEY)
    })
  }

  /** Before anything is sent: a key may come again. */
  async #forget(place: VectorMirror): Promise<boolean> {
    const { storage, accountId } = this.#options
    const query = 'SELECT model, passage FROM mirror_gone LIMIT ?'
    const rows = storage.sql.exec<{ model: number; passage: number }>(query, MIRRORED_AT_ONCE).toArray()
    if (rows.length === 0) return false
    await place.remove(
      accountId,
      rows.map(({ model, passage }) => keyOf(model, passage)),
    )
    storage.transactionSync(() => {
      for (const { model, passage } of rows)
        storage.sql.exec('DELETE FROM mirror_gone WHERE model = ? AND passage = ?', model, passage)
    })
    return true
  }

  async #send(place: VectorMirror, { number, dimensions }: ModelRow): Promise<boolean> {
    const { storage, accountId } = this.#options
    const query = `SELECT vectors.passage, vectors.vector FROM mirror_waiting JOIN vectors USING (model, passage)
      WHERE mirror_waiting.model = ? AND mirror_waiting.sent = 0 ORDER BY passage LIMIT ?`
    const rows = storage.sql
      .exec<{ passage: number; vector: ArrayBuffer }>(query, number, MIRRORED_AT_ONCE)
      .toArray()
    if (rows.length === 0) return false
    const vectors = rows.map(({ passage, vector: stored }) => {
      const vector = new Float32Array(dimensions ?? 0)
      addStored(vector, new Uint8Array(stored), 1)
      return { key: keyOf(number, passage), vector }
    })
    await place.put(accountId, vectors)
    const passages = listed(rows.map(({ passage }) => passage))
    const sent = `UPDATE mirror_waiting SET sent = (SELECT max(sent) + 1 FROM mirror_waiting)
      WHERE model = ? AND passage IN (SELECT value FROM json_each(?))`
    storage.sql.exec(sent, number, passages)
    return true
  }

  /** When the one that was sent last is found, all are. */
  async #settle(place: VectorMirror, model: number): Promise<boolean> {
    const { storage, accountId } = this.#options
    const query =
      'SELECT passage, sent FROM mirror_waiting WHERE model = ? ORDER BY sent DESC, passage DESC LIMIT 1'
    const last = storage.sql.exec<{ passage: number; sent: number }>(query, model).toArray()[0]
    if (!last) return true
    if (!(await place.finds(accountId, keyOf(model, last.passage)))) return false
    storage.sql.exec(
      'DELETE FROM mirror_waiting WHERE model = ? AND sent BETWEEN 1 AND ?',
      ...[model, last.sent],
    )
    return this.waiting().length === 0
  }

  #isAnySettled(model: number): boolean {
    const query = `SELECT passage FROM vectors WHERE model = ?1
      AND passage NOT IN (SELECT passage FROM mirror_waiting WHERE model = ?1) LIMIT 1`
    return this.#options.storage.sql.exec(query, model).toArray().length > 0
  }
}
