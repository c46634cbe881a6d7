import { open } from 'node:fs/promises'
import { GgmlType, readGgufFileInfo } from 'node-llama-cpp'
import { type Tensor, writeGguf } from '../../gpu-node/model-files/gguf-writer.ts'
import type { Shape } from './llama-metadata.ts'
import { metadataOf } from './model.ts'
import type { Vocabulary } from './tokenizer.ts'

/** Bits of a float of 32 as one of 16 (IEEE 754), to the nearest. */
function halves(values: Float32Array): Uint8Array {
  return new Uint8Array(Float16Array.from(values).buffer)
}

export interface ExportOptions {
  /** A model in 32 bits. */
  from: string
  to: string
  shape: Shape
  vocabulary: Vocabulary
  /** Numbers that take the place of the model's own, by the names of tensors. */
  numbers?: ReadonlyMap<string, Float32Array>
}

/** Writes a trained model with its matrices in 16 bits; vectors stay as they are, as llama.cpp wants it. */
export async function exportModel({ from, to, shape, vocabulary, numbers }: ExportOptions): Promise<void> {
  const info = await readGgufFileInfo(from, { sourceType: 'filesystem', logWarnings: false })
  await using file = await open(from)
  const tensors: Tensor[] = []
  for (const { name, dimensions, ggmlType, filePart: _part, fileOffset } of info.fullTensorInfo ?? []) {
    if (ggmlType !== GgmlType.F32) throw new TypeError(`"${name}" is not in 32 bits.`)
    const sizes = dimensions.map(Number)
    const count = sizes.reduce((product, size) => product * size, 1)
    const own = new Float32Array(count)
    await file.read(new Uint8Array(own.buffer), 0, own.byteLength, Number(fileOffset))
    const values = numbers?.get(name) ?? own
    if (values.length !== count) throw new TypeError(`"${name}" has another size.`)
    const isMatrix = sizes.length > 1
    tensors.push({
      name,
      shape: sizes,
      type: isMatrix ? 'F16' : 'F32',
      data: () => (isMatrix ? halves(values) : new Uint8Array(values.buffer)),
    })
  }
  await writeGguf(to, metadataOf(shape, vocabulary, 'F16'), tensors)
}
