import { Measured } from './measured.ts'

/** How the streams of a step are computed: as one matrix, or one after the other. */
export type BatchShape = 'together' | 'apart'

/** One after the other only where it takes at most so much of the time. */
export const WORTH_CHANGING = 0.95
/** After so many steps what was not chosen is measured anew: contexts grow, and the machine has other work. */
export const RECHECK_STEPS = 1_000

/** Where no step of a single stream was seen yet, so many streams are tried one by one: that shows what one takes. */
export const TRIED_STREAMS = 4

interface Size {
  together: Measured
  apart: Measured
  steps: number
}

/**
 * Learns from how long steps take whether the streams of a context are computed faster together or one by one.
 *
 * On a GPU, and with many streams, together. But on a CPU llama.cpp's kernels for a few rows can be slower than the one for
 * a single row is so many times: with a 135M model in Q8_0 on one thread a token of one stream takes 8 ms, of two streams
 * 30 ms and of four 37 ms (measured). One by one is tried where the time of a single stream promises that it is faster,
 * which on a GPU it never does, and is kept only where it was.
 */
export class BatchShapes {
  readonly #single = new Measured()
  readonly #sizes = new Map<number, Size>()

  /** For a step with one token of each of `streams`. */
  shapeOf(streams: number): BatchShape {
    if (streams < 2) return 'together'
    const { together, apart } = this.#sizeOf(streams)
    if (together.best === undefined) return 'together'
    const single = this.#single.best
    if (single === undefined) return streams <= TRIED_STREAMS ? 'apart' : 'together'
    const ms = apart.best ?? single * streams
    return ms <= together.best * WORTH_CHANGING ? 'apart' : 'together'
  }

  note(streams: number, shape: BatchShape, ms: number): void {
    if (streams < 2) {
      this.#single.note(ms)
      return
    }
    const size = this.#sizeOf(streams)
    size[shape].note(ms)
    if (shape === 'apart') this.#single.note(ms / streams)
    size.steps += 1
    if (size.steps % RECHECK_STEPS === 0) size[shape === 'apart' ? 'together' : 'apart'].forget()
  }

  #sizeOf(streams: number): Size {
    const known = this.#sizes.get(streams)
    if (known !== undefined) return known
    const size = { together: new Measured(), apart: new Measured(), steps: 0 }
    this.#sizes.set(streams, size)
    return size
  }
}
