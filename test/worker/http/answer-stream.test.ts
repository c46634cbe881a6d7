import '../workerd.ts'
import { describe, expect, it, vi } from 'vitest'
import { AppError } from '../../../shared/errors.ts'
import { type AnswerSpelling, answerResponse } from '../../../worker/http/answer-stream.ts'
import { SSE_KEEP_ALIVE } from '../../../worker/http/sse.ts'
import type { AnswerEvent } from '../../../worker/services/conversations/room-answer.ts'
import { eventually } from '../../support/eventually.ts'

const never = { signal: new AbortController().signal }
const start: AnswerEvent = { type: 'answer.start', messageId: 'm', position: 2, model: 'x' }
const delta = (text: string): AnswerEvent => ({
  type: 'answer.delta',
  position: 2,
  text,
  offset: text.length,
})
const end: AnswerEvent = {
  type: 'answer.end',
  position: 2,
  messageId: 'm',
  state: 'complete',
  finishReason: 'stop',
  model: 'x',
  usage: null,
  totalMs: 1,
  charts: null,
}

const plain: AnswerSpelling = {
  event(event) {
    if (event.type === 'answer.delta') return `${event.text};`
    return event.type === 'answer.end' ? 'end;' : ''
  },
  last: 'done;',
  failure: ({ code, message }) => `${code} ${message};`,
}

type Item = AnswerEvent[] | Error

/** An answer that comes in these lists, and fails where one of them is an error. */
const answerOf = (...items: Item[]) =>
  async function* open() {
    for (const item of items) {
      if (item instanceof Error) throw item
      yield item
    }
  }

/** Everything that a reader hears. */
const heard = async (items: Item[], over: Partial<AnswerSpelling> = {}): Promise<string> => {
  const open = async () => answerOf(...items)()
  return (await answerResponse(open, { ...plain, ...over }, never)).text()
}

describe('an answer as server-sent events', () => {
  it('is spelled event by event, and ends once, with what is said last', async () => {
    expect(await heard([[start], [delta('a'), delta('b')], [delta('c'), end]])).toBe('a;b;c;end;done;')
    expect(await heard([[delta('a')], [end]], { last: '' })).toBe('a;end;')
  })

  it('waits for a spelling that must look something up', async () => {
    const event = async (of: AnswerEvent) => (of.type === 'answer.end' ? 'looked up;' : '')
    expect(await heard([[delta('a')], [end]], { event })).toBe('looked up;done;')
  })

  it('has a comment for a sign of life, or the contract’s own; an event that is not spelled is none', async () => {
    expect(await heard([[], [start], [end]])).toBe(`${SSE_KEEP_ALIVE}end;done;`)
    expect(await heard([[start], [], [end]], { keepAlive: () => 'alive;' })).toBe('alive;end;done;')
  })

  it('begins with what is said first, before there is an answer', async () => {
    const answered = Promise.withResolvers<AnswerEvent[]>()
    const open = async () =>
      (async function* () {
        yield await answered.promise
      })()
    const reader = (await answerResponse(open, { ...plain, first: 'first;' }, never)).body?.getReader()
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('first;')
    answered.resolve([end])
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('end;')
  })
})

describe('an answer that fails', () => {
  const busy = new AppError('no_capacity', 'All busy.')

  it('before its first word is no stream: its failure is thrown', async () => {
    await expect(heard([[start], busy])).rejects.toBe(busy)
    const refused = () => Promise.reject(busy)
    await expect(answerResponse(refused, plain, never)).rejects.toBe(busy)
  })

  it('after it ends with its failure once, and with nothing behind it', async () => {
    expect(await heard([[delta('a')], busy])).toBe('a;no_capacity All busy.;')
    expect(await heard([[], busy])).toBe(`${SSE_KEEP_ALIVE}no_capacity All busy.;`)
    expect(await heard([busy], { first: 'first;' })).toBe('first;no_capacity All busy.;')
  })

  it('by a mistake of ours, in its spelling too, says nothing of it', async () => {
    const lost = () => Promise.reject(new Error('SELECT secret'))
    const event = (of: AnswerEvent) => (of.type === 'answer.end' ? lost() : 'a;')
    const text = await heard([[delta('a')], [end]], { event })
    expect(text).toMatch(/^a;internal [^;]*;$/)
    expect(text).not.toContain('SELECT')
  })
})

describe('a reader who leaves', () => {
  /** An answer that says one thing and then waits until it is left. */
  function endless() {
    const left = vi.fn()
    let given: AbortSignal | undefined
    const open = async (signal: AbortSignal) => {
      given = signal
      return (async function* () {
        try {
          yield [delta('a')]
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
        } finally {
          left()
        }
      })()
    }
    return { open, left, isAborted: () => given?.aborted }
  }

  it('aborts what the answer was opened with, and leaves the answer', async () => {
    const { open, left, isAborted } = endless()
    const reader = (await answerResponse(open, plain, never)).body?.getReader()
    await reader?.read()
    expect(isAborted()).toBe(false)
    await reader?.cancel()
    expect(isAborted()).toBe(true)
    await eventually(() => expect(left).toHaveBeenCalledTimes(1))
  })

  it('whose request is aborted aborts it too', async () => {
    const { open, isAborted } = endless()
    const client = new AbortController()
    await answerResponse(open, plain, { signal: client.signal })
    expect(isAborted()).toBe(false)
    client.abort()
    expect(isAborted()).toBe(true)
  })

  it('before the answer is opened aborts it as well', async () => {
    const opened = Promise.withResolvers<void>()
    let given: AbortSignal | undefined
    const open = async (signal: AbortSignal) => {
      given = signal
      await opened.promise
      return answerOf([end])()
    }
    const body = (await answerResponse(open, plain, never)).body
    await body?.cancel()
    expect(given?.aborted).toBe(true)
    opened.resolve()
  })
})
