import { similarity, storedBytes } from '../../library/ranking/vector-codes.ts'

/** A vector as a row keeps it. */
export interface StoredVector {
  id: string
  /** In base64. */
  vector: string
}

const bytesIn = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))

/** How alike programs and a question are. */
export interface Likeness {
  /** The model that both were embedded with. */
  model: string
  /** 0 to 1; undefined of a program without a vector. */
  of(id: string): number | undefined
}

/** Vectors of programs, and of the fields of ISCED-F, all by one model. */
export interface VectorSet {
  /** How alike the programs are to a question; undefined of a question that is as near to every field as to any. */
  likenessTo(question: Float32Array): Omit<Likeness, 'model'> | undefined
}

/** The vectors one behind the other, in as many bytes as they have. */
function packed(vectors: readonly StoredVector[], each: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(each * vectors.length)
  for (const [index, { vector }] of vectors.entries())
    bytes.set(bytesIn(vector).subarray(0, each), index * each)
  return bytes
}

/**
 * A set in memory. How alike a program and a question are is measured against the fields: 0 is as near as these are on the
 * mean, 1 as near as the nearest. So it depends on the question and that program alone, and models whose vectors all lie close
 * together say as much as others.
 */
export function vectorSetOf(
  programs: readonly StoredVector[],
  fields: readonly StoredVector[],
  dimensions: number,
): VectorSet {
  const each = storedBytes(dimensions)
  const [bytes, fieldBytes] = [packed(programs, each), packed(fields, each)]
  const places = new Map(programs.map(({ id }, index) => [id, index * each]))
  return {
    likenessTo(question) {
      let [sum, nearest] = [0, -1]
      for (let at = 0; at < fieldBytes.length; at += each) {
        const near = similarity(fieldBytes, at, question)
        sum += near
        nearest = Math.max(nearest, near)
      }
      const mean = sum / fields.length
      const range = nearest - mean
      if (!(range > 0)) return undefined
      return {
        of(id) {
          const at = places.get(id)
          if (at === undefined) return undefined
          return Math.min(1, Math.max(0, (similarity(bytes, at, question) - mean) / range))
        },
      }
    },
  }
}
