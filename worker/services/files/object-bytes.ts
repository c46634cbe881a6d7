import { AppError } from '../../../shared/errors.ts'

/** A piece of a file: where it begins, and how long it is. */
export interface ByteRange {
  offset: number
  length: number
}

/** The bytes of objects, one after the other. Throws `not_found` where one is gone. */
export async function* objectBytes(
  bucket: R2Bucket,
  keys: readonly string[],
): AsyncGenerator<Uint8Array, void, void> {
  for (const key of keys) {
    const object = await bucket.get(key)
    if (!object) throw new AppError('not_found', 'The file is gone.')
    yield* object.body
  }
}
