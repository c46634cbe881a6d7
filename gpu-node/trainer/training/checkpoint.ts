import { open, rename } from 'node:fs/promises'
import { readGgufFileInfo } from 'node-llama-cpp'
import { z } from 'zod'
import { writeGguf } from '../../model-files/gguf-writer.ts'
import type { Ggml } from '../ggml/library.ts'
import { write } from '../ggml/memory.ts'
import { tensorOf } from './adapter-file.ts'
import type { Parameter } from './parameters.ts'

/** Where a run stands, beside its tensors. */
export const Progress = z.object({
  /** Steps taken. */
  step: z.int().min(0),
  epoch: z.int().min(0),
  /** Samples of this epoch that were learned. */
  position: z.int().min(0),
  /** Of the random numbers that order samples and make noise. */
  randomState: z.int().min(0),
  /** Sums differ in their last bits with the number of threads. */
  threads: z.int().min(1),
  /** Tokens learned, with their repetitions. */
  trainedTokens: z.int().min(0),
})
export type Progress = z.infer<typeof Progress>

/** A file that is no checkpoint of this run, in one sentence. */
export class BadCheckpoint extends Error {}

const KIND = 'checkpoint'
const PROGRESS_KEY = 'training.progress'

/** A parameter's tensors that a run goes on from; gradients are zero between steps. */
const partsOf = ({ name, tensor, mean, variance }: Parameter) =>
  [
    [name, tensor],
    [`${name}.mean`, mean],
    [`${name}.variance`, variance],
  ] as const

/** Writes everything that a run needs to go on as if it had not been interrupted. The file appears whole or not at all. */
export async function writeCheckpoint(
  ggml: Ggml,
  path: string,
  parameters: readonly Parameter[],
  progress: Progress,
): Promise<void> {
  const unfinished = `${path}.unfinished`
  await writeGguf(
    unfinished,
    {
      'general.type': { type: 'string', value: KIND },
      'general.architecture': { type: 'string', value: KIND },
      [PROGRESS_KEY]: { type: 'string', value: JSON.stringify(progress) },
    },
    parameters.flatMap((parameter) =>
      partsOf(parameter).map(([name, tensor]) => tensorOf(ggml, name, tensor)),
    ),
  )
  await rename(unfinished, path)
}

const Header = z.object({
  metadata: z.object({
    general: z.object({ type: z.literal(KIND) }),
    training: z.object({ progress: z.string() }),
  }),
  fullTensorInfo: z.array(
    z.object({
      name: z.string(),
      dimensions: z.array(z.coerce.number()),
      ggmlType: z.literal(0),
      fileOffset: z.coerce.number(),
    }),
  ),
})

/** Puts a checkpoint's numbers into the parameters. Throws `BadCheckpoint`, before any is changed, when it does not fit them. */
export async function readCheckpoint(
  ggml: Ggml,
  path: string,
  parameters: readonly Parameter[],
): Promise<Progress> {
  const header = Header.safeParse(
    await readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false }).catch(() => undefined),
  )
  if (!header.success) throw new BadCheckpoint('The file is not a checkpoint.')
  const { metadata, fullTensorInfo } = header.data
  const progress = Progress.safeParse(parseJson(metadata.training.progress))
  if (!progress.success) throw new BadCheckpoint('The checkpoint does not say where its run stood.')
  const stored = new Map(fullTensorInfo.map((tensor) => [tensor.name, tensor]))
  await using file = await open(path)
  const { size } = await file.stat()
  const places = parameters
    .flatMap((parameter) => partsOf(parameter))
    .map(([name, tensor]) => {
      const found = stored.get(name)
      const [row, rows] = ggml.shapeOf(tensor)
      const [storedRow, storedRows = 1] = found?.dimensions ?? []
      if (found === undefined || storedRow !== row || storedRows !== rows)
        throw new BadCheckpoint(`The checkpoint's "${name}" does not fit this run.`)
      const bytes = ggml.ggml_nbytes(tensor)
      if (!(found.fileOffset >= 0 && found.fileOffset + bytes <= size))
        throw new BadCheckpoint('The checkpoint is cut off.')
      return { tensor, bytes, at: found.fileOffset }
    })
  for (const { tensor, bytes, at } of places) {
    const data = Buffer.allocUnsafe(bytes)
    await file.read(data, 0, bytes, at)
    write(ggml, tensor, data)
  }
  return progress.data
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
