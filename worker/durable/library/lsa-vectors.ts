import type { Analyser, QueryWord } from '../../services/library/analysis/analyser.ts'
import { isLanguage, type Language } from '../../services/library/analysis/language-codes.ts'
import { addStored, toUnit } from '../../services/library/ranking/vector-codes.ts'
import type { ModelRow } from './model-store.ts'
import { listed } from './schema.ts'

/** A title counts double in the vectors too. */
const TITLE_TIMES = 2

/** A passage's tokens. */
export interface TokenRow extends Record<string, SqlStorageValue> {
  id: number
  title: string
  body: string
  language: string
}

/** The vector of a passage. */
export interface NewVector {
  passage: number
  vector: Float32Array
}

/** The vector of a question by its words; undefined where the model knows none of them. */
export function questionVector(
  sql: SqlStorage,
  model: ModelRow,
  words: readonly QueryWord[],
): Float32Array | undefined {
  const counts = new Map<string, number>()
  for (const { tokens, isStop } of words) {
    if (!isStop) for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1)
  }
  return folded(counts, termVectors(sql, model, [...counts.keys()]), model.dimensions ?? 0)
}

/** The vectors of passages by their words. */
export function passageVectors(
  sql: SqlStorage,
  model: ModelRow,
  rows: readonly TokenRow[],
  analyser: Analyser,
): NewVector[] {
  const counted = rows.map(({ id, title, body, language }) => {
    // The column holds what the analyser has said.
    const spoken: Language = isLanguage(language) ? language : 'eng'
    return { id, counts: countsOf(title, body, (tokens) => analyser.contentTokens(tokens, spoken)) }
  })
  const terms = new Set(counted.flatMap(({ counts }) => [...counts.keys()]))
  const vectors = termVectors(sql, model, [...terms])
  const dimensions = model.dimensions ?? 0
  return counted.map(({ id, counts }) => ({
    passage: id,
    // One without a known word has no direction, and is alike to nothing.
    vector: folded(counts, vectors, dimensions) ?? new Float32Array(dimensions),
  }))
}

/** How often each token of a passage counts that says something. */
export function countsOf(
  title: string,
  body: string,
  content: (tokens: readonly string[]) => string[],
): Map<string, number> {
  const counts = new Map<string, number>()
  const add = (text: string, times: number) => {
    for (const token of content(text.split(' '))) {
      if (token !== '') counts.set(token, (counts.get(token) ?? 0) + times)
    }
  }
  add(title, TITLE_TIMES)
  add(body, 1)
  return counts
}

function folded(
  counts: ReadonlyMap<string, number>,
  vectors: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
  dimensions: number,
): Float32Array | undefined {
  const sum = new Float32Array(dimensions)
  for (const [term, count] of counts) {
    const vector = vectors.get(term)
    if (vector) addStored(sum, vector, 1 + Math.log(count))
  }
  return toUnit(sum)
}

function termVectors(
  sql: SqlStorage,
  model: ModelRow,
  terms: readonly string[],
): Map<string, Uint8Array<ArrayBuffer>> {
  const query = `SELECT term, vector FROM terms WHERE model = ? AND term IN (SELECT value FROM json_each(?))`
  const found = sql.exec<{ term: string; vector: ArrayBuffer }>(query, model.number, listed(terms))
  return new Map(found.toArray().map(({ term, vector }) => [term, new Uint8Array(vector)]))
}
