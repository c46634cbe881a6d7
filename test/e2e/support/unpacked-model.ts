import { readFile, writeFile } from 'node:fs/promises'
import { readGgufFileInfo } from 'node-llama-cpp'
import { floatsIn } from '../../../gpu-node/trainer/training/float-kinds.ts'

const ALIGNMENT = 32
const F32 = 0

/** One tensor of the header. */
interface Entry {
  head: Buffer
  data: Buffer
}

/** Writes a model of floats with all its weights in 32 bits: a file of which every weight can be trained. */
export async function writeUnpacked(from: string, to: string): Promise<void> {
  const bytes = await readFile(from)
  const { tensorInfo = [] } = await readGgufFileInfo(from, { sourceType: 'filesystem', logWarnings: false })
  const [first] = tensorInfo
  if (first === undefined) throw new Error('The model has no tensors.')
  const beginning = bytes.indexOf(text(first.name)) // the values before it have no such name
  let offset = 0
  const entries = tensorInfo.map(({ name, dimensions, ggmlType, fileOffset }): Entry => {
    const count = dimensions.reduce<number>((product, length) => product * Number(length), 1)
    const kind = floatsIn(ggmlType)
    if (kind === undefined) throw new Error(`Weights of type ${ggmlType} are not unpacked.`)
    const at = Number(fileOffset)
    const data = Buffer.from(kind.read(bytes.subarray(at, at + kind.bytesOf(count))).buffer)
    const shape = dimensions.map((length) => uint64(Number(length)))
    const head = Buffer.concat([text(name), uint32(shape.length), ...shape, uint32(F32), uint64(offset)])
    offset += padded(data.length)
    return { head, data: padding(data) }
  })
  const header = Buffer.concat([bytes.subarray(0, beginning), ...entries.map(({ head }) => head)])
  await writeFile(to, Buffer.concat([padding(header), ...entries.map(({ data }) => data)]))
}

const padded = (length: number): number => Math.ceil(length / ALIGNMENT) * ALIGNMENT
const padding = (data: Buffer): Buffer =>
  Buffer.concat([data, Buffer.alloc(padded(data.length) - data.length)])

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeUInt32LE(value)
  return buffer
}

function uint64(value: number): Buffer {
  const buffer = Buffer.alloc(8)
  buffer.writeBigUInt64LE(BigInt(value))
  return buffer
}

const text = (value: string): Buffer => Buffer.concat([uint64(Buffer.byteLength(value)), Buffer.from(value)])
