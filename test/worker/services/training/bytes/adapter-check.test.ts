import { describe, expect, it } from 'vitest'
import { adapterFault, weightsFault } from '../../../../../worker/services/training/bytes/adapter-check.ts'
import { readLines } from '../../../../../worker/services/training/rows/line-slice.ts'
import { adapterFile } from '../adapter-file.ts'

const judge = (head: Uint8Array, sizeBytes = head.byteLength) => adapterFault({ head, sizeBytes }, 'llama')

/** A little generator of its own, so that the same file is mutated in the same ways each time. */
function dice(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state % below
  }
}

function mutated(bytes: Uint8Array, roll: (below: number) => number): Uint8Array {
  const copy = bytes.slice(0, roll(4) === 0 ? roll(bytes.length) : bytes.length)
  for (let count = roll(4); count >= 0 && copy.length > 0; count -= 1) copy[roll(copy.length)] = roll(256)
  return copy
}

describe('an adapter', () => {
  it('is taken as the trainer writes it', () => {
    expect(judge(adapterFile())).toBeUndefined()
  })

  it.each([
    ['of another architecture', adapterFile({ architecture: 'qwen2' }), /architecture "qwen2"/],
    ['that is a model', adapterFile({ type: 'model' }), /no LoRA/],
    ['that is cut off', adapterFile({ cutBytes: 1 }), /cut off/],
    ['that is empty', new Uint8Array(), /cut off/],
    ['that is text', new TextEncoder().encode('hello, this is no file of weights'), /no GGUF/],
  ])('%s is none', (_, file, reason) => {
    expect(judge(file)).toMatch(reason)
  })

  it('that is damaged is judged, and never breaks its judge', () => {
    const roll = dice(7)
    const [file, rows] = [adapterFile(), new TextEncoder().encode('{"text":"a"}\n{"text":"\\u00e9"}\n')]
    let refused = 0
    for (let round = 0; round < 2_000; round += 1) {
      if (judge(mutated(file, roll)) !== undefined) refused += 1
      weightsFault({ head: mutated(file, roll) }, 'llama')
      const start = { offset: 0, lines: 0, type: null, header: null }
      readLines(mutated(rows, roll), { start, isLast: true, method: 'lora' })
    }
    expect(refused).toBeGreaterThan(1_000)
  })
})
