import { access } from 'node:fs/promises'
import { basename } from 'node:path'
import { type GgufFileInfo, readGgufFileInfo } from 'node-llama-cpp'
import { partsOf } from '../../model-files/parts.ts'
import { Untrainable } from './metadata.ts'

/**
 * The header of a model's file; of one in parts, with the tensors of all of them. Throws `Untrainable` when one of them is
 * missing, or is none.
 */
export async function readHeader(path: string): Promise<GgufFileInfo> {
  for (const part of partsOf(path)) {
    const isThere = await access(part).then(
      () => true,
      () => false,
    )
    if (!isThere) throw new Untrainable(`The model's file "${basename(part)}" is missing.`)
  }
  try {
    return await readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false })
  } catch {
    throw new Untrainable("The header of the model's file cannot be read.")
  }
}
