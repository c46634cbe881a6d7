import { beforeAll, expect, it } from 'vitest'
import type { EdgeClient } from './support/edge-client.ts'
import { sharedEdge } from './support/shared-edge.ts'

const REGIONS = ['North', 'South', 'East', 'West']
const ROWS = 5_000

let edge: EdgeClient
let headers: Record<string, string>
beforeAll(async () => {
  edge = await sharedEdge()
  const account = { email: 'ada@example.com', password: 'SecurePass123!', name: 'Ada' }
  await edge.json('/dualquery/api/auth/register', account)
  const { access_token: token } = await edge.json<{ access_token: string }>(
    '/dualquery/api/auth/login',
    account,
  )
  headers = { authorization: `Bearer ${token}` }
})

async function post<Body>(path: string, body: object): Promise<Body> {
  const response = await fetch(`${edge.url}/dualquery${path}`, {
    method: 'POST',
    headers: { ...headers, ...(body instanceof FormData ? {} : { 'content-type': 'application/json' }) },
    body: body instanceof FormData ? body : JSON.stringify(body),
  })
  expect(response.status, `${path} answered ${await response.clone().text()}`).toBe(201)
  return (await response.json()) as Body
}

interface Message {
  content: string
  charts: { type: string; labels: string[]; data: unknown[] } | null
}

it('answers from the rows of an uploaded file, with a query that a real model writes under its grammar', async () => {
  const rows = Array.from({ length: ROWS }, (_, index) => `${REGIONS[index % 4]},${index},${index / 8}`)
  const form = new FormData()
  form.set('file', new File([`region,sales,share\n${rows.join('\n')}\n`], 'sales.csv', { type: 'text/csv' }))
  const dataset = await post<{ _id: string; row_count: number }>('/api/datasets/upload', form)
  expect(dataset.row_count).toBe(ROWS)
  const chat = await post<{ _id: string }>('/api/chats', { title: 'Sales', dataset_id: dataset._id })
  const ask = (content: string) =>
    post<Message>(`/api/chats/${chat._id}/reply`, { content, query_type: 'analytics' })

  // What a tiny model asks is its own affair; that it is a query, and that the answer is its result, is ours.
  const { content, charts } = await ask('How many rows are there?')
  if (charts === null) expect(content).toContain('could not be answered from the dataset')
  else {
    expect(['table', 'bar', 'line', 'pie']).toContain(charts.type)
    expect(charts.data.length).toBeLessThanOrEqual(1_000)
    expect(content).not.toBe('')
  }
})

it('answers a plain question of the same contract', async () => {
  const chat = await post<{ _id: string }>('/api/chats', { title: 'Talk' })
  const answer = await post<Message>(`/api/chats/${chat._id}/reply`, {
    content: 'What is the capital of France?',
    temperature: 0,
  })
  expect(answer.content).toBe('The capital of France is Paris.')
})
