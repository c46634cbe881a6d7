import { describe, expect, it, vi } from 'vitest'
import type { CallEvent, GenerationRequest } from '../../../../../shared/generation.ts'
import { KEEP_ALIVE_MS } from '../../../../../worker/services/inference/event-lines.ts'
import {
  HostedAnswer,
  type HostedTool,
  MAX_HOSTED_CALLS,
  MAX_HOSTED_TURNS,
} from '../../../../../worker/services/responses/hosted/hosted-answer.ts'
import type {
  HostedCall,
  HostedEvent,
} from '../../../../../worker/services/responses/hosted/hosted-events.ts'
import { generationRequest, usage } from '../../../samples.ts'

const definition = { name: 'web_search', strict: true }
const url = 'https://a.example/'

const queryIn = (text: string): HostedCall | undefined =>
  text === '{"query":"x"}' ? { kind: 'web_search', query: 'x' } : undefined
const tool = (run: HostedTool['run'], over: Partial<HostedTool> = {}): HostedTool => ({
  definition,
  told: queryIn,
  expected: 'Something else is expected.',
  mayRepeat: true,
  run,
  ...over,
})
const found: HostedTool['run'] = async (call, from) => ({
  ok: true,
  shown: `[${from}] ${'query' in call ? call.query : ''}`,
  sources: [{ kind: 'url', url, title: 'A' }],
})

const searching = (times = 1): CallEvent[] => [
  ...Array.from(
    { length: times },
    (_, index): CallEvent => ({
      type: 'delta',
      text: '',
      tokens: [index],
      extra: { toolCalls: [{ index, name: 'web_search', arguments: '{"query":"x"}' }] },
    }),
  ),
  { type: 'end', finishReason: 'tool_calls', usage: usage() },
]
const ending: CallEvent[] = [
  { type: 'delta', text: 'Done', tokens: [1] },
  { type: 'end', finishReason: 'stop', usage: usage() },
]

interface Options {
  run?: HostedTool['run']
  over?: Partial<HostedTool>
  maxCalls?: number
  before?: (CallEvent | HostedEvent)[]
  approved?: { id: string; name: string; arguments: string; approvalRequestId: string }[]
}

/** Runs an answer whose model says this, turn by turn; perhaps behind what an earlier life has told. */
async function answer(
  turns: (request: GenerationRequest, turn: number) => CallEvent[],
  { run = found, over = {}, maxCalls = MAX_HOSTED_CALLS, before = [], approved = [] }: Options = {},
) {
  const requests: GenerationRequest[] = []
  const request = generationRequest({
    prompt: { kind: 'chat', messages: [{ role: 'user', content: 'Hi' }] },
    tools: { definitions: [definition], choice: 'auto', parallel: true },
  })
  const ask = async function* (asked: GenerationRequest) {
    requests.push(asked)
    yield turns(asked, requests.length)
  }
  const hosted = new HostedAnswer(request, { tools: [tool(run, over)], maxCalls, approved }, ask, before)
  const events: (CallEvent | HostedEvent)[] = []
  for await (const some of hosted.stream(new AbortController().signal)) events.push(...some)
  return { events, requests }
}

