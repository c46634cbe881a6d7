import { createRoute } from '@hono/zod-openapi'
import { AppError } from '../../../shared/errors.ts'
import type { Surface } from '../../http/surface.ts'
import type { CallStream, Inference } from '../../services/inference.ts'
import { callerOf } from './call.ts'
import { failures, json } from './schemas/common.ts'
import { Embeddings, EmbeddingsRequest } from './schemas/embedding.ts'
import { toEmbeddingInputs } from './translate.ts'

const createEmbeddings = createRoute({
  method: 'post',
  path: '/v1/embeddings',
  operationId: 'createEmbeddings',
  tags: ['Inference'],
  summary: 'Turn texts into vectors of length one',
  security: [{ bearer: [] }],
  request: { body: { required: true, content: { 'application/json': { schema: EmbeddingsRequest } } } },
  responses: { 200: json(Embeddings, 'A vector for each input, in order.'), ...failures },
})

/** Base64 of little-endian float32, as OpenAI's `encoding_format: base64` is, to numbers. */
export function toFloats(base64: string): number[] {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  const view = new DataView(bytes.buffer)
  return Array.from({ length: bytes.length / 4 }, (_, index) => view.getFloat32(index * 4, true))
}

/** Reads an embedding call to its end: the vectors as base64, and the tokens of all inputs. */
async function collectVectors(stream: CallStream) {
  const vectors: string[] = []
  for await (const events of stream) {
    for (const event of events) {
      if (event.type === 'vectors') vectors.splice(event.start, event.vectors.length, ...event.vectors)
      if (event.type === 'end') return { vectors, promptTokens: event.usage.promptTokens }
    }
  }
  throw new AppError('node_failed', 'The answer broke off.')
}

export function embeddingRoutes(app: Surface, inference: Inference): void {
  app.openapi(createEmbeddings, async (c) => {
    const body = c.req.valid('json')
    if (body.user) c.set('endUser', body.user)
    const input = toEmbeddingInputs(body.input)
    const stream = await inference.embed({ model: body.model, input }, callerOf(c), c.req.raw.signal)
    const { vectors, promptTokens } = await collectVectors(stream)
    if (vectors.length !== input.length) {
      throw new AppError('node_failed', 'The node answered with another number of vectors than inputs.')
    }
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
