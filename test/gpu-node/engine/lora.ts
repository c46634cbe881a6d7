import { type MetadataValue, type Tensor, writeGguf } from '../../../gpu-node/model-files/gguf-writer.ts'
import { STARTER_SHAPE } from './starter-file.ts'

const RANK = 4

export interface LoraOptions {
  /** Equal seeds give equal adapters. */
  seed?: number
  /** How far the second halves are from zero, at which an adapter changes nothing. */
  strength?: number
  metadata?: Record<string, MetadataValue | undefined>
  tensors?: (tensors: Tensor[]) => Tensor[]
}

/** Evenly spread between -size and size. */
function randomNumbers(count: number, seed: number, size: number): Uint8Array {
  // Marsaglia's xorshift32. The seed is mixed, since small ones begin with small numbers.
  let state = Math.imul(seed, 0x9e37_79b1) | 1
  const numbers = Float32Array.from({ length: count }, () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state / 2 ** 31) * size
  })
  return new Uint8Array(numbers.buffer)
}

export const tensor = (name: string, shape: readonly number[], seed = 1, size = 1): Tensor => ({
  name,
  shape,
  type: 'F32',
  data: () =>
    randomNumbers(
      shape.reduce((product, length) => product * length, 1),
      seed,
      size,
    ),
})

/** Writes a real LoRA adapter of the starter model, in the form of llama.cpp's converter. */
export function writeLora(path: string, options: LoraOptions = {}): Promise<void> {
  const { seed = 1, strength = 0, metadata = {}, tensors = (all) => all } = options
  const { layers, width, feedForward } = STARTER_SHAPE
  const pair = (name: string, inputs: number, outputs: number, own: number): Tensor[] => [
    tensor(`${name}.lora_a`, [inputs, RANK], own, 1 / Math.sqrt(inputs)),
    tensor(`${name}.lora_b`, [RANK, outputs], own + 1, strength),
  ]
  const all = Array.from({ length: layers }, (_, layer) => [
    ...pair(`blk.${layer}.attn_q.weight`, width, width, seed * 1_000 + layer * 4),
    ...pair(`blk.${layer}.ffn_down.weight`, feedForward, width, seed * 1_000 + layer * 4 + 2),
  ]).flat()
  const told: Record<string, MetadataValue | undefined> = {
    'general.type': { type: 'string', value: 'adapter' },
    'general.architecture': { type: 'string', value: 'llama' },
    'general.name': { type: 'string', value: 'Random adapter for tests' },
    'adapter.type': { type: 'string', value: 'lora' },
    'adapter.lora.alpha': { type: 'float32', value: RANK },
    ...metadata,
  }
  const entries = Object.entries(told).flatMap(([key, value]) => (value ? [[key, value] as const] : []))
  return writeGguf(path, Object.fromEntries(entries), tensors(all))
}
