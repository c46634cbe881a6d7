import { SELF } from 'cloudflare:test'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { RERANKED_PASSAGES } from '../../../../worker/durable/library/reranker.ts'
import { newAccount, requestInit } from '../../../contracts/contract-client.ts'
import { modelHolding } from '../../../support/frames.ts'
import { createWorld, type TestNode, type World } from '../../world.ts'
import { shelf } from './shelf.ts'

let world: World
const nodes: TestNode[] = []
beforeAll(async () => {
  world = await createWorld()
})
afterEach(async () => {
  for (const node of nodes.splice(0)) {
    node.close()
    await node.closed
  }
})

const base64Of = (score: number) =>
  btoa(String.fromCharCode(...new Uint8Array(Float32Array.of(score).buffer)))

const USAGE = { promptTokens: 1, completionTokens: 0, cachedPromptTokens: 0 }

/** A node with a model that finds passages the better the later in the year they are. */
async function rankingNode(id: string, { ranks = true, fails = false } = {}) {
  const model = modelHolding({ id, capabilities: ['embed'], ...(ranks && { ranks }) })
  const node = await world.addNode({ models: [model] })
  nodes.push(node)
  const asked: { question: string | undefined; passages: number }[] = []
  const answer = async () => {
    for (;;) {
      const { callId, request } = await node.next('embedding.start')
      asked.push({ question: request.rankedFor, passages: request.input.length })
      if (fails) {
        node.send({ type: 'call.error', callId, code: 'invalid_request', message: 'It cannot.' })
        continue
      }
      const vectors = request.input.map((text) => base64Of(/May/.test(String(text)) ? 0.9 : 0.1))
      node.send({ type: 'call.vectors', callId, start: 0, vectors })
      node.send({ type: 'call.end', callId, finishReason: 'stop', usage: USAGE })
    }
  }
  answer().catch(() => {})
  return { node, asked }
}

/** Of two herons, words prefer the first; who ranks, the second. */
async function herons() {
  const shelved = shelf()
  const first = await shelved.put('A heron, and a heron again.')
  const second = await shelved.put('A heron was at the lake in May, with its young ones, and went.')
  return { ...shelved, first, second }
}

describe('a search that is reranked', () => {
  it('is in the order of a model that is made for it, with its scores, where that is asked for', async () => {
    const { asked } = await rankingNode('a-ranker')
    const { first, second, search } = await herons()
    const plain = await search('heron')
    expect(plain.results.map(({ documentId }) => documentId)).toEqual([first, second])
    expect(asked).toEqual([])
    const { results, foundBy } = await search('heron', { isReranked: true })
    expect(foundBy).toEqual(['bm25', 'ranking:a-ranker'])
    expect(results.map(({ documentId }) => documentId)).toEqual([second, first])
    expect(results.map(({ score }) => score)).toEqual([expect.closeTo(0.9, 5), expect.closeTo(0.1, 5)])
    expect(asked).toEqual([{ question: 'heron', passages: 2 }])
  })

  it('looks at more than it answers with, and leaves out what scores less than is asked for', async () => {
    const { asked } = await rankingNode('b-ranker')
    const { put, search } = shelf()
    for (let count = 0; count < RERANKED_PASSAGES; count += 1) await put(`A heron ${count}.`)
    const last = await put('A heron was at the lake in May, with its young ones, and went away again.')
    const one = await search('heron', { isReranked: true, limit: 1 })
    expect(asked[0]?.passages).toBe(RERANKED_PASSAGES)
    expect(one.results).toHaveLength(1)
    const best = await search('heron May', { isReranked: true, minScore: 0.5 })
    expect(best.results.map(({ documentId }) => documentId)).toEqual([last])
    const none = await search('heron', { isReranked: true, minScore: 1 })
    expect(none).toMatchObject({ results: [], reason: 'none_matches' })
  })

  it('stays as it was found, and says so, where no model ranks or it fails', async () => {
    const { asked } = await rankingNode('a-chat-model', { ranks: false })
    const { first, second, search } = await herons()
    const order = async () => {
      const { results, foundBy } = await search('heron', { isReranked: true })
      return [foundBy, results.map(({ documentId }) => documentId)]
    }
    expect(await order()).toEqual([['bm25'], [first, second]])
    expect(asked).toEqual([])
    const failing = await rankingNode('c-ranker', { fails: true })
    await expect.poll(async () => (await order()) && failing.asked.length).toBeGreaterThan(0)
    expect(await order()).toEqual([['bm25'], [first, second]])
  })

  it('is asked for by a search of documents, and by a ranker of a vector store', async () => {
    const { asked } = await rankingNode('d-ranker')
    const { token } = await newAccount({ roles: ['admin'] })
    const post = async (path: string, body: unknown): Promise<Record<string, unknown>> => {
      const response = await SELF.fetch(`http://localhost/v1/${path}`, requestInit({ token, body }))
      expect(response.status).toBe(200)
      return (await response.json()) as Record<string, unknown>
    }
    const form = new FormData()
    form.append('purpose', 'assistants')
    form.append('file', new File(['A heron was here in May.'], 'a.txt'))
    const init = { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: form }
    const file = (await (await SELF.fetch('http://localhost/v1/files', init)).json()) as { id: string }
    expect(await post('documents/search', { query: 'heron' })).toMatchObject({ found_by: ['bm25'] })
    expect(await post('documents/search', { query: 'heron', rerank: true })).toMatchObject({
      found_by: ['bm25', 'ranking:d-ranker'],
    })
    const { id } = await post('vector_stores', { file_ids: [file.id] })
    const search = (ranker?: string) =>
      post(`vector_stores/${id}/search`, { query: 'heron', ...(ranker && { ranking_options: { ranker } }) })
    const before = asked.length
    await search()
    await search('none')
    expect(asked).toHaveLength(before)
    expect(await search('auto')).toMatchObject({ data: [{ score: expect.closeTo(0.9, 5) }] })
    expect(asked).toHaveLength(before + 1)
  })
})
