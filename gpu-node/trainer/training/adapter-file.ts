import { rename } from 'node:fs/promises'
import { type MetadataValue, type Tensor, writeGguf } from '../../model-files/gguf-writer.ts'
import type { Ggml } from '../ggml/library.ts'
import { readFloats } from '../ggml/memory.ts'
import type { Parameter } from './parameters.ts'

export interface AdapterFile {
  /** `general.architecture` of the model that it changes. */
  architecture: string
  /** What it is called. */
  name: string
  alpha: number
  parameters: readonly Parameter[]
}

/** A tensor as it is now. */
export function tensorOf(ggml: Ggml, name: string, tensor: bigint): Tensor {
  const [row, rows] = ggml.shapeOf(tensor)
  return {
    name,
    shape: rows === 1 ? [row] : [row, rows],
    type: 'F32',
    data: () => new Uint8Array(readFloats(ggml, tensor).buffer),
  }
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
  await writeGguf(
    unfinished,
    metadata,
    parameters.map((parameter) => tensorOf(ggml, parameter.name, parameter.tensor)),
  )
  await rename(unfinished, path)
}
