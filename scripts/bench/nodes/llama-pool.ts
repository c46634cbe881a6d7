import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModelSpec } from '../../../gpu-node/engine/messages.ts'
import type { BenchContext } from '../bench.ts'
import type { LoadClientApi } from '../clients/load-client.ts'
import { type BenchEdge, startEdge } from '../edge.ts'
import { HelperProcess } from '../helper-process.ts'
import type { LlamaNodeApi } from './llama-node.ts'

/** An edge, a node that runs a model, and a client, each in its own process. */
export interface LlamaPool {
  edge: BenchEdge
  client: HelperProcess<LoadClientApi>
  node: HelperProcess<LlamaNodeApi>
}

/** Runs `measure` on a pool that is there only for it. */
export async function withLlamaPool<Result>(
  context: BenchContext,
  model: ModelSpec,
  measure: (pool: LlamaPool) => Promise<Result>,
): Promise<Result> {
  const { profileDir, scratchDir, signal, threads } = context
  const edge = await startEdge(context)
  const client = new HelperProcess<LoadClientApi>({
    file: new URL('../clients/load-client.ts', import.meta.url),
    profileDir,
  })
  const node = new HelperProcess<LlamaNodeApi>({
    file: new URL('./llama-node.ts', import.meta.url),
    profileDir,
  })
  try {
    const stateDir = await mkdtemp(join(scratchDir, 'node-'))
    const place = { edge: edge.origin, joinToken: await edge.createJoinToken(), stateDir }
    await node.ask('start', { place, model, threads }, signal)
    await edge.serves(model.id)
    return await measure({ edge, client, node })
  } finally {
    await Promise.all([client.stop(), node.stop()])
    await edge.stop()
  }
}
