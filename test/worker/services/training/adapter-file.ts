const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A tensor's name and shape. */
export type TensorOf = [name: string, shape: number[]]

/** The two halves of a matrix's change. */
export const pairOf = (name: string, inputs = 8, outputs = 8, rank = 2): TensorOf[] => [
  [`${name}.weight.lora_a`, [inputs, rank]],
  [`${name}.weight.lora_b`, [rank, outputs]],
]

/** Bytes of a number, by ggml's types: of 32 bits, and both of 16. */
const LENGTHS = new Map([
  [0, 4],
  [1, 2],
  [30, 2],
])

/** A GGUF file with texts, numbers and tensors, as small as they come. */
export function ggufFile(
  entries: readonly (readonly [key: string, value: string | number])[],
  tensors: readonly TensorOf[],
  { cutBytes = 0, numberType = 0, isAlphaWhole = false } = {},
): Uint8Array<ArrayBuffer> {
  const bytes: number[] = []
  const number = (value: number, length: number) => {
    for (let index = 0; index < length; index += 1) bytes.push(Math.floor(value / 256 ** index) % 256)
  }
  const text = (value: string) => {
    number(value.length, 8)
    bytes.push(...bytesOf(value))
  }
  bytes.push(...bytesOf('GGUF'))
  number(3, 4)
  number(tensors.length, 8)
  number(entries.length, 8)
  for (const [key, value] of entries) {
    text(key)
    if (typeof value === 'string') {
      number(8, 4)
      text(value)
    } else if (key.endsWith('.alpha') && !isAlphaWhole) {
      number(6, 4)
      bytes.push(...new Uint8Array(Float32Array.of(value).buffer))
    } else {
      number(4, 4)
      number(value, 4)
    }
  }
  let offset = 0
  for (const [name, shape] of tensors) {
    text(name)
    number(shape.length, 4)
    for (const length of shape) number(length, 8)
    number(numberType, 4)
    number(offset, 8)
    const size = shape.reduce((product, length) => product * length, LENGTHS.get(numberType) ?? 4)
    offset += Math.ceil(size / 32) * 32
  }
  while (bytes.length % 32 > 0) bytes.push(0)
  for (let index = 0; index < offset; index += 1) bytes.push(index % 256)
  return Uint8Array.from(bytes.slice(0, bytes.length - cutBytes))
}

interface AdapterWords {
  architecture: string
  cutBytes: number
  type: string
  tensors: readonly TensorOf[]
  alpha: number
  numberType: number
  /** Whether its alpha is written as a whole number, which no loader expects. */
  isAlphaWhole: boolean
  /** Other entries of its header. */
  more: Readonly<Record<string, string | number>>
}

/** A GGUF file with a LoRA adapter in it. */
export function adapterFile({
  architecture = 'llama',
  cutBytes = 0,
  type = 'adapter',
  tensors = pairOf('blk.0.attn_q'),
  alpha = 4,
  numberType = 0,
  isAlphaWhole = false,
  more = {},
}: Partial<AdapterWords> = {}): Uint8Array<ArrayBuffer> {
  const texts = {
    'general.type': type,
    'general.architecture': architecture,
    'adapter.type': 'lora',
    ...more,
  }
  const entries = [...Object.entries(texts), ['adapter.lora.alpha', alpha] as const]
  return ggufFile(entries, tensors, { cutBytes, numberType, isAlphaWhole })
}
