import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { EACH_MINUTE, ring } from '../../../scripts/edge/clock.ts'
import type { IsolatedEdge } from '../../../scripts/isolated-edge.ts'
import { PlainFailure } from '../../../scripts/plain-failure.ts'
import { TINY_MODEL } from '../../support/tiny-model.ts'
import { ImmortalNode } from './immortal-node.ts'

/** Minutes come sooner here: what was cut off is looked after by them. */
const MINUTE_MS = 5_000

/** Rings an edge's minutes, which a local runtime does not by itself, until the returned function is called. */
export function clockOf(edge: IsolatedEdge): () => void {
  // One that is down misses a minute; one that does not know the clock must not pass for one that does.
  const tick = () =>
    ring(edge.origin, EACH_MINUTE).catch((thrown) => {
      if (thrown instanceof PlainFailure) throw thrown
    })
  // A time-driven edge has no event to wait for.
  const timer = setInterval(() => void tick(), MINUTE_MS)
  return () => clearInterval(timer)
}

export interface KilledNode {
  node: ImmortalNode
  stateDir: string
}

/** A node of an edge with the starter model, which comes back whenever it is killed. */
export async function killedNode(
  edge: IsolatedEdge,
  name: string,
  flags: readonly string[] = [],
): Promise<KilledNode> {
  const token = await edge.joinToken(name)
  const stateDir = join(edge.folder, name)
  const args = [
    ...['gpu-node/main.ts', '--edge', edge.origin, '--name', name, '--model', TINY_MODEL],
    ...['--threads', '1', '--gpu', 'off', '--state-dir', stateDir, ...flags],
  ]
  const env = { ...process.env, SWITCHYARD_TOKEN: token }
  return { node: new ImmortalNode(() => spawn(process.execPath, args, { env, stdio: 'ignore' })), stateDir }
}
