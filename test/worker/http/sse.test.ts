import '../workerd.ts'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AppError } from '../../../shared/errors.ts'
import { CREDENTIAL_CHECK_MS } from '../../../worker/http/lifeline.ts'
import { HEADERS_WAIT_MS, sseData, sseResponse } from '../../../worker/http/sse.ts'
import { eventually } from '../../support/eventually.ts'

const never = { signal: new AbortController().signal }
const onFailure = (thrown: unknown) => sseData({ error: String(thrown) })

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('sseData', () => {
  it('keeps an event on one line, whatever is in it', () => {
    expect(sseData({ text: 'a\nb\r\n\ndata: x\u2028' })).toBe(
      'data: {"text":"a\\nb\\r\\n\\ndata: x\u2028"}\n\n',
    )
  })
})

describe('sseResponse', () => {
  it('streams what is produced, as an event stream that nobody may store', async () => {
    async function* produce() {
      yield 'a'
      yield 'b'
    }
    const response = await sseResponse(produce, onFailure, never)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-cache')
    expect(await response.text()).toBe('ab')
  })

  it('throws a failure before the first piece: it is still a plain response', async () => {
    async function* produce() {
      yield await Promise.reject<string>(new Error('no'))
    }
    await expect(sseResponse(produce, onFailure, never)).rejects.toThrow('no')
  })

  it('turns a failure after the first piece into an event and the end', async () => {
    async function* produce() {
      yield 'a'
      throw new Error('no')
    }
    const response = await sseResponse(produce, onFailure, never)
    expect(await response.text()).toBe('adata: {"error":"Error: no"}\n\n')
  })

  it('holds its headers back for the first piece, but not longer than the limit', async () => {
    const first = Promise.withResolvers<string>()
    async function* produce() {
      yield await first.promise
    }
    const answered = vi.fn()
    const response = sseResponse(produce, onFailure, never)
    response.then(answered)
    await vi.advanceTimersByTimeAsync(HEADERS_WAIT_MS - 1)
    expect(answered).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(answered).toHaveBeenCalledTimes(1)
    first.resolve('late')
    expect(await (await response).text()).toBe('late')
  })

  it('turns a failure after the headers into an event, also when nothing came before it', async () => {
    const first = Promise.withResolvers<string>()
    async function* produce() {
      yield await first.promise
    }
    const response = sseResponse(produce, onFailure, never)
    await vi.advanceTimersByTimeAsync(HEADERS_WAIT_MS)
    first.reject(new Error('no'))
    expect(await (await response).text()).toBe('data: {"error":"Error: no"}\n\n')
  })

  it('leaves no timer behind', async () => {
    async function* produce() {
      yield 'a'
    }
    await sseResponse(produce, onFailure, never)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('aborts and cleans up a producer that waits, when its reader leaves', async () => {
    let cleaned = false
    async function* produce(signal: AbortSignal) {
      try {
        yield 'a'
        await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      } finally {
        cleaned = true
      }
    }
    const reader = (await sseResponse(produce, onFailure, never)).body?.getReader()
    await reader?.read()
    await reader?.cancel('gone')
    await eventually(() => expect(cleaned).toBe(true))
  })

  it('cleans up a producer that is paused at a piece, when its reader leaves', async () => {
    let cleaned = false
    async function* produce() {
      try {
        while (true) yield 'x'
      } finally {
        cleaned = true
      }
    }
    const reader = (await sseResponse(produce, onFailure, never)).body?.getReader()
    await reader?.read()
    await reader?.cancel()
    await eventually(() => expect(cleaned).toBe(true))
  })

  it('hands the client’s own signal to the producer', async () => {
    const client = new AbortController()
    let seen: AbortSignal | undefined
    async function* produce(signal: AbortSignal) {
      seen = signal
      yield 'a'
    }
    await sseResponse(produce, onFailure, { signal: client.signal })
    expect(seen?.aborted).toBe(false)
    client.abort()
    expect(seen?.aborted).toBe(true)
  })

  it('lets a slow reader slow the producer', async () => {
    let produced = 0
    async function* produce() {
      while (true) {
        produced += 1
        yield 'x'
      }
    }
    const reader = (await sseResponse(produce, onFailure, never)).body?.getReader()
    for (let read = 0; read < 3; read += 1) await reader?.read()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(produced).toBeLessThanOrEqual(5) // what was read, and at most one piece in each of two buffers
    await reader?.cancel()
  })

  it('ends with the refusal of a reader who may no longer have it, and stops the producer', async () => {
    const ended = vi.fn()
    let isGood = true
    async function* produce(signal: AbortSignal) {
      try {
        yield 'a'
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
        yield 'b'
      } finally {
        ended()
      }
    }
    const stillMay = async () => {
      if (!isGood) throw new AppError('unauthenticated', 'The key was revoked.')
    }
    const reader = (await sseResponse(produce, onFailure, { ...never, stillMay })).body?.getReader()
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('a')
    const next = reader?.read()
    await vi.advanceTimersByTimeAsync(CREDENTIAL_CHECK_MS)
    isGood = false
    await vi.advanceTimersByTimeAsync(CREDENTIAL_CHECK_MS)
    expect(new TextDecoder().decode((await next)?.value)).toContain('The key was revoked.')
    expect((await reader?.read())?.done).toBe(true)
    expect(ended).toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('goes on while a database cannot say whether its reader still may', async () => {
    async function* produce() {
      yield 'a'
      await vi.advanceTimersByTimeAsync(CREDENTIAL_CHECK_MS)
      yield 'b'
    }
    const stillMay = () => Promise.reject(new Error('D1 is away'))
    const response = await sseResponse(produce, onFailure, { ...never, stillMay })
    expect(await response.text()).toBe('ab')
  })
})
