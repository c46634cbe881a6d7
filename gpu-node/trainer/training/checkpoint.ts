import { type FileHandle, open, rename } from 'node:fs/promises'
import { z } from 'zod'
import type { Ggml } from '../ggml/library.ts'
import { floatReader, write } from '../ggml/memory.ts'
import type { Parameter } from './parameters.ts'
import { Thrift } from './thrift.ts'

/** Where a run stands, beside its tensors. */
export const Progress = z.object({
  /** Steps taken. */
  step: z.int().min(0),
  epoch: z.int().min(0),
  /** Samples of this epoch that were learned. */
  position: z.int().min(0),
  /** Of the random numbers that make noise… */
  randomState: z.int().min(0),
  /** …and of those that this epoch's order was made from. */
  epochState: z.int().min(0),
  /** Sums differ in their last bits with the number of threads. */
  threads: z.int().min(1),
  /** …and gradients with whether copies are kept, which are rounded. Absent in checkpoints of older nodes. */
  thrift: Thrift.optional(),
  /** Tokens learned, with their repetitions. */
  trainedTokens: z.int().min(0),
  /** The factor of the learning rate, of a run that had to go back. */
  rateFactor: z.number().positive(),
  /** The step that was validated last, and validations since the best one. */
  validatedStep: z.int().min(0),
  worseSince: z.int().min(0),
})
export type Progress = z.infer<typeof Progress>

/** A file that is no checkpoint of this run, in one sentence. */
export class BadCheckpoint extends Error {}

/** The beginning of the file. Not GGUF: nobody else reads it, and a header of our own is read whole or refused at once. */
const MAGIC = Buffer.from('switchyard-checkpoint-1\n')

/** Longest header that is read: a name and a shape for each tensor of a model with thousands. */
export const MAX_HEADER_BYTES = 16 * 1024 * 1024

const Header = z.object({
  progress: Progress,
  tensors: z.array(z.object({ name: z.string(), shape: z.array(z.int().positive()).length(2) })),
})

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
  const parts = parameters.flatMap((parameter) => partsOf(parameter))
  const tensors = parts.map(([name, tensor]) => ({ name, shape: ggml.shapeOf(tensor).slice(0, 2) }))
  const header = Buffer.from(JSON.stringify({ progress, tensors } satisfies z.infer<typeof Header>))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(header.length)
  const unfinished = `${path}.unfinished`
  {
    await using file = await open(unfinished, 'w')
    await file.writeFile(Buffer.concat([MAGIC, length, header]))
    const read = floatReader(ggml)
    for (const [, tensor] of parts) await file.writeFile(read(tensor))
    await file.sync()
  }
  await rename(unfinished, path)
}

/** Where the run of a checkpoint stands. Throws `BadCheckpoint` for what is none. */
export async function readProgress(path: string): Promise<Progress> {
  await using file = await open(path)
  return (await readHeader(file)).progress
}

/** Puts a checkpoint's numbers into the parameters. Throws `BadCheckpoint`, before any is changed, when it does not fit them. */
export async function readCheckpoint(
  ggml: Ggml,
  path: string,
  parameters: readonly Parameter[],
): Promise<Progress> {
  await using file = await open(path)
  const { progress, tensors, end } = await readHeader(file)
  const parts = parameters.flatMap((parameter) => partsOf(parameter))
  const { size } = await file.stat()
  const bytes = parts.reduce((sum, [, tensor]) => sum + ggml.ggml_nbytes(tensor), 0)
  for (const [index, [name, tensor]] of parts.entries()) {
    const stored = tensors[index]
    const [row, rows] = ggml.shapeOf(tensor)
    if (stored?.name !== name || stored.shape[0] !== row || stored.shape[1] !== rows)
      throw new BadCheckpoint(`The checkpoint's "${name}" does not fit this run.`)
  }
  if (tensors.length !== parts.length || size !== end + bytes)
    throw new BadCheckpoint('The checkpoint is cut off, or has more than this run.')
  let at = end
  const memory = Buffer.allocUnsafeSlow(Math.max(...parts.map(([, tensor]) => ggml.ggml_nbytes(tensor))))
  for (const [, tensor] of parts) {
    const data = memory.subarray(0, ggml.ggml_nbytes(tensor))
    await file.read(data, 0, data.length, at)
    write(ggml, tensor, data)
    at += data.length
  }
  return progress
}

/** The numbers of those tensors in a checkpoint whose names `isWanted`. Throws `BadCheckpoint` for what is none. */
export async function readNumbers(
  path: string,
  isWanted: (name: string) => boolean,
): Promise<Map<string, Float32Array>> {
  await using file = await open(path)
  const { tensors, end } = await readHeader(file)
  const numbers = new Map<string, Float32Array>()
  let at = end
  for (const { name, shape } of tensors) {
    const values = new Float32Array((shape[0] ?? 0) * (shape[1] ?? 0))
    if (isWanted(name)) {
      const { bytesRead } = await file.read(new Uint8Array(values.buffer), 0, values.byteLength, at)
      if (bytesRead < values.byteLength) throw new BadCheckpoint('The checkpoint is cut off.')
      numbers.set(name, values)
    }
    at += values.byteLength
  }
  return numbers
}

async function readHeader(file: FileHandle): Promise<z.infer<typeof Header> & { end: number }> {
  const start = Buffer.alloc(MAGIC.length + 4)
  await file.read(start, 0, start.length, 0)
  const length = start.readUInt32LE(MAGIC.length)
  if (!start.subarray(0, MAGIC.length).equals(MAGIC) || length > MAX_HEADER_BYTES)
    throw new BadCheckpoint('The file is not a checkpoint.')
  const text = Buffer.alloc(length)
  await file.read(text, 0, length, start.length)
  const header = Header.safeParse(parseJson(text.toString()))
  if (!header.success) throw new BadCheckpoint("The checkpoint's header cannot be read.")
  return { ...header.data, end: start.length + length }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
