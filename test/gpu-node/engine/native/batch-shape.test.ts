import { describe, expect, it } from 'vitest'
import {
  type BatchShape,
  BatchShapes,
  RECHECK_STEPS,
  TRIED_STREAMS,
  WORTH_CHANGING,
} from '../../../../gpu-node/engine/native/batch-shape.ts'
import { MEASURED_STEPS } from '../../../../gpu-node/engine/native/measured.ts'

/** Milliseconds of a step. */
type Cost = (streams: number, shape: BatchShape) => number

/** Runs steps as they are chosen, and says how each was computed. */
function run(shapes: BatchShapes, streams: number, steps: number, cost: Cost): BatchShape[] {
  return Array.from({ length: steps }, () => {
    const shape = shapes.shapeOf(streams)
    shapes.note(streams, shape, cost(streams, shape))
    return shape
  })
}

/** A single row is cheap, few are dear. */
const cpu: Cost = (streams, shape) => (shape === 'apart' || streams === 1 ? 8 * streams : 26 + 3 * streams)
/** The weights are read once, however many rows there are. */
const gpu: Cost = (streams, shape) => (shape === 'apart' ? 10 * streams : 10)

function knowing(cost: Cost): BatchShapes {
  const shapes = new BatchShapes()
  run(shapes, 1, MEASURED_STEPS, cost)
  return shapes
}

describe('BatchShapes', () => {
  it('finds out what one stream takes where there was none by itself, with few streams and only once', () => {
    const many = new BatchShapes()
    expect(new Set(run(many, TRIED_STREAMS + 1, 10, gpu))).toEqual(new Set(['together']))
    const few = new BatchShapes()
    const ran = run(few, TRIED_STREAMS, 10, gpu)
    expect(ran.filter((shape) => shape === 'apart')).toHaveLength(MEASURED_STEPS)
    expect(new Set(run(few, 2, 10, gpu))).toEqual(new Set(['together']))
  })

  it('computes few streams one by one where that is faster, and many together', () => {
    const shapes = knowing(cpu)
    expect(run(shapes, 2, MEASURED_STEPS + 2, cpu).slice(MEASURED_STEPS)).toEqual(['apart', 'apart'])
    expect(new Set(run(shapes, 8, 10, cpu))).toEqual(new Set(['together']))
  })

  it('never tries one by one on a GPU', () => {
    const shapes = knowing(gpu)
    for (const streams of [2, 4, 16]) {
      expect(new Set(run(shapes, streams, 2 * RECHECK_STEPS, gpu))).toEqual(new Set(['together']))
    }
  })

  it('goes back when one by one is slower than it promised', () => {
    const slower: Cost = (streams, shape) => (shape === 'apart' ? 100 : cpu(streams, shape))
    const shapes = knowing(slower)
    const ran = run(shapes, 2, 20, slower)
    expect(ran.filter((shape) => shape === 'apart')).toHaveLength(MEASURED_STEPS)
    expect(ran.at(-1)).toBe('together')
  })

  it('leaves things as they are when there is little to gain', () => {
    const equal: Cost = (streams, shape) =>
      streams === 1 ? 10 : shape === 'apart' ? 20 : 20 / WORTH_CHANGING - 0.1
    expect(new Set(run(knowing(equal), 2, 20, equal))).toEqual(new Set(['together']))
  })

  it('does not take a step that was slow for once for the speed', () => {
    let step = 0
    const stalling: Cost = (streams, shape) => {
      step += 1
      return cpu(streams, shape) + (step % MEASURED_STEPS === 0 ? 500 : 0)
    }
    const shapes = knowing(stalling)
    expect(run(shapes, 2, MEASURED_STEPS + 5, stalling).at(-1)).toBe('apart')
  })

  it('measures again what it did not choose, and changes when the speeds have', () => {
    const shapes = knowing(cpu)
    run(shapes, 2, RECHECK_STEPS - 1, cpu)
    const improved: Cost = (streams, shape) => (shape === 'together' ? 9 : cpu(streams, shape))
    expect(run(shapes, 2, 2 + MEASURED_STEPS, improved).at(-1)).toBe('together')
  })
})
