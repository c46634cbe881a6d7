import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeBert } from '../../support/bert-file.ts'
import { RunningEngine } from './running-engine.ts'

/** Each line is one meaning. */
const MEANINGS = [['ripe'], ['heron', 'egret', 'bird'], ['engine', 'car', 'wheel'], ['lake', 'water']]

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-vectors-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function engineOf(pooling: 'mean' | 'rank'): Promise<RunningEngine> {
  const path = join(folder, `${pooling}.gguf`)
  await writeBert(path, { pooling, meanings: MEANINGS })
  return await RunningEngine.create({ id: pooling, path })
}

const floatsOf = (base64: string): Float32Array => {
  const bytes = Buffer.from(base64, 'base64')
  return Float32Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4))
}
const product = (one: Float32Array, other: Float32Array): number =>
  one.reduce((sum, value, at) => sum + value * (other[at] ?? 0), 0)

describe('a model whose file says how it pools', () => {
  it('makes vectors of length one, of which those of a like meaning are near', async () => {
    const running = await engineOf('mean')
    try {
      expect(running.engine.models).toMatchObject([
        { id: 'mean', capabilities: ['embed'], architecture: 'bert', embedding: { pooling: 'mean' } },
      ])
      const texts = ['A heron at the lake.', 'An egret in the water.', 'The car has one wheel.']
      const { vectors, end } = await running.embed(texts, 'mean').outcome
      expect(end).toMatchObject({ type: 'call.end', finishReason: 'stop' })
      const [heron, egret, car] = vectors.map(floatsOf)
      if (!heron || !egret || !car) throw new Error('A vector is missing.')
      expect(product(heron, heron)).toBeCloseTo(1, 4)
      expect(product(heron, egret)).toBeGreaterThan(0.95)
      expect(product(heron, car)).toBeLessThan(0.5)
    } finally {
      await running.engine.close()
    }
  })
})

describe('a model whose file says that it ranks', () => {
  it('scores each passage for a question, from 0 to 1, in order', async () => {
    const running = await engineOf('rank')
    try {
      expect(running.engine.models).toMatchObject([{ id: 'rank', capabilities: ['embed'], ranks: true }])
      expect(running.engine.models[0]?.embedding).toBeUndefined()
      const input = ['The wheel of a car.', 'The ripe one.', 'A bird.']
      const { vectors, end } = await running.rank('Which bird?', input, 'rank').outcome
      expect(end).toMatchObject({ type: 'call.end', finishReason: 'stop' })
      const scores = vectors.map((vector) => floatsOf(vector)[0] ?? Number.NaN)
      expect(scores).toHaveLength(3)
      expect(scores.every((score) => score > 0 && score < 1)).toBe(true)
      expect(Math.max(...scores)).toBe(scores[1])
    } finally {
      await running.engine.close()
    }
  })
})
