import { describe, expect, it } from 'vitest'
import { toEmbeddings, withEmbeddings } from '../../gpu-node/embeddings.ts'
import { embeddingOf, ranksOf } from '../../gpu-node/model-files/pooling.ts'
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
    expect(ranksOf(info)).toEqual(pooling === 4 ? { ranks: true } : {})
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

describe('a flag of a model that is made for embeddings', () => {
  const embeddingsOf = (...texts: string[]) => [...toEmbeddings(texts, ['a', 'b'])]

  it('is named, perhaps with what stands before texts', () => {
    expect(embeddingsOf('a', 'b={"query":"query: ","passage":""}')).toEqual([
      ['a', {}],
      ['b', { queryPrefix: 'query: ', passagePrefix: '' }],
    ])
  })

  it.each([
    ['of another node', ['c'], /must be a model of this node/],
    ['twice', ['a', 'a={}'], /names "a" twice/],
    ['with prefixes that are none', ['a={"query":1}'], /needs prefixes/],
    ['with half an object', ['a={"query":}'], /needs prefixes/],
    ['with another field', ['a={"querry":""}'], /needs prefixes/],
    ['with a prefix that is too long', [`a={"query":"${'q'.repeat(501)}"}`], /needs prefixes/],
  ])('cannot be one %s', (_what, embeddings, message) => {
    expect(() => embeddingsOf(...embeddings)).toThrow(message)
  })

  it('has prefixes of up to 500 characters', () => {
    expect(embeddingsOf(`a={"query":"${'q'.repeat(500)}"}`)).toHaveLength(1)
  })
})
