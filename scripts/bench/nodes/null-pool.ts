import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import type { BenchContext } from '../bench.ts'
import type { LoadClientApi } from '../clients/load-client.ts'
import { type BenchEdge, startEdge } from '../edge.ts'
import { HelperProcess } from '../helper-process.ts'
import { NULL_MODEL } from './null-engine.ts'
import type { NullNodeApi } from './null-node.ts'

/** An edge, a node that computes nothing, and a client, each in its own process. */
export interface NullPool {
  edge: BenchEdge
  client: HelperProcess<LoadClientApi>
  node: HelperProcess<NullNodeApi>
}

/** Runs `measure` on a pool that is there only for it. */
export async function withNullPool<Result>(
  context: BenchContext,
  { stepsPerSecond, slots, texts }: { stepsPerSecond?: number; slots?: number; texts?: readonly string[] },
  measure: (pool: NullPool) => Promise<Result>,
): Promise<Result> {
  const { profileDir, scratchDir, signal } = context
  const edge = await startEdge(context)
  const client = new HelperProcess<LoadClientApi>({
    file: new URL('../clients/load-client.ts', import.meta.url),
    profileDir,
  })
  const node = new HelperProcess<NullNodeApi>({
    file: new URL('./null-node.ts', import.meta.url),
    profileDir,
  })
  try {
    const stateDir = await mkdtemp(join(scratchDir, 'node-'))
    const place = { edge: edge.origin, joinToken: await edge.createJoinToken(), stateDir }
    await node.ask('start', { place, stepsPerSecond, slots, texts }, signal)
    await edge.serves(NULL_MODEL.id)
    return await measure({ edge, client, node })
  } finally {
    await Promise.all([client.stop(), node.stop()])
    await edge.stop()
  }
}