describe('an answer with tools that are run here', () => {
  it('numbers what all searches find, and adds up the tokens', async () => {
    const { events, requests } = await answer((_, turn) => (turn === 1 ? searching(2) : ending))
    expect(events.map(({ type }) => type)).toEqual([
      ...['hosted.turn', 'hosted.start', 'hosted.end', 'hosted.start', 'hosted.end'],
      ...['delta', 'end'],
    ])
    expect(requests[1]?.prompt).toMatchObject({
      messages: [{}, { role: 'assistant' }, { content: '[1] x' }, { content: '[2] x' }],
    })
    expect(events.at(-1)).toMatchObject({ usage: { promptTokens: 10, completionTokens: 4 } })
  })

  it('goes on when a search throws, and tells nothing of what was not meant for the caller', async () => {
    const run = async () => {
      throw new Error('secret')
    }
    const { events, requests } = await answer((_, turn) => (turn === 1 ? searching() : ending), { run })
    expect(events).toContainEqual({
      type: 'hosted.end',
      outcome: { ok: false, shown: 'The tool failed.', sources: [] },
    })
    expect(JSON.stringify(requests)).not.toContain('secret')
  })

  it(`runs at most ${MAX_HOSTED_CALLS} calls`, async () => {
    let calls = 0
    const run: HostedTool['run'] = (...given) => {
      calls += 1
      return found(...given)
    }
    const { requests } = await answer((_, turn) => (turn === 1 ? searching(MAX_HOSTED_CALLS + 1) : ending), {
      run,
    })
    expect(calls).toBe(MAX_HOSTED_CALLS)
    expect(requests.at(-1)?.tools).toBeUndefined()
  })

  it(`asks the model at most ${MAX_HOSTED_TURNS} times: the last answers without tools`, async () => {
    const { requests } = await answer((request) => (request.tools ? searching() : ending))
    expect(requests).toHaveLength(MAX_HOSTED_TURNS)
  })

  it('shows signs of life while a tool works', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const work = Promise.withResolvers<Awaited<ReturnType<typeof found>>>()
      const request = generationRequest({
        tools: { definitions: [definition], choice: 'auto', parallel: true },
      })
      const turns = [searching(), ending]
      const ask = async function* () {
        yield turns.shift() ?? []
      }
      const hosted = new HostedAnswer(request, { tools: [tool(() => work.promise)], maxCalls: 1 }, ask)
      const stream = hosted.stream(new AbortController().signal)
      for (const type of ['hosted.turn', 'hosted.start'])
        expect(await stream.next()).toMatchObject({ value: [{ type }] })
      for (let signs = 0; signs < 2; signs += 1) {
        const next = stream.next()
        await vi.advanceTimersByTimeAsync(KEEP_ALIVE_MS)
        expect(await next).toEqual({ done: false, value: [] })
      }
      const next = stream.next()
      work.resolve({ ok: true, shown: 'Found.', sources: [] })
      expect(await next).toMatchObject({ value: [{ type: 'hosted.end', outcome: { shown: 'Found.' } }] })
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  it('breaks off with a stream that has no end', async () => {
    await expect(answer(() => [])).rejects.toThrow('The answer broke off.')
  })

  it('goes on from any event of an earlier life, and does nothing twice that was done', async () => {
    const say = (_: GenerationRequest, turn: number) => (turn === 1 ? searching(2) : ending)
    const whole = await answer(say)
    for (let at = 1; at < whole.events.length; at += 1) {
      const before = whole.events.slice(0, at)
      const done = before.filter(({ type }) => type === 'hosted.end').length
      let calls = 0
      const run: HostedTool['run'] = (...given) => {
        calls += 1
        return found(...given)
      }
      const { events, requests } = await answer(() => ending, { before, run })
      expect(calls, `after ${at}`).toBe(2 - done)
      expect([...before, ...events].filter(({ type }) => type === 'hosted.start')).toHaveLength(2)
      const last = requests.at(-1)
      expect(last?.prompt).toEqual(whole.requests.at(-1)?.prompt)
      expect(last?.resume, `after ${at}`).toEqual(before.at(-1)?.type === 'delta' ? [1] : undefined)
      expect(events.at(-1)).toMatchObject({ usage: { promptTokens: 10 } })
    }
  })

  it('does not do again what may have been done, where that is no reading', async () => {
    const whole = await answer((_, turn) => (turn === 1 ? searching() : ending))
    const begun = whole.events.findIndex(({ type }) => type === 'hosted.start') + 1
    const run = () => Promise.reject(new Error('not again'))
    const { events } = await answer(() => ending, {
      before: whole.events.slice(0, begun),
      run,
      over: { mayRepeat: false },
    })
    expect(events[0]).toMatchObject({
      type: 'hosted.end',
      outcome: { ok: false, shown: expect.stringMatching(/interrupted/) },
    })
  })

  const told = (text: string): HostedCall => ({
    ...{ kind: 'mcp', label: 'desk', name: 'close', arguments: text, approvalRequestId: null },
  })

  it('ends with the calls that wait for a person, of which none is done', async () => {
    const run = () => Promise.reject(new Error('not yet'))
    const { events, requests } = await answer(() => searching(), { run, over: { told, needsApproval: true } })
    expect(events.map(({ type }) => type)).toEqual(['hosted.turn', 'hosted.approval', 'end'])
    expect(requests).toHaveLength(1)
  })

  it('does first what a person has approved', async () => {
    const approved = [{ id: 'a', name: 'web_search', arguments: '{}', approvalRequestId: 'mcpr_1' }]
    const { events, requests } = await answer(() => ending, { approved, over: { told, needsApproval: true } })
    expect(events.map(({ type }) => type)).toEqual([
      'hosted.turn',
      'hosted.start',
      'hosted.end',
      'delta',
      'end',
    ])
    expect(requests[0]?.prompt).toMatchObject({
      messages: [{}, { role: 'assistant', toolCalls: [{ id: 'a' }] }, { role: 'tool', toolCallId: 'a' }],
    })
  })
})
