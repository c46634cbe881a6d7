import { AppError } from '../../../shared/errors.ts'

/** A piece of a file: where it begins, and how long it is. */
export interface ByteRange {
  offset: number
  length: number
}

/** An object, or a stretch of it. */
export interface Stretch {
  key: string
  range?: ByteRange
}

type Reader = Pick<R2Bucket, 'get'>

async function openStretch(bucket: Reader, { key, range }: Stretch): Promise<ReadableStream<Uint8Array>> {
  const object = await bucket.get(key, range && { range })
  if (!object) throw new AppError('not_found', 'The file is gone.')
  return object.body
}

/** The bytes of stretches, one after the other. Throws `not_found` where an object is gone. */
export async function* objectBytes(
  bucket: Reader,
  stretches: readonly Stretch[],
): AsyncGenerator<Uint8Array, void, void> {
  for (const stretch of stretches) yield* await openStretch(bucket, stretch)
}

/** An object that is a part of a file. */
export interface ObjectPart {
  key: string
  bytes: number
}

/** The pieces of the parts that lie in a range of their file. */
function piecesIn(parts: readonly ObjectPart[], { offset, length }: ByteRange): Stretch[] {
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
  bucket: Reader,
  parts: readonly ObjectPart[],
  range: ByteRange,
): Promise<ReadableStream<Uint8Array>> {
  const [first, ...others] = piecesIn(parts, range)
  const begun = first && (await openStretch(bucket, first))
  async function* bytes(): AsyncGenerator<Uint8Array, void, void> {
    if (begun) yield* begun
    yield* objectBytes(bucket, others)
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
