import { AppError } from '../../../../shared/errors.ts'
import type { DatasetEncoding } from '../../../db/tables/datasets.ts'

/** A stretch of a file that is an object of R2. */
export interface SourceObject {
  key: string
  sizeBytes: number
}

/** Something that rows are read from, piece by piece. */
export interface RowSource {
  sizeBytes: number
  /** The version of its bytes, of a file that can be replaced. */
  version?: string | undefined
  /** How it is written: a line of JSON for each row, one list of them, or a table. */
  format: 'lines' | 'list' | 'table'
  /** Of a table whose format is known. */
  encoding?: DatasetEncoding | undefined
  delimiter?: string | undefined
  /** The bytes from an offset on, as many as there are up to a length. Throws `not_found` where it is gone. */
  read(offset: number, length: number): Promise<Uint8Array>
}

/** Whether a file is a table, by its name. */
export const isTable = (name: string): boolean => /\.csv$/i.test(name)

/** Reads from a file that is one object or several in a row. */
export const readObjects =
  (bucket: R2Bucket, objects: readonly SourceObject[]) =>
  async (offset: number, length: number): Promise<Uint8Array> => {
    const pieces: Uint8Array[] = []
    let begins = 0
    for (const { key, sizeBytes } of objects) {
      const [from, to] = [Math.max(offset - begins, 0), Math.min(offset + length - begins, sizeBytes)]
      if (from < to) {
        const object = await bucket.get(key, { range: { offset: from, length: to - from } })
        if (!object) throw new AppError('not_found', 'The file is gone.')
        pieces.push(new Uint8Array(await object.arrayBuffer()))
      }
      begins += sizeBytes
    }
    const [only] = pieces
    if (only && pieces.length === 1) return only
    const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0))
    let at = 0
    for (const piece of pieces) {
      bytes.set(piece, at)
      at += piece.byteLength
    }
    return bytes
  }
