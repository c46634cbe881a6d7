import { AppError } from '../../../shared/errors.ts'
import type { EmbeddingRequest } from '../../../shared/generation.ts'
import type { Inference } from '../inference/inference.ts'

const toFloats = (base64: string): Float32Array => {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  const view = new DataView(bytes.buffer)
  return Float32Array.from({ length: bytes.length >> 2 }, (_, index) => view.getFloat32(index * 4, true))
}

async function read(
  inference: Pick<Inference, 'embed'>,
  request: EmbeddingRequest,
  accountId: string,
  signal: AbortSignal,
): Promise<Float32Array[]> {
  const caller = { requestId: crypto.randomUUID(), accountId, sessionId: accountId }
  const vectors = new Map<number, Float32Array>()
  for await (const events of await inference.embed(request, caller, signal)) {
    for (const event of events) {
      if (event.type !== 'vectors') continue
      for (const [offset, vector] of event.vectors.entries()) {
        vectors.set(event.start + offset, toFloats(vector))
      }
    }
  }
  return request.input.map((_, index) => {
    const vector = vectors.get(index)
    if (!vector || vector.length === 0) throw new AppError('node_failed', 'The node has left a vector out.')
    return vector
  })
}

/** The vectors of an embedding call, in the order of its inputs. Throws as inference does, and when the time is over. */
export async function vectorsOf(
  inference: Pick<Inference, 'embed'>,
  request: EmbeddingRequest,
  accountId: string,
  limitMs: number,
): Promise<Float32Array[]> {
  // Not `AbortSignal.timeout`: its timer would go on, and keep the library's object in memory.
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(new AppError('no_capacity', 'It took too long.')), limitMs)
  try {
    return await read(inference, request, accountId, limit.signal)
  } finally {
    clearTimeout(timer)
  }
}
