import { createHash } from 'node:crypto'

/** Bytes that are looked at while somebody else takes them. */
export interface ObservedBytes {
  bytes: AsyncIterable<Uint8Array>
  /** The first of them. */
  head(): Uint8Array
  /** The SHA-256 of all of them, in hex; once. */
  sha256(): string
}

/** Looks at bytes as they pass; `onHead` sees the first of them, at most so many, before the rest comes, and may throw. */
export function observe(
  source: AsyncIterable<Uint8Array>,
  headBytes: number,
  onHead: (head: Uint8Array) => void = () => {},
): ObservedBytes {
  const hash = createHash('sha256')
  const head = new Uint8Array(headBytes)
  let filled = 0
  let isTold = false
  function tell(): void {
    if (isTold) return
    isTold = true
    onHead(head.subarray(0, filled))
  }
  async function* bytes(): AsyncGenerator<Uint8Array, void, void> {
    for await (const chunk of source) {
      hash.update(chunk)
      if (filled < headBytes) {
        const piece = chunk.subarray(0, headBytes - filled)
        head.set(piece, filled)
        filled += piece.byteLength
      }
      if (filled === headBytes) tell()
      yield chunk
    }
    tell()
  }
  return { bytes: bytes(), head: () => head.subarray(0, filled), sha256: () => hash.digest('hex') }
}
