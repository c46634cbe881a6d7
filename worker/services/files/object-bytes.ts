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

/** An object that is a part of a file. */
export interface ObjectPart {
  key: string
  bytes: number
}

/** The pieces of the parts that lie in a range of their file. */
function piecesIn(parts: readonly ObjectPart[], { offset, length }: ByteRange) {
  const end = offset + length
  let start = 0
  return parts.flatMap(({ key, bytes }) => {
    const [from, to] = [Math.max(offset, start) - start, Math.min(end, start + bytes) - start]
    start += bytes
    return from < to ? [{ key, range: { offset: from, length: to - from } }] : []
  })
}

/** A range of a file that lies in parts. Throws `not_found` where its first part is gone; where a later one is, it breaks off. */
export async function rangeBytes(
  bucket: Pick<R2Bucket, 'get'>,
  parts: readonly ObjectPart[],
  range: ByteRange,
): Promise<ReadableStream<Uint8Array>> {
  const get = async ({ key, range: piece }: ReturnType<typeof piecesIn>[number]) => {
    const object = await bucket.get(key, { range: piece })
    if (!object) throw new AppError('not_found', 'The file is gone.')
    return object
  }
  const [first, ...others] = piecesIn(parts, range)
  const begun = first && (await get(first))
  async function* bytes(): AsyncGenerator<Uint8Array, void, void> {
    if (begun) yield* begun.body
    for (const piece of others) yield* (await get(piece)).body
  }
  const source = bytes()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await source.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    async cancel() {
      await source.return()
    },
  })
}
