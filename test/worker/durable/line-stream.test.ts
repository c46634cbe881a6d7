import '../workerd.ts'
import { describe, expect, it, vi } from 'vitest'
import { LineStream, MAX_UNREAD_BYTES } from '../../../worker/durable/line-stream.ts'
import { readEvents } from '../../../worker/services/inference/event-lines.ts'

interface Word {
  word: string
}

/** An event whose line has this many bytes, its line break included. */
const wordOf = (bytes: number): Word => ({
  word: 'x'.repeat(bytes - JSON.stringify({ word: '' }).length - 1),
})

function setUp() {
  const onLeave = vi.fn(() => {})
  return { onLeave, lines: new LineStream<Word>(onLeave) }
}

/** Everything that a reader gets of a stream that has been closed. */
async function readAll({ readable }: LineStream<Word>): Promise<Word[]> {
  const found: Word[] = []
  for await (const events of readEvents<Word>(readable)) found.push(...events)
  return found
}

describe('a stream of lines', () => {
  it('gives its reader what was written, in order, and its end behind it', async () => {
    const { lines, onLeave } = setUp()
    expect([lines.write({ word: 'a' }), lines.write({ word: 'b' })]).toEqual([true, true])
    lines.close({ word: 'last' })
    expect(await readAll(lines)).toEqual([{ word: 'a' }, { word: 'b' }, { word: 'last' }])
    expect(onLeave).not.toHaveBeenCalled()
  })

  it('takes an event as long as less than the limit waits, and then none', () => {
    const { lines } = setUp()
    expect(lines.write(wordOf(MAX_UNREAD_BYTES - 1))).toBe(true)
    expect(lines.write({ word: 'within' })).toBe(true)
    expect(lines.write({ word: 'past' })).toBe(false)
    const full = setUp().lines
    expect(full.write(wordOf(MAX_UNREAD_BYTES))).toBe(true)
    expect(full.write({ word: 'past' })).toBe(false)
  })

  it('takes events again when its reader has caught up', async () => {
    const { lines } = setUp()
    lines.write(wordOf(MAX_UNREAD_BYTES))
    await lines.readable.getReader().read()
    expect(lines.write({ word: 'more' })).toBe(true)
  })

  it('has room for a last event, however much waits', async () => {
    const { lines } = setUp()
    const long = wordOf(MAX_UNREAD_BYTES)
    lines.write(long)
    lines.close({ word: 'last' })
    expect(await readAll(lines)).toEqual([long, { word: 'last' }])
  })

  it('says once that its reader has left, and then takes nothing more', async () => {
    const { lines, onLeave } = setUp()
    await lines.readable.cancel()
    expect(onLeave).toHaveBeenCalledOnce()
    expect(lines.write({ word: 'unread' })).toBe(false)
    expect(() => lines.keepAlive()).not.toThrow()
    expect(() => lines.close({ word: 'last' })).not.toThrow()
    expect(onLeave).toHaveBeenCalledOnce()
  })

  it('that was closed is left by nobody and takes nothing more', async () => {
    const { lines, onLeave } = setUp()
    lines.write({ word: 'a' })
    lines.close()
    lines.close({ word: 'twice' })
    expect(lines.write({ word: 'late' })).toBe(false)
    lines.keepAlive()
    await lines.readable.cancel()
    expect(onLeave).not.toHaveBeenCalled()
  })

  it('gives a sign of life in a round in which nothing was written, and in no other', async () => {
    const { lines } = setUp()
    const reader = lines.readable.getReader()
    const next = async () => new TextDecoder().decode((await reader.read()).value)
    lines.keepAlive()
    expect(await next()).toBe('\n')
    lines.write({ word: 'a' })
    lines.keepAlive() // it has spoken since the last round
    lines.keepAlive()
    lines.close()
    expect([await next(), await next(), await next()].join('')).toBe('{"word":"a"}\n\n')
  })
})
