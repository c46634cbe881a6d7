import type { Embedder } from '../../services/library/vector-models.ts'

/** A model that passages have vectors of. `serving` ones are searched, `filling` ones get their vectors first. */
export interface ModelRow extends Record<string, SqlStorageValue> {
  number: number
  kind: 'lsa' | 'embedding'
  name: string
  sha256: string | null
  query_prefix: string
  passage_prefix: string
  /** Null until there is a vector. */
  dimensions: number | null
  state: 'filling' | 'serving'
  /** Of LSA: the passages that there were when it was fitted. */
  fitted_passages: number
}

/** Whether a model's vectors are what this embedder makes. */
export const isMadeBy = (model: ModelRow, embedder: Embedder): boolean =>
  model.name === embedder.model &&
  model.sha256 === embedder.sha256 &&
  model.query_prefix === embedder.queryPrefix &&
  model.passage_prefix === embedder.passagePrefix

/** The models of a library: of each kind one that is searched, and one that is to follow it. */
export class ModelStore {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  all(): ModelRow[] {
    return this.#sql.exec<ModelRow>('SELECT * FROM models ORDER BY number').toArray()
  }

  of(kind: ModelRow['kind'], state: ModelRow['state']): ModelRow | undefined {
    return this.all().find((model) => model.kind === kind && model.state === state)
  }

  /** Begins with a new one. Belongs in a transaction. One that was being filled is given up. */
  begin(
    kind: ModelRow['kind'],
    { model: name, sha256, queryPrefix, passagePrefix }: Embedder,
    { dimensions, fittedPassages }: { dimensions: number | null; fittedPassages: number },
  ): ModelRow {
    const old = this.of(kind, 'filling')
    if (old) this.remove(old.number)
    const columns = 'kind, name, sha256, query_prefix, passage_prefix, dimensions, state, fitted_passages'
    const model = this.#sql
      .exec<ModelRow>(
        `INSERT INTO models (${columns}) VALUES (?, ?, ?, ?, ?, ?, 'filling', ?) RETURNING *`,
        ...[kind, name, sha256, queryPrefix, passagePrefix, dimensions, fittedPassages],
      )
      .one()
    this.#sql.exec('INSERT INTO lacking SELECT ?, id FROM passages', model.number)
    return model
  }

  /** A document's passages are searchable, and no model has vectors of them. Belongs in a transaction. */
  lackAll(document: number): void {
    for (const { number } of this.all()) {
      this.#sql.exec('INSERT INTO lacking SELECT ?, id FROM passages WHERE document = ?', number, document)
    }
  }

  /** Passages without a vector of a model. */
  countLacking(number: number): number {
    const query = 'SELECT count(*) AS count FROM lacking WHERE model = ?'
    return this.#sql.exec<{ count: number }>(query, number).one().count
  }

  /** The dimensions of a model whose first vectors have come. */
  setDimensions(number: number, dimensions: number): void {
    this.#sql.exec('UPDATE models SET dimensions = ? WHERE number = ?', dimensions, number)
  }

  /** A model that has all vectors takes the place of the one that was searched. Belongs in a transaction. */
  serve({ number, kind }: ModelRow): void {
    const old = this.of(kind, 'serving')
    if (old) this.remove(old.number)
    this.#sql.exec(`UPDATE models SET state = 'serving' WHERE number = ?`, number)
  }

  /** Belongs in a transaction. */
  remove(number: number): void {
    for (const table of ['vectors', 'codes', 'terms', 'lacking']) {
      this.#sql.exec(`DELETE FROM ${table} WHERE model = ?`, number)
    }
    this.#sql.exec('DELETE FROM models WHERE number = ?', number)
  }
}
