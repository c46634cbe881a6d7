import { describe, expect, it } from 'vitest'
import {
  MAX_FOUND,
  MAX_SEARCH_LENGTH,
  MAX_SEARCHED_DOCUMENTS,
  SearchBody,
} from '../../../../../worker/surfaces/openai/schemas/document.ts'
import {
  DeliveryQuery,
  MAX_DELIVERIES_PER_PAGE,
  MAX_DESCRIPTION_LENGTH,
  WebhookRequest,
} from '../../../../../worker/surfaces/openai/schemas/webhook.ts'

const url = 'https://hooks.example.com/in'
const documents = (count: number) => Array.from({ length: count }, (_, index) => `doc-${index}`)

describe('a limit of documents and webhooks lets in what is at it, and nothing beyond', () => {
  it.each([
    ['the question of a search', SearchBody, (at: number) => ({ query: 'q'.repeat(at) }), MAX_SEARCH_LENGTH],
    ['passages of an answer', SearchBody, (at: number) => ({ query: 'q', limit: at }), MAX_FOUND],
    [
      'documents that a search is held to',
      SearchBody,
      (at: number) => ({ query: 'q', document_ids: documents(at) }),
      MAX_SEARCHED_DOCUMENTS,
    ],
    ['messages on a page', DeliveryQuery, (at: number) => ({ limit: String(at) }), MAX_DELIVERIES_PER_PAGE],
    [
      'the words about a webhook',
      WebhookRequest,
      (at: number) => ({ url, description: 'd'.repeat(at) }),
      MAX_DESCRIPTION_LENGTH,
    ],
  ])('%s', (_what, schema, given, most) => {
    const takes = (at: number) => schema.safeParse(given(at)).success
    expect([takes(1), takes(most), takes(most + 1)]).toEqual([true, true, false])
  })

  it('and below it nothing that is none', () => {
    for (const given of [
      { query: ' ' },
      { query: 'q', limit: 0 },
      { query: 'q', document_ids: [] },
      { query: 'q', min_score: 1.1 },
    ])
      expect(SearchBody.safeParse(given).success).toBe(false)
    expect(DeliveryQuery.safeParse({ limit: '0' }).success).toBe(false)
  })
})
