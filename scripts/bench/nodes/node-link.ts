import { availableParallelism } from 'node:os'
import { createCredentialSource } from '../../../gpu-node/join.ts'
import { type NodeOptions, runNode } from '../../../gpu-node/node.ts'
import { createLogger } from '../../../shared/log.ts'

/** Where a bench's node links. */
export interface LinkPlace {
  edge: string
  joinToken: string
  stateDir: string
}

/** A log of which all that is worth a person's look goes to stderr; the rest would only disturb the measurement. */
export const benchLog = createLogger((line, level) => {
  if (level !== 'info') process.stderr.write(`${line}\n`)
})

/** Joins and links a real node around an engine. Resolves after an abort, when both are closed. */
export function linkNode(
  { edge, joinToken, stateDir }: LinkPlace,
  createEngine: NodeOptions['createEngine'],
  signal: AbortSignal,
): Promise<void> {
  const name = 'bench'
  return runNode(
    {
      edge,
      credential: createCredentialSource({ edge, token: joinToken, name, stateDir, log: benchLog }),
      name,
      version: '0',
      hardware: { os: 'any', arch: 'any', cpu: 'any', cores: availableParallelism(), memoryMiB: 1, gpus: [] },
      createEngine,
      log: benchLog,
    },
    signal,
  )
}
