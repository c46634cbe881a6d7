/** Words that a model was trained to see before questions and before passages. */
export interface Prefixes {
  query: string
  passage: string
}

const INSTRUCTION = 'Given a web search query, retrieve relevant passages that answer the query'

/** Families of models, as their cards say; of two that fit a name, the first. */
const FAMILIES: readonly (readonly [name: RegExp, prefixes: Prefixes])[] = [
  [/nomic-embed/, { query: 'search_query: ', passage: 'search_document: ' }],
  [/qwen3-embedding/, { query: `Instruct: ${INSTRUCTION}\nQuery:`, passage: '' }],
  [/e5-.*instruct/, { query: `Instruct: ${INSTRUCTION}\nQuery: `, passage: '' }],
  [/(^|[^a-z0-9])e5-/, { query: 'query: ', passage: 'passage: ' }],
  [/bge-m3/, { query: '', passage: '' }],
  [/bge-.*-zh/, { query: '为这个句子生成表示以用于检索相关文章：', passage: '' }],
  [/bge-/, { query: 'Represent this sentence for searching relevant passages: ', passage: '' }],
]

/** The prefixes of a model by its name; none of a family that is not known. */
export const prefixesOf = (model: string): Prefixes =>
  FAMILIES.find(([name]) => name.test(model.toLowerCase().replaceAll('_', '-')))?.[1] ?? {
    query: '',
    passage: '',
  }
