import { evictDurableObject, runDurableObjectAlarm, runInDurableObject, SELF } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { decodeMatrix } from '../../../../shared/tasks/fit-matrix.ts'
import { BYTES_PATH } from '../../../../shared/training.ts'
import { MIN_FIT_PASSAGES, REFIT_SHARE } from '../../../../worker/durable/library/fitter.ts'
import { configOf } from '../../../../worker/env.ts'
import { toStored } from '../../../../worker/services/library/ranking/vector-codes.ts'
import { createServices } from '../../../../worker/wiring.ts'
import { modelHolding } from '../../../support/frames.ts'
import { accountOf } from '../../services/training/training-setup.ts'
import { createWorld, type TestNode, type World } from '../../world.ts'
import { newDocument, shelf } from './shelf.ts'

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

/** Vectors by what a text speaks of: birds, cars, or nothing. */
function vectorOf(text: string): number[] {
  const speaksOf = (words: RegExp) => (words.test(text) ? 1 : 0)
  const vector = [
    speaksOf(/heron|egret|bird/i),
    speaksOf(/car|engine|wheel/i),
    0.1,
    text.startsWith('q:') ? 0.2 : 0,
  ]
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}

const base64Of = (vector: readonly number[]) =>
  btoa(String.fromCharCode(...new Uint8Array(Float32Array.from(vector).buffer)))

/** A node with a model that is made for embeddings, and answers for it until it goes. */
async function embeddingNode(id: string, over: { sha256?: string; made?: boolean } = {}) {
  const { made = true, sha256 = 'a'.repeat(64) } = over
  const node = await world.addNode({
    models: [
      modelHolding({
        id,
        sha256,
        capabilities: ['embed'],
        ...(made && { embedding: { pooling: 'mean', queryPrefix: 'q:', passagePrefix: 'p:' } }),
      }),
    ],
  })
  nodes.push(node)
  const asked: string[] = []
  const answer = async () => {
    for (;;) {
      const { callId, request } = await node.next('embedding.start')
      const texts = request.input.map((input) => (typeof input === 'string' ? input : input.join(' ')))
      asked.push(...texts)
      const vectors = texts.map((text) => base64Of(vectorOf(text)))
      node.send({ type: 'call.vectors', callId, start: 0, vectors })
      node.send({
        type: 'call.end',
        callId,
        finishReason: 'stop',
        usage: { promptTokens: 1, completionTokens: 0, cachedPromptTokens: 0 },
      })
    }
  }
  answer().catch(() => {})
  return { node, asked }
}

/** Does what the library has put off, until nothing is left. */
async function chores(accountId: string): Promise<void> {
  for (let round = 0; round < 50; round += 1) {
    if (!(await runDurableObjectAlarm(env.LIBRARY.getByName(accountId)))) return
  }
}

