import { expect, it } from 'vitest'
import { encodeHead, Q8_0_BLOCK } from '../../../gpu-node/model-files/gguf-writer.ts'
import { randomRows, randomText, unpackedRows } from '../../../scripts/bench/engine/model-maker.ts'

it('writes the head byte for byte as the format says, padded to 32', () => {
  const head = encodeHead({ k: { type: 'uint32', value: 7 } }, [
    { name: 't', shape: [32, 2], type: 'Q8_0', data: () => new Uint8Array(68) },
  ])
  const expected = [
    '47475546 03000000 0100000000000000 0100000000000000',
    '0100000000000000 6b 04000000 07000000',
    '0100000000000000 74 02000000 2000000000000000 0200000000000000 08000000 0000000000000000',
  ]
    .join('')
    .replaceAll(' ', '')
  expect(head.toString('hex').slice(0, expected.length)).toBe(expected)
  expect(head.length % 32).toBe(0)
})

it('starts each tensor on a multiple of 32', () => {
  const tensor = { shape: [32, 1], type: 'Q8_0', data: () => new Uint8Array(34) } as const
  const head = encodeHead({}, [
    { ...tensor, name: 'a' },
    { ...tensor, name: 'b' },
  ])
  const offsetOfB = head.indexOf('b') + 1 + 4 + 2 * 8 + 4
  expect(head.readBigUInt64LE(offsetOfB)).toBe(64n)
})

it('makes rows that keep the size of what they are multiplied with', () => {
  const [inputs, outputs] = [576, 64]
  const rows = randomRows(inputs, outputs, 3)
  const weights: number[] = []
  for (let block = 0; block < rows.length; block += Q8_0_BLOCK.bytes) {
    const half = (rows[block] ?? 0) | ((rows[block + 1] ?? 0) << 8)
    const scale = 2 ** ((half >> 10) - 15)
    for (let index = 2; index < Q8_0_BLOCK.bytes; index += 1) {
      weights.push((((rows[block + index] ?? 0) << 24) >> 24) * scale)
    }
  }
  const deviation = Math.sqrt(weights.reduce((sum, weight) => sum + weight ** 2, 0) / weights.length)
  expect(deviation * Math.sqrt(inputs)).toBeGreaterThan(0.7)
  expect(deviation * Math.sqrt(inputs)).toBeLessThan(1.42)
})

it('unpacks rows into the numbers that they stand for', () => {
  const rows = randomRows(32, 2, 3)
  const numbers = new Float32Array(unpackedRows(rows).buffer)
  expect(numbers).toHaveLength(64)
  const signed = [...rows.subarray(Q8_0_BLOCK.bytes + 2)].map((byte) => (byte << 24) >> 24)
  // 1 / (√32 · 73.9), as a power of two.
  expect([...numbers.subarray(32)]).toEqual(signed.map((weight) => weight * 2 ** -9))
})

it('gives equal texts for equal seeds, and others for others', () => {
  expect(randomText(5, 1)).toBe(randomText(5, 1))
  expect(randomText(5, 1)).not.toBe(randomText(5, 2))
  expect(randomText(5, 1).split(' ')).toHaveLength(5)
})
