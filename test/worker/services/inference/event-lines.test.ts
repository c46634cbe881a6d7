import '../../workerd.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CallEvent } from '../../../../shared/generation.ts'
import {
  encodeEvent,
  KEEP_ALIVE_LINE,
  readEvents,
} from '../../../../worker/services/inference/event-lines.ts'

const delta = (text: string): CallEvent => ({ type: 'delta', text, tokens: [1] })

/** These bytes in chunks of these lengths, the rest in one. */
function streamOf(bytes: Uint8Array, lengths: readonly number[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      let at = 0
      for (const length of lengths) {
        if (at >= bytes.length) break
        controller.enqueue(bytes.slice(at, at + length))
        at += length
      }
      if (at < bytes.length) controller.enqueue(bytes.slice(at))
      controller.close()
    },
  })
}

const join = (parts: Uint8Array[]) => new Uint8Array(parts.flatMap((part) => [...part]))

async function readAll(stream: ReadableStream<Uint8Array>): Promise<CallEvent[]> {
  const found: CallEvent[] = []
  for await (const events of readEvents(stream)) found.push(...events)
  return found
}

describe('readEvents', () => {
  it('reads back what was written, wherever the bytes were cut, also inside of a character', async () => {
    const texts = fc.array(fc.string({ unit: 'binary', maxLength: 12 }), { maxLength: 8 })
    const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 200 })
    await fc.assert(
      fc.asyncProperty(texts, cuts, fc.boolean(), async (written, lengths, silent) => {
        const events = written.map(delta)
        const parts = events.flatMap((event) =>
          silent ? [KEEP_ALIVE_LINE, encodeEvent(event)] : [encodeEvent(event)],
        )
        expect(await readAll(streamOf(join(parts), lengths))).toEqual(events)
      }),
    )
  })

  it.each([1, 2, 3, 5, 7])('reads characters of four bytes in chunks of %i', async (length) => {
    const events = [delta('🦙 漢字 é'), delta('\u2028 "quoted" \\n')]
    const bytes = join(events.map(encodeEvent))
    expect(await readAll(streamOf(bytes, Array(bytes.length).fill(length)))).toEqual(events)
  })

  it('hands over together what has arrived together, and a sign of life as nothing', async () => {
    const rounds: CallEvent[][] = []
    const chunks = [
      join([encodeEvent(delta('a')), encodeEvent(delta('b'))]),
      KEEP_ALIVE_LINE,
      encodeEvent(delta('c')),
    ]
    const stream = streamOf(
      join(chunks),
      chunks.map((chunk) => chunk.length),
    )
    for await (const events of readEvents(stream)) rounds.push(events)
    expect(rounds).toEqual([[delta('a'), delta('b')], [], [delta('c')]])
  })

  it('drops half a line at the end: its writer was cut off', async () => {
    const bytes = join([encodeEvent(delta('a')), encodeEvent(delta('b')).slice(0, -5)])
    expect(await readAll(streamOf(bytes, []))).toEqual([delta('a')])
  })

  it('cancels the stream when its reader leaves', async () => {
    let cancelled = false
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(encodeEvent(delta('x'))),
      cancel: () => {
        cancelled = true
      },
    })
    for await (const events of readEvents(stream)) if (events.length > 0) break
    expect(cancelled).toBe(true)
  })

  it('throws what the stream throws', async () => {
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.error(new Error('cut')),
    })
    await expect(readAll(stream)).rejects.toThrow('cut')
  })
})
