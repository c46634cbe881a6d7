import type { Hardware } from '../shared/node.ts'
import { MIB } from '../shared/units.ts'

/** The share of memory that models may take; the rest is the machine's, and for what an estimate leaves out. */
const SHARE = 0.8

/**
 * The memory that models may take when nobody says how much: most of what the system says is available to this process
 * (limits of its container included), or of the GPUs' memory where that is more. Not both: a model lies in one or the other.
 */
export function defaultMemoryMiB(
  { gpus }: Pick<Hardware, 'gpus'>,
  availableBytes: number = process.availableMemory(),
): number {
  const vramMiB = gpus.reduce((sum, gpu) => sum + gpu.vramMiB, 0)
  return Math.floor(Math.max(availableBytes / MIB, vramMiB) * SHARE)
}
