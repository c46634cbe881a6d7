import { describe, expect, it, vi } from 'vitest'
import type { CallEvent, EndEvent, FailureEvent } from '../../../../shared/generation.ts'
import { MAX_UNREAD_BYTES } from '../../../../worker/durable/line-stream.ts'
import { PendingCalls } from '../../../../worker/durable/link/pending-calls.ts'
import { readEvents } from '../../../../worker/services/inference/event-lines.ts'
import { heardOf } from '../../link-calls.ts'
import { usage } from '../../samples.ts'

const delta = (text: string): CallEvent => ({ type: 'delta', text, tokens: [1] })
const end: EndEvent = { type: 'end', finishReason: 'stop', usage: usage() }
const lost: FailureEvent = { type: 'error', code: 'node_failed', message: 'The node was lost.' }

function setUp() {
  const onStop = vi.fn<(callId: string) => void>()
  return { onStop, calls: new PendingCalls(onStop) }
}

describe('PendingCalls', () => {
  it('hands each call its own events, in order, and closes it after its end', async () => {
    const { calls, onStop } = setUp()
    const [a, b] = [calls.open('a'), calls.open('b')]
    expect(calls.deliver('a', delta('1'))).toBe('taken')
    expect(calls.deliver('b', delta('x'))).toBe('taken')
    expect(calls.deliver('a', delta('2'))).toBe('taken')
    expect(calls.end('a', end)).toBe(true)
    expect(calls.end('b', { type: 'error', code: 'internal', message: 'No.' })).toBe(true)
    expect(await heardOf(a)).toEqual([delta('1'), delta('2'), end])
    expect(await heardOf(b)).toEqual([delta('x'), { type: 'error', code: 'internal', message: 'No.' }])
    expect(calls.size).toBe(0)
    expect(onStop).not.toHaveBeenCalled()
  })

  it('ends a call once: what comes later is for a call that is not open', () => {
    const { calls } = setUp()
    calls.open('a')
    expect(calls.end('a', end)).toBe(true)
    expect(calls.end('a', end)).toBe(false)
    expect(calls.deliver('a', delta('late'))).toBe('unknown')
    expect(calls.deliver('never', delta('x'))).toBe('unknown')
  })

  it('stops a call once when its reader leaves, drops what still comes, and frees it at its end', async () => {
    const { calls, onStop } = setUp()
    const stream = calls.open('a')
    await stream.cancel()
    expect(onStop.mock.calls).toEqual([['a']])
    expect(calls.deliver('a', delta('unread'))).toBe('dropped')
    expect(calls.size).toBe(1) // its slot on the node is not free yet
    const again = calls.cancel('a') // a second wish to stop is not a second stop
    expect(calls.end('a', end)).toBe(true)
    expect(await again).toEqual(usage())
    expect(calls.size).toBe(0)
    expect(onStop).toHaveBeenCalledTimes(1)
  })

  it('tells every canceller what was used, and stops the node once', async () => {
    const { calls, onStop } = setUp()
    const events = heardOf(calls.open('a'))
    const [first, second] = [calls.cancel('a'), calls.cancel('a')]
    expect(onStop.mock.calls).toEqual([['a']])
    expect(calls.deliver('a', delta('after the cancel'))).toBe('dropped')
    calls.end('a', { ...end, finishReason: 'cancelled' })
    expect(await first).toEqual(usage())
    expect(await second).toEqual(usage())
    expect(await events).toEqual([{ ...end, finishReason: 'cancelled' }])
  })

  it('tells a canceller nothing was said when the call fails instead', async () => {
    const { calls } = setUp()
    calls.open('a')
    const cancelled = calls.cancel('a')
    calls.end('a', lost)
    expect(await cancelled).toBeNull()
  })

  it('has nothing to cancel where nothing is open', async () => {
    const { calls, onStop } = setUp()
    expect(await calls.cancel('unknown')).toBeNull()
    expect(onStop).not.toHaveBeenCalled()
  })

  it('fails a call whose reader has left without a word', async () => {
    const { calls } = setUp()
    await calls.open('a').cancel()
    expect(calls.end('a', lost)).toBe(true)
    expect(calls.size).toBe(0)
  })

  it('gives a silent call a sign of life, and one that speaks none', async () => {
    const { calls } = setUp()
    const reader = readEvents(calls.open('a'))
    calls.deliver('a', delta('x'))
    calls.keepAlive() // it has spoken since the last round
    calls.keepAlive()
    calls.end('a', end)
    const rounds: CallEvent[][] = []
    for await (const events of reader) rounds.push(events)
    expect(rounds.flat()).toEqual([delta('x'), end])

    const silent = calls.open('b').getReader()
    calls.keepAlive()
    expect(new TextDecoder().decode((await silent.read()).value)).toBe('\n')
  })

  it('gives no sign of life to a reader that has left', async () => {
    const { calls } = setUp()
    await calls.open('a').cancel()
    expect(() => calls.keepAlive()).not.toThrow()
  })

  describe('a reader that does not read', () => {
    /** Delivers whole lines of `bytes` bytes until one is not taken. */
    const lineOf = (bytes: number) => delta('x'.repeat(bytes - JSON.stringify(delta('')).length - 1))

    it('may be behind by the limit, and not by more', () => {
      const { calls, onStop } = setUp()
      calls.open('a')
      expect(calls.deliver('a', lineOf(MAX_UNREAD_BYTES - 1))).toBe('taken')
      expect(calls.deliver('a', delta('within'))).toBe('taken')
      expect(onStop).not.toHaveBeenCalled()
      expect(calls.deliver('a', delta('past'))).toBe('dropped')
      expect(onStop.mock.calls).toEqual([['a']])
    })

    it('gets what it had, then an error, and its call is over when the node says so', async () => {
      const { calls, onStop } = setUp()
      const stream = calls.open('a')
      calls.deliver('a', lineOf(MAX_UNREAD_BYTES))
      for (let count = 0; count < 5; count += 1) calls.deliver('a', delta('past'))
      expect(onStop).toHaveBeenCalledTimes(1)
      expect(calls.end('a', end)).toBe(true)
      const events = await heardOf(stream)
      expect(events.map(({ type }) => type)).toEqual(['delta', 'error'])
      expect(events[1]).toMatchObject({ code: 'cancelled' })
      expect(calls.size).toBe(0)
    })

    it('that reads again in time goes on', async () => {
      const { calls } = setUp()
      const reader = calls.open('a').getReader()
      calls.deliver('a', lineOf(MAX_UNREAD_BYTES))
      await reader.read()
      expect(calls.deliver('a', delta('more'))).toBe('taken')
    })
  })
})
