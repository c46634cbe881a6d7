import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { generatedProgram, seeded } from '../../scripts/bench/advising/generated.ts'
import { sendRows } from '../../scripts/programs/import.ts'
import { writeBert } from '../support/bert-file.ts'
import { Stack } from './support/stack.ts'
import { until } from './support/until.ts'

/** Each line is one meaning: no word of a text is another's, and still they mean the same. */
const MEANINGS = [['ripe'], ['heron', 'egret', 'biology'], ['engine', 'wheel'], ['lake', 'water']]
const PATIENCE = { limitMs: 60_000, intervalMs: 1_000 }

let stack: Stack
beforeAll(async () => {
  stack = await Stack.start()
  const folder = await stack.folder()
  const [embedder, ranker] = [join(folder, 'embedder.gguf'), join(folder, 'ranker.gguf')]
  await writeBert(embedder, { pooling: 'mean', meanings: MEANINGS })
  await writeBert(ranker, { pooling: 'rank', meanings: MEANINGS })
  const flags = ['--model', `ranker=${ranker}`, '--tasks', '0']
  await stack.addNode({ name: 'vectors', model: `embedder=${embedder}`, flags })
}, 90_000)
afterAll(() => stack.close())

interface Found {
  found_by: string[]
  data: { filename: string }[]
}

async function upload(name: string, text: string): Promise<void> {
  const body = new FormData()
  body.append('purpose', 'assistants')
  body.append('file', new File([text], name))
  const headers = { authorization: `Bearer ${stack.key}` }
  const response = await fetch(`${stack.url}/v1/files`, { method: 'POST', headers, body })
  expect(await response.json()).toMatchObject({ status: 'processed' })
}

it('documents are found by what they mean, and judged by a model that ranks', {
  timeout: 90_000,
}, async () => {
  await upload('egret.txt', 'An egret stands in shallow water.')
  await upload('wheel.txt', 'The ripe engine has one wheel.')
  const search = (more: object = {}) =>
    stack.json<Found>('/v1/documents/search', { query: 'heron lake', ...more })
  await until(async () => {
    const { found_by, data } = await search()
    expect(found_by).toEqual(['bm25', 'embedding:embedder'])
    expect(data.map(({ filename }) => filename)).toEqual(['egret.txt', 'wheel.txt'])
  }, PATIENCE)
  const judged = await search({ rerank: true })
  expect(judged.found_by).toEqual(['bm25', 'embedding:embedder', 'ranking:ranker'])
  expect(judged.data.map(({ filename }) => filename)).toEqual(['wheel.txt', 'egret.txt'])
})

it('programs are recommended by what they mean', { timeout: 90_000 }, async () => {
  const random = seeded(1)
  const titles = ['Engine and Wheel', 'The Egret', 'Something of its own']
  const rows = titles.map((title, index) => ({
    line: index + 1,
    program: { ...generatedProgram(random, index), title, field: { isced: null, words: null } },
  }))
  await sendRows(
    { origin: stack.url, apiKey: stack.key },
    (async function* () {
      yield* rows
    })(),
  )
  await stack.harness.getWorker().scheduled({ cron: '* * * * *' })
  const post = async (path: string, body: object, token = stack.key): Promise<Record<string, unknown>> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body: JSON.stringify(body) }
    return (await (await fetch(stack.url + path, init)).json()) as Record<string, unknown>
  }
  const login = { email: 'guest', password: 'guest_test1' }
  const token = String((await post('/dualquery/api/auth/login', login)).access_token)
  const profile = await post('/sira/api/profiles', { profile_name: 'by meaning' }, token)
  const wish = { profile_id: profile.id, query: 'heron', top_k: 3 }
  await until(async () => {
    const given = await post('/sira/api/recommendations', wish, token)
    expect(given).toMatchObject({ metadata: { found_by: ['words', 'vectors'], embedding_model: 'embedder' } })
    expect(given.recommendations).toMatchObject([{ program: 'The Egret' }, {}, {}])
  }, PATIENCE)
})
