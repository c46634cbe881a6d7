import { describe, expect, it } from 'vitest'
import type { CallEvent, GenerationRequest } from '../../../../shared/generation.ts'
import {
  HostedAnswer,
  type HostedEvent,
  type HostedTool,
  MAX_HOSTED_CALLS,
  MAX_HOSTED_TURNS,
} from '../../../../worker/services/responses/hosted-tools.ts'
import { generationRequest, usage } from '../../samples.ts'

const definition = { name: 'web_search', strict: true }
const url = 'https://a.example/'

const tool = (run: HostedTool['run']): HostedTool => ({ kind: 'web_search', definition, run })
const found: HostedTool['run'] = async (query, from) => ({
  ok: true,
  shown: `[${from}] ${query}`,
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

/** Runs an answer whose model says this, turn by turn. */
async function answer(
  turns: (request: GenerationRequest, turn: number) => CallEvent[],
  { run = found, maxCalls = MAX_HOSTED_CALLS }: { run?: HostedTool['run']; maxCalls?: number } = {},
) {
  const requests: GenerationRequest[] = []
  const request = generationRequest({
    prompt: { kind: 'chat', messages: [{ role: 'user', content: 'Hi' }] },
    tools: { definitions: [definition], choice: 'auto', parallel: true },
  })
  const hosted = new HostedAnswer(request, { tools: [tool(run)], maxCalls }, async function* (asked) {
    requests.push(asked)
    yield turns(asked, requests.length)
  })
  const events: (CallEvent | HostedEvent)[] = []
  for await (const some of hosted.stream(new AbortController().signal)) events.push(...some)
  return { events, requests }
}

describe('an answer with tools that are run here', () => {
  it('numbers what all searches find, and adds up the tokens', async () => {
    const { events, requests } = await answer((_, turn) => (turn === 1 ? searching(2) : ending))
    expect(events.map(({ type }) => type)).toEqual([
      ...['hosted.start', 'hosted.end', 'hosted.start', 'hosted.end'],
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
      outcome: { ok: false, shown: 'The search failed.', sources: [] },
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

  it('breaks off with a stream that has no end', async () => {
    await expect(answer(() => [])).rejects.toThrow('The answer broke off.')
  })
})
