import { open, rename } from 'node:fs/promises'
import { readGgufFileInfo } from 'node-llama-cpp'
import { type MetadataValue, type Tensor, writeGguf } from '../../model-files/gguf-writer.ts'
import type { Ggml } from '../ggml/library.ts'
import { floatReader, write } from '../ggml/memory.ts'
import { UntrainableWish } from '../model/metadata.ts'
import { floatsIn } from './float-kinds.ts'
import type { Parameter } from './parameters.ts'

export interface AdapterFile {
  /** `general.architecture` of the model that it changes. */
  architecture: string
  /** Its name. */
  name: string
  alpha: number
  parameters: readonly Parameter[]
}

/** A tensor as it is now. */
function tensorOf(ggml: Ggml, name: string, tensor: bigint, read: (tensor: bigint) => Float32Array): Tensor {
  const [row, rows] = ggml.shapeOf(tensor)
  const data = () => {
    const { buffer, byteOffset, byteLength } = read(tensor)
    return new Uint8Array(buffer, byteOffset, byteLength)
  }
  return { name, shape: rows === 1 ? [row] : [row, rows], type: 'F32', data }
}

/** Writes a LoRA adapter as llama.cpp reads it. The file appears whole or not at all. */
export async function writeAdapter(
  ggml: Ggml,
  path: string,
  { architecture, name, alpha, parameters }: AdapterFile,
): Promise<void> {
  const text = (value: string): MetadataValue => ({ type: 'string', value })
  const metadata = {
    'general.type': text('adapter'),
    'general.architecture': text(architecture),
    'general.name': text(name),
    'adapter.type': text('lora'),
    'adapter.lora.alpha': { type: 'float32', value: alpha } as const,
  }
  const unfinished = `${path}.unfinished`
  const read = floatReader(ggml) // each tensor is written before the next one is asked for
  await writeGguf(
    unfinished,
    metadata,
    parameters.map((parameter) => tensorOf(ggml, parameter.name, parameter.tensor, read)),
  )
  await rename(unfinished, path)
}

/** The parameters of an adapter of the same model, rank and targets, in whichever numbers it is kept. Throws before any is changed. */
export async function readAdapter(ggml: Ggml, path: string, parameters: readonly Parameter[]): Promise<void> {
  const info = await readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false })
  const stored = new Map((info.fullTensorInfo ?? []).map((tensor) => [tensor.name, tensor]))
  await using file = await open(path)
  const { size } = await file.stat()
  const places = parameters.map(({ name, tensor }) => {
    const found = stored.get(name)
    const [row, rows] = ggml.shapeOf(tensor)
    const [storedRow, storedRows = 1] = (found?.dimensions ?? []).map(Number)
    const kind = floatsIn(found?.ggmlType)
    const bytes = kind?.bytesOf(row * rows) ?? Number.NaN
    const at = Number(found?.fileOffset)
    const fits = storedRow === row && storedRows === rows && Number.isInteger(bytes) && at + bytes <= size
    if (kind === undefined || !fits)
      throw new UntrainableWish(`The earlier adapter's "${name}" is not of this model, rank and type.`)
    return { tensor, bytes, at, kind }
  })
  if (stored.size !== parameters.length)
    throw new UntrainableWish('The earlier adapter changes more of the model than this job would.')
  for (const { tensor, bytes, at, kind } of places) {
    const data = Buffer.alloc(bytes)
    await file.read(data, 0, bytes, at)
    write(ggml, tensor, kind.read(data))
  }
}
