import { describe, expect, it } from 'vitest'
import type { ResponseHead } from '../../../../worker/services/responses/response-body.ts'
import { itemIds } from '../../../../worker/services/responses/response-plan.ts'
import { type ResponseEvent, ResponseWriter } from '../../../../worker/services/responses/response-writer.ts'
import { lastResponse, responseEvents } from '../../../support/response-events.ts'
import { usage } from '../../samples.ts'

const ID = '6921b2a0ffffffffffffffff'
const head: ResponseHead = {
  id: `resp_${ID}`,
  object: 'response',
  created_at: 1,
  model: 'm',
  background: false,
  store: true,
  instructions: null,
  previous_response_id: null,
  conversation: null,
  metadata: {},
  max_output_tokens: null,
  max_tool_calls: null,
  parallel_tool_calls: true,
  temperature: 1,
  top_p: 1,
  top_logprobs: 0,
  text: { format: { type: 'text' }, verbosity: 'medium' },
  tools: [{ type: 'web_search' }],
  tool_choice: 'auto',
  truncation: 'disabled',
  reasoning: { effort: null, summary: null },
  service_tier: 'default',
  prompt_cache_key: null,
  safety_identifier: null,
  user: null,
}
const url = 'https://a.example/'
const writer = () =>
  new ResponseWriter({
    head,
    itemId: itemIds(ID),
    now: () => 9_000,
    include: ['web_search_call.action.sources'],
  })
const spelled = (events: readonly ResponseEvent[]) =>
  responseEvents(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''))

describe('a written response', () => {
  it('cites the pages of a web search by where their markers stand', () => {
    const writing = writer()
    const sources = [{ kind: 'url', url, title: 'A' }] as const
    const last = lastResponse(
      spelled([
        ...writing.begin(),
        ...writing.take({ type: 'hosted.start', call: { kind: 'web_search', query: 'x' } }),
        ...writing.take({ type: 'hosted.end', outcome: { ok: true, shown: '', sources } }),
        ...writing.take({ type: 'delta', text: 'So [1] and [7]', tokens: [1] }),
        ...writing.take({ type: 'end', finishReason: 'stop', usage: usage() }),
      ]),
    )
    expect(last.output).toMatchObject([
      { type: 'web_search_call', action: { query: 'x', sources: [{ type: 'url', url }] } },
      {
        content: [{ annotations: [{ type: 'url_citation', url, title: 'A', start_index: 3, end_index: 6 }] }],
      },
    ])
  })

  it('that is stopped in the middle of a search says that the search failed', () => {
    const writing = writer()
    const last = lastResponse(
      spelled([
        ...writing.begin(),
        ...writing.take({ type: 'hosted.start', call: { kind: 'web_search', query: 'x' } }),
        ...writing.cancel(),
      ]),
    )
    expect(last).toMatchObject({ status: 'cancelled', output: [{ status: 'failed' }] })
  })

  it('is the same each time that it is written', () => {
    const write = () => {
      const writing = writer()
      return [
        ...writing.queue(),
        ...writing.begin(),
        ...writing.take({ type: 'delta', text: 'Hi', tokens: [1] }),
      ]
    }
    expect(write()).toEqual(write())
  })

  it('has an item without a word where nothing was said', () => {
    const writing = writer()
    const events = [
      ...writing.begin(),
      ...writing.take({ type: 'end', finishReason: 'stop', usage: usage() }),
    ]
    expect(lastResponse(spelled(events)).output).toMatchObject([{ content: [{ text: '' }] }])
  })
})
