/** Bytes of a body, and whether there were more of them. */
export interface BoundedBody {
  bytes: Uint8Array
  isCut: boolean
}

/** Reads a body up to a limit; the rest is never asked for. */
export async function boundedBody(response: Response, maxBytes: number): Promise<BoundedBody> {
  const chunks: Uint8Array[] = []
  let length = 0
  // A body of the platform's own is one of bytes.
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk)
    length += chunk.byteLength
    // Leaving the loop ends the body.
    if (length > maxBytes) break
  }
  const bytes = new Uint8Array(Math.min(length, maxBytes))
  let filled = 0
  for (const chunk of chunks) {
    bytes.set(chunk.subarray(0, maxBytes - filled), filled)
    filled = Math.min(maxBytes, filled + chunk.byteLength)
  }
  return { bytes, isCut: length > maxBytes }
}