describe('a library with a model that is made for embeddings', () => {
  it('finds by what a text means, with the prefixes, and says by which model', async () => {
    const { asked } = await embeddingNode('nomic-embed')
    const { accountId, put, search } = shelf()
    const bird = await put('The egret stands in the reeds, a bird of the shallow lakes and slow rivers.')
    await put('The engine of this car is loud, and one wheel of it is loose again today.')
    await chores(accountId)
    expect(asked.filter((text) => text.startsWith('p:'))).toHaveLength(2)
    const answer = await search('heron')
    expect(answer.foundBy).toEqual(['bm25', 'embedding:nomic-embed'])
    expect(answer.results[0]?.documentId).toBe(bird)
    expect(answer.notSearched.passagesWithoutVector).toBe(0)
    expect(asked).toContain('q:heron')
  })

  it('is searched by words where no node can be asked, and says what has no vector', async () => {
    const { node } = await embeddingNode('one-model')
    const { accountId, put, search } = shelf()
    const id = await put('A heron and its egret.')
    await chores(accountId)
    node.close()
    await node.closed
    await put('A second heron.')
    await expect.poll(async () => (await search('heron')).foundBy).toEqual(['bm25'])
    const { results, notSearched } = await search('egret')
    expect(results.map(({ documentId }) => documentId)).toEqual([id])
    expect(notSearched.passagesWithoutVector).toBe(1)
  })

  it('never embeds with a model that is not made for it', async () => {
    const { asked } = await embeddingNode('a-chat-model', { made: false })
    const { accountId, put, search } = shelf()
    await put('A heron.')
    await chores(accountId)
    expect((await search('heron')).foundBy).toEqual(['bm25'])
    expect(asked).toEqual([])
  })

  it('is searched by the old vectors until another model has made all of its own', async () => {
    const old = await embeddingNode('old-model')
    const { accountId, put, search } = shelf()
    await put('An egret is a bird.')
    await chores(accountId)
    expect((await search('heron')).foundBy).toEqual(['bm25', 'embedding:old-model'])
    old.node.close()
    await old.node.closed
    const fresh = await embeddingNode('new-model')
    await expect
      .poll(async () => {
        await put(`Another egret ${crypto.randomUUID()}.`) // there is something to do
        await chores(accountId)
        return (await search('heron')).foundBy
      })
      .toEqual(['bm25', 'embedding:new-model'])
    expect(fresh.asked).toContain('p:An egret is a bird.')
    expect((await search('heron')).notSearched.passagesWithoutVector).toBe(0)
  })

  it('is embedded anew when its passages get another prefix', async () => {
    const { node, asked } = await embeddingNode('a-model')
    const { accountId, put, search } = shelf()
    await put('An egret is a bird.')
    await chores(accountId)
    const embedding = { pooling: 'mean' as const, queryPrefix: 'q:', passagePrefix: 'other:' }
    const model = modelHolding({ id: 'a-model', sha256: 'a'.repeat(64), capabilities: ['embed'], embedding })
    node.send({ type: 'holdings', models: [model] })
    await expect
      .poll(async () => {
        await put(`Another bird ${crypto.randomUUID()}.`) // there is something to do
        await chores(accountId)
        return asked.includes('other:An egret is a bird.') && (await search('heron')).foundBy
      })
      .toEqual(['bm25', 'embedding:a-model'])
  })

  it('forgets the vectors of a document with it, and keeps the others after an eviction', async () => {
    await embeddingNode('kept-model')
    const { accountId, library, put, search } = shelf()
    const gone = await put('An egret is a bird of the reeds.')
    const kept = await put('A bird of the lake, without its name.')
    await chores(accountId)
    const found = async () => (await search('heron')).results.map(({ documentId }) => documentId)
    expect((await found()).toSorted()).toEqual([gone, kept].toSorted())
    await library.remove(gone)
    expect(await found()).toEqual([kept])
    await evictDurableObject(env.LIBRARY.getByName(accountId))
    expect(await found()).toEqual([kept])
    expect(await search('heron', { documentIds: [gone] })).toMatchObject({ results: [] })
  })
})

