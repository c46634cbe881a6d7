import { describe, expect, it } from 'vitest'
import { withEmbeddings } from '../../gpu-node/embeddings.ts'
import { embeddingOf } from '../../gpu-node/model-files/pooling.ts'
import { modelHolding } from '../support/frames.ts'

describe('a model is made for embeddings', () => {
  it.each([
    [undefined, {}],
    [0, {}],
    [1, { embedding: { pooling: 'mean' } }],
    [2, { embedding: { pooling: 'cls' } }],
    [3, { embedding: { pooling: 'last' } }],
    [4, {}],
    [99, {}],
  ])('by the pooling %s in its file: %j', (pooling, told) => {
    // The part of a header that is read.
    const info = { architectureMetadata: { pooling_type: pooling } } as unknown as Parameters<
      typeof embeddingOf
    >[0]
    expect(embeddingOf(info)).toEqual(told)
  })

  it('by its operator’s word, who may know its prefixes too', () => {
    const models = [
      modelHolding({ id: 'file', capabilities: ['embed'], embedding: { pooling: 'mean' } }),
      modelHolding({ id: 'word', capabilities: ['generate', 'embed'] }),
      modelHolding({ id: 'chat', capabilities: ['generate', 'embed'] }),
      modelHolding({ id: 'writes', capabilities: ['generate'] }),
    ]
    const said = new Map([
      ['file', { queryPrefix: 'q: ' }],
      ['word', {}],
      ['writes', {}],
    ])
    expect(withEmbeddings(models, said).map(({ id, embedding }) => [id, embedding])).toEqual([
      ['file', { pooling: 'mean', queryPrefix: 'q: ' }],
      ['word', { pooling: 'declared' }],
      ['chat', undefined],
      ['writes', undefined],
    ])
  })
})
