import type { Capability } from '../../shared/node.ts'
import type { NodeView } from './pool-view.ts'

export interface PlacementRequest {
  model: string
  capability: Capability
}

const holds = (node: NodeView, { model, capability }: PlacementRequest) =>
  node.hello.models.find((held) => held.id === model && held.capabilities.includes(capability))

/** Calls per slot: 1 is a node whose slots are all taken. */
function loadOf(node: NodeView, request: PlacementRequest): number {
  const { active, queued } = node.load[request.model] ?? { active: 0, queued: 0 }
  return (active + queued) / (holds(node, request)?.slots ?? 1)
}

/**
 * The linked nodes that can run a request, best first: the less loaded, then the lower id, so that equal inputs always
 * give the same answer.
 */
export function rankNodes(nodes: readonly NodeView[], request: PlacementRequest): NodeView[] {
  return nodes
    .filter((node) => node.linked && holds(node, request))
    .toSorted((a, b) => loadOf(a, request) - loadOf(b, request) || (a.nodeId < b.nodeId ? -1 : 1))
}

/** Whether any node, linked or not, ever said that it holds the model. */
export const isKnownModel = (nodes: readonly NodeView[], request: PlacementRequest): boolean =>
  nodes.some((node) => holds(node, request))
