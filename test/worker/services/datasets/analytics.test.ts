import '../../workerd.ts'
import { describe, expect, it, vi } from 'vitest'
import type { CallEvent, GenerationRequest } from '../../../../shared/generation.ts'
import { type Answered, chatSampling } from '../../../../worker/services/conversations/answering.ts'
import {
  type AnalyticsOptions,
  answerFromDataset,
  MAX_QUERIES,
  MAX_QUERY_TOKENS,
  QUERY_LIMIT_MS,
} from '../../../../worker/services/datasets/analytics.ts'
import type { Dataset } from '../../../../worker/services/datasets/datasets.ts'
import { describeTable } from '../../../../worker/services/datasets/table-description.ts'
import type { Inference } from '../../../../worker/services/inference/inference.ts'
import { COUNT_QUERY } from '../../../support/dataset-query.ts'
import { usage } from '../../samples.ts'

const dataset: Dataset = {
  id: '1',
  accountId: 'ada',
  fileName: 'a.csv',
  sizeBytes: 1,
  encoding: 'utf-8',
  delimiter: ',',
  shortRows: 0,
  rowCount: 2,
  columns: [
    { name: 'region', type: 'text' },
    { name: 'sales', type: 'integer' },
  ],
  preview: {
    headers: ['region', 'sales'],
    rows: [
      ['North "1"\n', '7'],
      ['North "1"\n', ''],
      ['x'.repeat(99), '8'],
    ],
  },
  createdAt: 0,
}
const COUNT = JSON.stringify({ ...COUNT_QUERY, limit: 1 })

/** A pool that writes these texts one after the other, and what it was asked. */
function poolOf(...texts: string[]) {
  const requests: GenerationRequest[] = []
  const inference = {
    async generate(request: GenerationRequest) {
      const text = texts[requests.push(request) - 1] ?? ''
      return (async function* (): AsyncGenerator<CallEvent[], void, void> {
        yield [{ type: 'delta', text, tokens: [1] }]
        yield [{ type: 'end', finishReason: 'stop', usage: usage() }]
      })()
    },
  } as unknown as Inference // the two calls of it that are not made here are left out
  return { inference, requests }
}

async function heard(options: AnalyticsOptions, signal = new AbortController().signal) {
  const prompt = {
    system: [],
    history: Array.from({ length: 9 }, (_, index) => ({ role: 'user' as const, content: `turn ${index}` })),
    asked: [{ role: 'user' as const, content: 'How many?' }],
  }
  const question = {
    accountId: 'ada',
    datasetId: '1',
    prompt,
    options: { model: 'm', sampling: chatSampling(0, 1), maxTokens: 7 },
    caller: { requestId: 'r', accountId: 'ada' },
  }
  const pieces = answerFromDataset(options, question, signal)
  let text = ''
  for (let piece = await pieces.next(); ; piece = await pieces.next()) {
    if (piece.done) return { text, answered: piece.value as Answered }
    text += piece.value
  }
}

const found = async (accountId: string, id: string) =>
  accountId === dataset.accountId && id === dataset.id ? dataset : undefined
const never = new Promise<never>(() => {})

describe('answerFromDataset', () => {
  it('answers with what the database says, and counts the tokens of every query', async () => {
    const { inference, requests } = poolOf('no query', COUNT)
    const query = async () => ({ rows: [[2]], isCut: false })
    expect(await heard({ inference, datasets: { find: found, query } })).toEqual({
      text: 'count = 2',
      answered: {
        finishReason: 'stop',
        usage: { promptTokens: 10, cachedPromptTokens: 0, completionTokens: 4 },
        charts: { type: 'table', labels: ['count'], data: [[2]] },
      },
    })
    expect(requests).toHaveLength(MAX_QUERIES)
    expect(requests[0]).toMatchObject({ maxTokens: MAX_QUERY_TOKENS })
    const [first] = requests
    const shown = first?.prompt.kind === 'chat' ? first.prompt.messages.map(({ content }) => content) : []
    expect(shown.slice(1)).toEqual([...[3, 4, 5, 6, 7, 8].map((turn) => `turn ${turn}`), 'How many?'])
  })

  it('does not wait for a query longer than it may take, and says so', async () => {
    const { inference, requests } = poolOf(COUNT, COUNT)
    const datasets = { find: found, query: () => never }
    const { text, answered } = await heard({ inference, datasets, queryLimitMs: 5 })
    expect(text).toMatch(/cannot be run, because it took longer than 0\.005 seconds\.$/)
    expect(answered).toMatchObject({ finishReason: 'stop', charts: null })
    expect(requests).toHaveLength(MAX_QUERIES)
  })

  it('waits for a query as long as it may take, and not a millisecond longer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const { inference, requests } = poolOf(COUNT, 'no query')
      const asked = Promise.withResolvers<void>()
      const query = () => {
        asked.resolve()
        return never
      }
      const answer = heard({ inference, datasets: { find: found, query } })
      await asked.promise
      await vi.advanceTimersByTimeAsync(QUERY_LIMIT_MS - 1)
      expect(requests).toHaveLength(1)
      await vi.advanceTimersByTimeAsync(1)
      expect(requests).toHaveLength(2)
      expect((await answer).answered.finishReason).toBe('stop')
    } finally {
      vi.useRealTimers()
    }
  })

  it('tells the model what the database refuses, and says it when it is refused again', async () => {
    const { inference, requests } = poolOf(COUNT, COUNT)
    const datasets = { find: found, query: async () => ({ mistake: 'a sum is too large' }) }
    expect((await heard({ inference, datasets })).text).toContain('because a sum is too large.')
    expect(JSON.stringify(requests[1]?.prompt)).toContain('cannot be run: a sum is too large.')
  })

  it('fails when the rows cannot be reached: that is no mistake of the query', async () => {
    const { inference } = poolOf(COUNT)
    const query = async () => {
      throw new RangeError('the object is away')
    }
    await expect(heard({ inference, datasets: { find: found, query } })).rejects.toThrow('the object is away')
  })

  it('leaves a query that runs when nobody waits for it any more', async () => {
    const { inference } = poolOf(COUNT)
    const abort = new AbortController()
    const query = () => {
      abort.abort(new RangeError('nobody is here'))
      return never
    }
    await expect(heard({ inference, datasets: { find: found, query } }, abort.signal)).rejects.toThrow(
      'nobody is here',
    )
  })

  it('knows no dataset of another account', async () => {
    const find = (_accountId: string, id: string) => found('eve', id)
    const { inference, requests } = poolOf(COUNT)
    await expect(heard({ inference, datasets: { find, query: () => never } })).rejects.toMatchObject({
      code: 'not_found',
      message: 'Dataset not found',
    })
    expect(requests).toEqual([])
  })
})

describe('describeTable', () => {
  it('names each column with its type and values, each once, cut, and quoted', () => {
    const text = describeTable(dataset)
    expect(text).toContain(`- "region": text, such as "North \\"1\\"\\n", "${'x'.repeat(40)}"\n`)
    expect(text).toContain('- "sales": whole numbers, such as 7, 8\n')
  })

  it('shows numbers as a query compares them, and says what they are of', () => {
    const columns: Dataset['columns'] = [
      { name: 'price', type: 'integer', decimal: ',', unit: { symbol: '€', isBefore: false }, leftOut: 1 },
    ]
    const rows = [['1.000 €'], ['unknown'], ['NA'], ['5']]
    const text = describeTable({ ...dataset, columns, preview: { rows } })
    expect(text).toContain('- "price": whole numbers in €, such as 1000, 5\n')
  })
})
