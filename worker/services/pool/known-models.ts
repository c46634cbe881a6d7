import {
  adapterModelId,
  type Capability,
  type EmbeddingOffer,
  type ModelHolding,
  tunedBaseOf,
} from '../../../shared/node.ts'
import type { NodeView } from './node-view.ts'

/** A model, or a model with an adapter, as the nodes of a region hold it together. */
export interface KnownModel {
  id: string
  /** The model of which this is one with an adapter. */
  parent: string | null
  /** Whether a node that is known holds it now, linked or not; otherwise one has held it, and may again. */
  isHeld: boolean
  /** For what they hold it. */
  capabilities: readonly Capability[]
  architecture: string
  sizeBytes: number
  /** On the node that offers the most of all. */
  contextTokens: number
  /** The highest price that one of them names; null: none does. */
  pricePer1kTokens: number | null
  /** Whether a linked node that takes new calls holds it. */
  isAvailable: boolean
  /** As linked nodes hold it, by the one that offers the most; null: none does. */
  linked: { contextTokens: number; createdAt: number } | null
  /** As the linked nodes that are made for embeddings with it say; null: none is. Of one that is not linked, nothing. */
  embedding: EmbeddingOffer | null
  /** Whether a linked node says that it is made to rank. */
  ranks: boolean
  /** Of the file whose embeddings these are. */
  sha256: string | null
}

type Held = Pick<KnownModel, 'id' | 'parent' | 'capabilities' | 'pricePer1kTokens'> & { createdAt: number }

/** The models and adapters of a holding, as callers can name them: those that were trained on the pool have other names. */
const heldOf = ({ id, capabilities, createdAt, pricePer1kTokens, adapters = [] }: ModelHolding): Held[] =>
  [
    { id, parent: null, capabilities, createdAt, pricePer1kTokens: pricePer1kTokens ?? null },
    // Adapters change what a model writes; its vectors are its own.
    ...adapters.map((adapter) => ({
      id: adapterModelId(id, adapter.suffix),
      parent: id,
      capabilities: capabilities.filter((capability) => capability === 'generate'),
      createdAt: adapter.createdAt,
      pricePer1kTokens: adapter.pricePer1kTokens ?? pricePer1kTokens ?? null,
    })),
  ].filter((held) => tunedBaseOf(held.id) === undefined)

const NOT_HELD = {
  isHeld: false,
  capabilities: [],
  architecture: '',
  sizeBytes: 0,
  contextTokens: 0,
  pricePer1kTokens: null,
  isAvailable: false,
  linked: null,
  embedding: null,
  ranks: false,
  sha256: null,
}

/** The higher of two prices, or the one that there is. */
export const higher = (one: number | null, other: number | null): number | null =>
  one === null ? other : Math.max(one, other ?? 0)

/** The first that a linked node says; a model's adapters make no embeddings of their own. */
function embeddingOf(
  { linked }: NodeView,
  { embedding, sha256 }: ModelHolding,
  isAdapter: boolean,
  known: Pick<KnownModel, 'embedding' | 'sha256'>,
): Pick<KnownModel, 'embedding' | 'sha256'> {
  const isTold = linked && !isAdapter && known.embedding === null && embedding !== undefined
  return isTold ? { embedding, sha256: sha256 ?? null } : { embedding: known.embedding, sha256: known.sha256 }
}

function add(models: Map<string, KnownModel>, node: NodeView, holding: ModelHolding): void {
  const { architecture, sizeBytes, contextTokens } = holding
  for (const { createdAt, ...held } of heldOf(holding)) {
    const known = models.get(held.id) ?? NOT_HELD
    const isMost = node.linked && contextTokens > (known.linked?.contextTokens ?? 0)
    models.set(held.id, {
      ...held,
      isHeld: true,
      capabilities: [...new Set([...known.capabilities, ...held.capabilities])].toSorted(),
      architecture,
      sizeBytes,
      contextTokens: Math.max(contextTokens, known.contextTokens),
      pricePer1kTokens: higher(held.pricePer1kTokens, known.pricePer1kTokens),
      isAvailable: known.isAvailable || (node.linked && !node.draining),
      linked: isMost ? { contextTokens, createdAt } : known.linked,
      ranks: known.ranks || (node.linked && held.parent === null && holding.ranks === true),
      ...embeddingOf(node, holding, held.parent !== null, known),
    })
  }
}

/** The models of nodes, each once: those that they hold, and those that they held before. */
export function knownModels(nodes: Iterable<NodeView>): Map<string, KnownModel> {
  const models = new Map<string, KnownModel>()
  const heldBefore = new Set<string>()
  for (const node of nodes) {
    for (const holding of node.hello.models) add(models, node, holding)
    for (const id of node.everHeld) heldBefore.add(id)
  }
  for (const id of heldBefore) {
    if (!models.has(id)) models.set(id, { ...NOT_HELD, id, parent: null })
  }
  return models
}
