const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A GGUF file with a LoRA adapter in it, as small as they come. */
export function adapterFile({
  architecture = 'llama',
  cutBytes = 0,
  type = 'adapter',
} = {}): Uint8Array<ArrayBuffer> {
  const bytes: number[] = []
  const number = (value: number, length: number) => {
    for (let index = 0; index < length; index += 1) bytes.push(Math.floor(value / 256 ** index) % 256)
  }
  const text = (value: string) => {
    number(value.length, 8)
    bytes.push(...bytesOf(value))
  }
  const entry = (key: string, value: string) => {
    text(key)
    number(8, 4)
    text(value)
  }
  const tensor = (name: string, shape: number[], offset: number) => {
    text(name)
    number(shape.length, 4)
    for (const length of shape) number(length, 8)
    number(0, 4)
    number(offset, 8)
  }
  bytes.push(...bytesOf('GGUF'))
  number(3, 4)
  number(2, 8)
  number(3, 8)
  entry('general.type', type)
  entry('general.architecture', architecture)
  entry('adapter.type', 'lora')
  tensor('blk.0.attn_q.weight.lora_a', [8, 2], 0)
  tensor('blk.0.attn_q.weight.lora_b', [2, 8], 64)
  while (bytes.length % 32 > 0) bytes.push(0)
  for (let index = 0; index < 128; index += 1) bytes.push(index)
  return Uint8Array.from(bytes.slice(0, bytes.length - cutBytes))
}