describe('a library without such a model', () => {
  /** A document of so many passages, in three worlds of words. */
  async function fill(library: ReturnType<typeof shelf>['library'], count: number) {
    const { document } = await library.add(newDocument())
    const topics = [
      'egret reed lake feather wing nest',
      'engine wheel brake piston gear clutch',
      'oven dough flour yeast crust loaf',
    ]
    const passages = Array.from({ length: count }, (_, index) => {
      const words = (topics[index % 3] ?? '').split(' ')
      const some = Array.from(
        { length: 70 },
        (_word, at) => words[(at * (index + 3)) % (words.length - 1)] ?? '',
      )
      const text = `${some.join(' ')} ${index % 7 === 0 ? words.at(-1) : ''} number${index}`
      return { page: null, from: index * 1_000, to: index * 1_000 + text.length, headings: [], text }
    })
    await library.index(document.id, 1, { passages, isLast: true })
    return document.id
  }

  it('has vectors fitted to its passages on a node, from enough of them on, and folds others in', async () => {
    const node = await world.addNode({ tasks: { kinds: ['fit'], slots: 1 } })
    nodes.push(node)
    const { accountId, library, put, search } = shelf((await accountOf()).id)
    expect([MIN_FIT_PASSAGES, REFIT_SHARE]).toEqual([200, 1 / 5])
    await fill(library, MIN_FIT_PASSAGES - 1)
    await chores(accountId)
    expect((await search('egret')).foundBy).toEqual(['bm25'])
    await put('nest wing egret')
    await chores(accountId)

    const start = await node.next('task.start')
    expect(start.work).toMatchObject({ kind: 'fit', options: { dimensions: 100, precision: 'float32' } })
    const bytes = await SELF.fetch(`http://localhost${BYTES_PATH}/${start.inputs[0]?.token}`)
    const matrix = decodeMatrix(new Uint8Array(await bytes.arrayBuffer()))
    expect(matrix.rows).toBe(MIN_FIT_PASSAGES)
    // Terms that go together have the same vector: those of the first topic are in passage 0.
    const first = new Set(matrix.indices.subarray(matrix.starts[0], matrix.starts[1]))
    const vectors = new Float32Array(matrix.columns * 100)
    for (let term = 0; term < matrix.columns; term += 1) vectors[term * 100 + (first.has(term) ? 0 : 1)] = 1
    const sent = []
    for (const { name, token } of start.outputs) {
      const body = name === 'terms' ? vectors : new Float32Array(4)
      const put = await SELF.fetch(`http://localhost${BYTES_PATH}/${token}`, {
        method: 'PUT',
        body: new Uint8Array(body.buffer),
        headers: { 'content-length': String(body.byteLength) },
      })
      expect(put.ok).toBe(true)
      sent.push({ name, bytes: body.byteLength })
    }
    const { taskId, attempt } = start
    node.send({ type: 'task.end', taskId, attempt, outputs: sent, figures: {} })
    const { tasks } = createServices(env, configOf(env))
    await expect.poll(async () => (await tasks.get(taskId))?.state).toBe('done')
    await tasks.tellEnd(taskId)
    await tasks.tellEnd(taskId) // ends are told at least once

    await expect
      .poll(async () => {
        await chores(accountId)
        return (await search('egret')).foundBy
      })
      .toEqual(['bm25', 'lsa'])
    const folded = await put(`${'feather wing reed lake '.repeat(20)}`)
    await chores(accountId)
    const { results, notSearched } = await search('egret', { documentIds: [folded] })
    expect(results).toHaveLength(1)
    expect(notSearched.passagesWithoutVector).toBe(0)
    // What the task has read and written is cleared away.
    await expect.poll(async () => (await env.FILES.list({ prefix: 'fits/' })).objects).toEqual([])
  })

  it('has them fitted anew when a fifth of its passages is new, and not before', async () => {
    const node = await world.addNode({ tasks: { kinds: ['fit'], slots: 1 } })
    nodes.push(node)
    const { accountId, library, search } = shelf((await accountOf()).id)
    const ofFit = (query: string, fitted: number) =>
      runInDurableObject(env.LIBRARY.getByName(accountId), (_library, { storage }) => {
        storage.sql.exec(query, fitted)
      })
    await fill(library, MIN_FIT_PASSAGES)
    const most = Math.floor(MIN_FIT_PASSAGES / (1 + REFIT_SHARE))
    await ofFit(
      `INSERT INTO models (kind, name, query_prefix, passage_prefix, dimensions, state, fitted_passages)
       VALUES ('lsa', 'lsa', '', '', 2, 'serving', ?)`,
      most + 1,
    )
    const begun = () =>
      runInDurableObject(env.LIBRARY.getByName(accountId), (_library, { storage }) => storage.kv.get('fit'))
    await chores(accountId)
    expect(await begun()).toBeUndefined()
    await ofFit('UPDATE models SET fitted_passages = ?', most)
    await search('egret') // whoever asks has the library look after its vectors
    await chores(accountId)
    expect((await node.next('task.start')).work).toMatchObject({ kind: 'fit' })
    expect(await begun()).toMatchObject({ passages: MIN_FIT_PASSAGES })
  })

  it('has them fitted too where its model for embeddings has gone, and not while there is one', async () => {
    const node = await world.addNode({ tasks: { kinds: ['fit'], slots: 1 } })
    nodes.push(node)
    const { node: embedder } = await embeddingNode('goes')
    const { accountId, library, put, search } = shelf((await accountOf()).id)
    const begun = () =>
      runInDurableObject(env.LIBRARY.getByName(accountId), (_library, { storage }) => storage.kv.get('fit'))
    await put('An egret is a bird.')
    await chores(accountId)
    expect((await search('heron')).foundBy).toEqual(['bm25', 'embedding:goes'])
    await fill(library, MIN_FIT_PASSAGES)
    await chores(accountId)
    expect(await begun()).toBeUndefined()
    embedder.close()
    await embedder.closed
    await expect
      .poll(async () => {
        await put(`Another bird ${crypto.randomUUID()}.`) // there is something to do
        await chores(accountId)
        return await begun()
      })
      .toMatchObject({ taskId: expect.any(String) })
    // What was found by fitted vectors lacks none because others lack theirs.
    await runInDurableObject(env.LIBRARY.getByName(accountId), (_library, { storage }) => {
      storage.sql.exec(`INSERT INTO models (kind, name, query_prefix, passage_prefix, dimensions, state)
        VALUES ('lsa', 'lsa', '', '', 2, 'serving')`)
      const { number } = storage.sql
        .exec<{ number: number }>('SELECT max(number) AS number FROM models')
        .one()
      storage.sql.exec(
        'INSERT INTO terms VALUES (?, ?, ?)',
        number,
        'egret',
        toStored(Float32Array.of(1, 0)).buffer,
      )
    })
    const { foundBy, notSearched } = await search('egret')
    expect([foundBy, notSearched.passagesWithoutVector]).toEqual([['bm25', 'lsa'], 0])
    expect((await search('pelican')).notSearched.passagesWithoutVector).toBeGreaterThan(0)
  })

  it('goes on with words where no node fits vectors, and says nothing of vectors', async () => {
    const { accountId, library, search } = shelf()
    await fill(library, MIN_FIT_PASSAGES)
    await chores(accountId)
    const { foundBy, results } = await search('egret')
    expect(foundBy).toEqual(['bm25'])
    expect(results.length).toBeGreaterThan(0)
  })
})
