import { describe, expect, it } from 'vitest'
import { prefixesOf } from '../../../../worker/services/library/embedding-prefixes.ts'

const INSTRUCTION =
  'Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:'

describe('the prefixes of an embedding model', () => {
  it.each([
    ['nomic-embed-text-v1.5', 'search_query: ', 'search_document: '],
    ['nomic_embed_text', 'search_query: ', 'search_document: '],
    ['Qwen3-Embedding-0.6B-Q8_0', INSTRUCTION, ''],
    ['multilingual-e5-large', 'query: ', 'passage: '],
    ['multilingual-e5-large-instruct', `${INSTRUCTION} `, ''],
    ['e5-small-v2', 'query: ', 'passage: '],
    ['bge-small-en-v1.5', 'Represent this sentence for searching relevant passages: ', ''],
    ['bge-large-zh', '为这个句子生成表示以用于检索相关文章：', ''],
    ['bge-m3', '', ''],
    // Of no family that is known, though its name has the letters of one.
    ['type5-base', '', ''],
    ['all-minilm-l6-v2', '', ''],
  ])('%s are those of its family', (model, query, passage) => {
    expect(prefixesOf(model)).toEqual({ query, passage })
  })
})
