import type { Hardware } from '../shared/node.ts'
import { MIB } from '../shared/units.ts'

/** What is left to the rest of the machine, and to what an estimate leaves out. */
const SHARE = 0.8

/**
 * What models may take when nobody says how much: most of what the system says is available to this process (limits of
 * its container included), or of the GPUs' memory where that is more. Not both: a model lies in one or the other.
 */
export function defaultMemoryMiB(
  { gpus }: Pick<Hardware, 'gpus'>,
  availableBytes: number = process.availableMemory(),
): number {
  const vramMiB = gpus.reduce((sum, gpu) => sum + gpu.vramMiB, 0)
  return Math.floor(Math.max(availableBytes / MIB, vramMiB) * SHARE)
}
