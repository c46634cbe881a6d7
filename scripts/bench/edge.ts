import { IsolatedEdge } from '../isolated-edge.ts'
import type { BenchContext } from './bench.ts'

/** A running edge, with what a client and a node need to speak to it. */
export interface BenchEdge {
  origin: string
  apiKey: string
  /** Where the Worker's isolate can be looked into. */
  inspectorPort: number
  /** A right to join for one node. */
  createJoinToken(): Promise<string>
  /** Resolves when the edge offers the model. */
  serves(model: string): Promise<void>
  stop(): Promise<void>
}

/** Starts an edge that ends with the bench. */
export async function startEdge({ scratchDir, signal, note }: BenchContext): Promise<BenchEdge> {
  note('starting an edge')
  const edge = await IsolatedEdge.create(scratchDir, signal)
  await edge.start(signal)
  return {
    origin: edge.origin,
    apiKey: edge.key,
    inspectorPort: edge.inspectorPort,
    createJoinToken: () => edge.joinToken('bench', signal),
    serves: (model) => edge.serves(model, signal),
    stop: () => edge.stop(),
  }
}
