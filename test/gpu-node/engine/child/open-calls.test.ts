import { describe, expect, it } from 'vitest'
import { OpenCalls } from '../../../../gpu-node/engine/child/open-calls.ts'
import type { FromChild } from '../../../../gpu-node/engine/messages.ts'

type ChildEvent = Extract<FromChild, { type: 'event' }>['event']

const token = (callId: string): ChildEvent => ({ type: 'step', step: [[callId, 'x', [1]]] })
const end = (callId: string): ChildEvent => ({
  type: 'call.end',
  callId,
  finishReason: 'stop',
  usage: { promptTokens: 1, cachedPromptTokens: 0, completionTokens: 1 },
})

function openCalls(...callIds: string[]): OpenCalls {
  const calls = new OpenCalls()
  for (const callId of callIds) calls.add(callId)
  return calls
}
const suspectsOf = (calls: OpenCalls): string[] =>
  calls.lose().flatMap(({ callId, isSuspect }) => (isSuspect ? [callId] : []))

describe('a process that ends is laid', () => {
  it('on the call that it prepared, and on no other', () => {
    const calls = openCalls('a', 'b', 'c')
    calls.take(token('a'))
    calls.prepare('b')
    expect(calls.lose()).toEqual([
      { callId: 'a', isSuspect: false },
      { callId: 'b', isSuspect: true },
      { callId: 'c', isSuspect: false },
    ])
    expect(calls.size).toBe(0)
  })

  it('on those of which nothing came, when it prepared none', () => {
    const calls = openCalls('a', 'b', 'c', 'd')
    calls.prepare('a')
    calls.prepare(undefined)
    calls.take(token('a'))
    calls.take({ type: 'step', step: [['b', '', [], { unenforced: [] }]] })
    calls.take({ type: 'call.vectors', callId: 'c', start: 0, vectors: ['AACAPw=='] })
    expect(suspectsOf(calls)).toEqual(['b', 'd'])
  })

  it('on all, when something came of all: it cannot be known', () => {
    const calls = openCalls('a', 'b')
    for (const callId of ['a', 'b']) calls.take(token(callId))
    expect(suspectsOf(calls)).toEqual(['a', 'b'])
  })

  it('on none that is over', () => {
    const calls = openCalls('a', 'b', 'c')
    calls.prepare('a')
    calls.take(end('a'))
    calls.take({ type: 'call.error', callId: 'b', code: 'invalid_request', message: 'No.' })
    expect([calls.has('a'), calls.has('b'), calls.size]).toEqual([false, false, 1])
    expect(suspectsOf(calls)).toEqual(['c'])
  })

  it('on nothing that another process ran', () => {
    const calls = openCalls('a')
    calls.prepare('a')
    calls.lose()
    calls.add('b')
    expect(suspectsOf(calls)).toEqual(['b'])
  })
})
