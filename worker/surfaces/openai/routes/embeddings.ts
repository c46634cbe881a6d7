import { createRoute } from '@hono/zod-openapi'
import { AppError } from '../../../../shared/errors.ts'
import { json, jsonBody } from '../../../http/json-content.ts'
import { readerOf, whileAllowed } from '../../../http/lifeline.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { CallStream } from '../../../services/inference/call-run.ts'
import type { Inference } from '../../../services/inference/inference.ts'
import { modelFor } from '../../../services/models/model-binding.ts'
import { callerOf } from '../call.ts'
import { failures } from '../schemas/common.ts'
import { Embeddings, EmbeddingsRequest } from '../schemas/embedding.ts'
import { toEmbeddingInputs } from '../translate.ts'

const createEmbeddings = createRoute({
  method: 'post',
  path: '/v1/embeddings',
  operationId: 'createEmbeddings',
  tags: ['Inference'],
  summary: 'Turn texts into vectors of length one',
  security: [{ bearer: [] }],
  request: {
    body: jsonBody(EmbeddingsRequest, {
      model: 'starter',
      input: 'Rent is due on the first day of each month.',
    }),
  },
  responses: { 200: json(Embeddings, 'A vector for each input, in order.'), ...failures },
})

/** Base64 of little-endian float32, as OpenAI's `encoding_format: base64` is, to numbers. */
export function toFloats(base64: string): number[] {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  const view = new DataView(bytes.buffer)
  return Array.from({ length: bytes.length / 4 }, (_, index) => view.getFloat32(index * 4, true))
}

/** Bytes that a base64 text stands for (RFC 4648 §4). */
const byteLength = (base64: string): number => (base64.length / 4) * 3 - (/=*$/.exec(base64)?.[0].length ?? 0)

const isVector = (base64: string): boolean => base64 !== '' && byteLength(base64) % 4 === 0

/**
 * Reads an embedding call to its end: a vector for each of `count` inputs as base64, and the tokens of all of them. A call
 * that began again on another node sends its first vectors again.
 */
async function collectVectors(stream: CallStream, count: number) {
  const vectors = new Map<number, string>()
  for await (const events of stream) {
    for (const event of events) {
      if (event.type === 'vectors') {
        for (const [offset, vector] of event.vectors.entries()) vectors.set(event.start + offset, vector)
      }
      if (event.type !== 'end') continue
      const ordered = Array.from({ length: count }, (_, index) => vectors.get(index) ?? '')
      if (vectors.size !== count || !ordered.every(isVector)) {
        throw new AppError(
          'node_failed',
          'The node answered with something else than a vector for each input.',
        )
      }
      return { vectors: ordered, promptTokens: event.usage.promptTokens }
    }
  }
  throw new AppError('node_failed', 'The answer broke off.')
}

export function embeddingRoutes(app: Surface, inference: Inference): void {
  app.openapi(createEmbeddings, async (c) => {
    const body = c.req.valid('json')
    c.set('model', body.model)
    if (body.user) c.set('endUser', body.user)
    const input = toEmbeddingInputs(body.input)
    const model = modelFor(accountOf(c), body.model)
    const { vectors, promptTokens } = await whileAllowed(readerOf(c), async (signal) =>
      collectVectors(await inference.embed({ model, input }, callerOf(c), signal), input.length),
    )
    const spell = body.encoding_format === 'base64' ? (vector: string) => vector : toFloats
    const data = vectors.map((vector, index) => ({
      object: 'embedding' as const,
      index,
      embedding: spell(vector),
    }))
    const usage = { prompt_tokens: promptTokens, total_tokens: promptTokens }
    return c.json({ object: 'list' as const, data, model: body.model, usage }, 200)
  })
}
