import { describe, expect, it } from 'vitest'
import { Embedder, type EmbedderOptions } from '../../../../gpu-node/engine/decode/embedder.ts'
import { Turns } from '../../../../gpu-node/engine/decode/turns.ts'
import { toAppError } from '../../../../shared/errors.ts'
import type { EmbeddingRequest, Usage } from '../../../../shared/generation.ts'

interface Told {
  scores: number[]
  usage?: Usage
  reason?: string
  failure?: { code: string; param: string | undefined; message: string }
}

const floatOf = (base64: string): number => Buffer.from(base64, 'base64').readFloatLE()

/** The answer to a call of a model that ranks by the words that a passage shares with its question. */
async function ranked(
  request: Partial<EmbeddingRequest>,
  over: Partial<EmbedderOptions> = {},
  begun: (embedder: Embedder) => void = () => {},
): Promise<Told> {
  const told: Told = { scores: [] }
  const { promise, resolve } = Promise.withResolvers<void>()
  const embedder = new Embedder({
    contextTokens: 100,
    // Ranking asks nothing of the reader: it is for prompts.
    reader: {} as EmbedderOptions['reader'],
    countTokens: () => 0,
    turns: new Turns(),
    open: () => Promise.reject(new Error('It makes no vectors.')),
    openRanker: async () => ({
      countTokens: (question, passage) => question.length + passage.length,
      scoreOf: async (question, passage) =>
        passage.split(' ').filter((word) => question.includes(word)).length / passage.split(' ').length,
    }),
    onVectors: (_callId, start, vectors) => {
      expect(start).toBe(told.scores.length)
      told.scores.push(...vectors.map(floatOf))
    },
    onEnd: (_callId, reason, usage) => {
      Object.assign(told, { reason, usage })
      resolve()
    },
    onFailure: (_callId, thrown) => {
      const { code, param, message } = toAppError(thrown)
      told.failure = { code, param, message }
      resolve()
    },
    ...over,
  })
  embedder.start('call', { model: 'ranker', input: ['a heron'], rankedFor: 'heron', ...request })
  begun(embedder)
  await promise
  await embedder.close()
  return told
}

describe('a call that ranks', () => {
  it('gives one score for each passage, in order, as it is, and counts the tokens of both', async () => {
    const input = ['a heron', 'heron', 'pike perch']
    const { scores, usage, reason } = await ranked({ input })
    expect(scores).toEqual([0.5, 1, 0])
    expect(reason).toBe('stop')
    expect(usage?.promptTokens).toBe(input.reduce((sum, { length }) => sum + 'heron'.length + length, 0))
  })

  it('of a model that does not rank is refused by the name of its field, and so are passages in tokens', async () => {
    const cannot = await ranked({}, { openRanker: undefined })
    expect(cannot.failure).toMatchObject({ code: 'invalid_request', param: 'model' })
    const tokens = await ranked({ input: [[1, 2]] })
    expect(tokens.failure).toMatchObject({ code: 'invalid_request', param: 'input' })
  })

  it('fails where the model gives no number, and is tried again where it could not be opened', async () => {
    const scoreOf = async () => Number.NaN
    const none = await ranked({}, { openRanker: async () => ({ countTokens: () => 1, scoreOf }) })
    expect(none.failure).toMatchObject({ code: 'node_failed' })
    const closed = await ranked({}, { openRanker: () => Promise.reject(new Error('no memory')) })
    expect(closed.failure).toMatchObject({ code: 'internal' })
  })

  it('ends before its next passage when it is cancelled', async () => {
    const { scores, reason } = await ranked({ input: Array(50).fill('a heron') }, {}, (embedder) =>
      embedder.cancel('call'),
    )
    expect([scores, reason]).toEqual([[], 'cancelled'])
  })
})
