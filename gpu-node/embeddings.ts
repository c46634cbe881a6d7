import { z } from 'zod'
import { type EmbeddingOffer, MAX_PREFIX_LENGTH, type ModelHolding } from '../shared/node.ts'

/** Models that their operator says are made for embeddings, with the prefixes that he gives them. */
export type Embeddings = ReadonlyMap<string, Pick<EmbeddingOffer, 'queryPrefix' | 'passagePrefix'>>

const Prefix = z.string().max(MAX_PREFIX_LENGTH)
const Prefixes = z.strictObject({ query: Prefix.optional(), passage: Prefix.optional() })

function prefixesIn(text: string): z.infer<typeof Prefixes> | undefined {
  try {
    return Prefixes.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/**
 * Models as an operator names them: `model`, or `model={"query":"query: ","passage":"passage: "}`. `ids` are what this node
 * serves. Throws an error whose message goes behind the name of the flag.
 */
export function toEmbeddings(texts: readonly string[], ids: readonly string[]): Embeddings {
  const embeddings = new Map<string, Pick<EmbeddingOffer, 'queryPrefix' | 'passagePrefix'>>()
  for (const text of texts) {
    // Ids may have equals signs in them, and no braces.
    const [, named = '', json] = /^([^{]*?)(?:=(\{.*\}))?$/s.exec(text) ?? []
    if (!ids.includes(named))
      throw new Error(`must be a model of this node, perhaps with its prefixes: "${text}"`)
    const prefixes = json === undefined ? {} : prefixesIn(json)
    if (!prefixes)
      throw new Error(
        `needs prefixes like {"query":"…","passage":"…"}, each of up to ${MAX_PREFIX_LENGTH} characters, behind "${named}="`,
      )
    if (embeddings.has(named)) throw new Error(`names "${named}" twice`)
    embeddings.set(named, {
      ...(prefixes.query !== undefined && { queryPrefix: prefixes.query }),
      ...(prefixes.passage !== undefined && { passagePrefix: prefixes.passage }),
    })
  }
  return embeddings
}

/** Holdings with what the operator says of them: he knows what a file does not tell. */
export const withEmbeddings = (models: readonly ModelHolding[], embeddings: Embeddings): ModelHolding[] =>
  models.map((model) => {
    const declared = embeddings.get(model.id)
    if (!declared || !model.capabilities.includes('embed')) return model
    return { ...model, embedding: { pooling: model.embedding?.pooling ?? 'declared', ...declared } }
  })
