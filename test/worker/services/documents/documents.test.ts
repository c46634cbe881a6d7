import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { createLogger } from '../../../../shared/log.ts'
import { docIdOf } from '../../../../worker/services/documents/doc-ids.ts'
import {
  ADMIT_AFTER_MS,
  createDocumentSweep,
  SWEPT_AGE_MS,
} from '../../../../worker/services/documents/document-sweep.ts'
import { PASSAGES_OF_A_BATCH } from '../../../../worker/services/documents/indexing.ts'
import { partKey } from '../../../../worker/services/files/files.ts'
import { MAX_INTERRUPTIONS } from '../../../../worker/services/library/library-limits.ts'
import { createStubs } from '../../../../worker/services/stubs.ts'
import { storedBy } from '../../file-client.ts'
import { webhookWorld } from '../webhooks/webhook-world.ts'
import { documentsWorld } from './documents-setup.ts'

const HOUR_MS = 3_600_000

describe('an upload', () => {
  it('sends one message for a document, and none for bytes that are found already', async () => {
    const { put, messages, reading, accountId, search } = await documentsWorld()
    const { documentId } = await put('The whale sings.')
    expect(messages).toEqual([{ type: 'read', accountId, documentId }])
    await reading.read(accountId, documentId)
    await put('The whale sings.', 'again.txt')
    expect(messages).toHaveLength(1)
    expect(await search('whale')).toHaveLength(1)
  })

  it('waits 20 seconds for its index, and is answered as it stands then', async () => {
    const limits: number[] = []
    const world = await documentsWorld({
      library: (accountId) =>
        new Proxy(createStubs(env).library(accountId), {
          get: (stub, name) => {
            if (name !== 'waitSettled') return Reflect.get(stub, name)
            return async (_id: string, limitMs: number) => void limits.push(limitMs)
          },
        }),
    })
    async function* bytes() {
      yield new TextEncoder().encode('The tern dives.')
    }
    const words = { name: 'a.txt', purpose: 'user_data' as const }
    const { document } = await world.documents.upload(world.accountId, bytes(), {}, () => words)
    expect(limits).toEqual([20_000])
    expect(document).toMatchObject({ state: 'queued' })
    await world.reading.read(world.accountId, document?.id ?? '')
    expect(await world.search('tern')).toHaveLength(1)
  })

  it('that is cut off before its library is taken in by the clock, once it is not at work any more', async () => {
    const { stored, sweep, world, reading, accountId, messages, search, shelf } = await documentsWorld()
    const file = await stored('The walrus waits.')
    await sweep.tick()
    expect(await shelf.findByFile(file.id)).toBeNull()
    world.now += ADMIT_AFTER_MS + 1_000
    await sweep.tick()
    expect(messages).toHaveLength(1)
    await reading.read(accountId, messages[0]?.documentId ?? '')
    expect(await search('walrus')).toHaveLength(1)
    await sweep.tick()
    expect(messages).toHaveLength(1)
  })

  it('that cannot be read leaves nothing, also where it is refused behind its bytes', async () => {
    const { documents, accountId, token, reading, shelf } = await documentsWorld()
    async function* bytes() {
      yield new TextEncoder().encode('{"a": [')
    }
    const words = { name: 'a.json', purpose: 'user_data' as const }
    const uploading = documents.upload(accountId, bytes(), {}, () => words, 20_000)
    const refusal = expect(uploading).rejects.toMatchObject({ code: 'invalid_request', param: 'file' })
    await expect.poll(() => shelf.unsettled()).toHaveLength(1)
    const [id = ''] = await shelf.unsettled()
    await reading.read(accountId, id)
    await refusal
    expect(await shelf.get(id)).toBeNull()
    expect(await env.FILES.head(partKey(id))).toBeNull()
    expect(await storedBy(token)).toEqual([0, 0])
  })

  it('refuses what its library does not take, and keeps nothing of it', async () => {
    const { documents, accountId, token, shelf } = await documentsWorld()
    async function* bytes() {
      yield new TextEncoder().encode('text')
    }
    const words = { name: 'x'.repeat(600), purpose: 'user_data' as const }
    await expect(documents.upload(accountId, bytes(), {}, () => words, 0)).rejects.toMatchObject({
      code: 'invalid_request',
    })
    expect((await shelf.list({ limit: 10 })).total).toBe(0)
    expect(await storedBy(token)).toEqual([0, 0])
  })
})

describe('reading', () => {
  it('is done by one at a time: a message that comes twice changes nothing', async () => {
    const { put, reading, accountId, shelf } = await documentsWorld()
    const { documentId } = await put('The seal claps.')
    await Promise.all([reading.read(accountId, documentId), reading.read(accountId, documentId)])
    await reading.read(accountId, documentId)
    expect(await shelf.get(documentId)).toMatchObject({ state: 'ready', attempt: 1, passages: 1 })
  })

  it('goes on with another name’s bytes where the first file is deleted meanwhile', async () => {
    const { put, reading, documents, accountId, search } = await documentsWorld()
    const { file, documentId } = await put('The otter floats.')
    await put('The otter floats.', 'second.txt')
    await documents.discard(file)
    await reading.read(accountId, documentId)
    expect(await search('otter')).toEqual([expect.objectContaining({ name: 'second.txt' })])
  })

  it('fails with the reason where the bytes are gone', async () => {
    const { put, reading, accountId, shelf } = await documentsWorld()
    const { file, documentId } = await put('The puffin flies.')
    await env.FILES.delete(partKey(file.id))
    await reading.read(accountId, documentId)
    expect(await shelf.get(documentId)).toMatchObject({ state: 'failed', reason: 'The file is gone.' })
  })

  it('begins again where an attempt was interrupted', async () => {
    const { put, reading, accountId, shelf } = await documentsWorld()
    const { documentId } = await put('The gull screams.')
    // An isolate that was lost: its lease runs, then a new attempt begins.
    await shelf.move(documentId, 1, { state: 'reading', leaseMs: 60_000 })
    await reading.read(accountId, documentId)
    expect(await shelf.get(documentId)).toMatchObject({ state: 'reading' })
    await shelf.move(documentId, 1, { state: 'reading', leaseMs: 1 })
    await expect.poll(async () => (await shelf.get(documentId))?.attempt).toBe(2)
    await reading.read(accountId, documentId)
    expect(await shelf.get(documentId)).toMatchObject({ state: 'ready', attempt: 2 })
  })

  it('is tried again where a reader breaks off, and fails where it does so each time', async () => {
    const { put, reading, accountId, shelf } = await documentsWorld()
    const { documentId } = await put('The kite circles.')
    const get = vi.spyOn(env.FILES, 'get').mockRejectedValue(new Error('R2 is down.'))
    try {
      for (let time = 1; time < MAX_INTERRUPTIONS; time += 1) {
        // Thrown, so that the queue brings it again.
        await expect(reading.read(accountId, documentId)).rejects.toThrow()
        expect(await shelf.get(documentId)).toMatchObject({ state: 'queued' })
      }
      await reading.read(accountId, documentId)
    } finally {
      get.mockRestore()
    }
    expect(await shelf.get(documentId)).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining(`broke off ${MAX_INTERRUPTIONS} times`),
    })
  })
})

/** A text of more than three batches of passages. */
const LONG = Array.from(
  { length: 3.5 * PASSAGES_OF_A_BATCH },
  (_, index) => `Sentence ${index} ${'of a long book '.repeat(60)}ends.`,
).join('\n\n')

describe('a text that is too long for one stretch', () => {
  it('goes on batch by batch, and is the same as one that was read at once', async () => {
    const slow = await documentsWorld({ sliceMs: 0 })
    const { documentId } = await slow.put(LONG)
    const states: string[] = []
    for (let message = slow.messages.shift(); message; message = slow.messages.shift()) {
      await slow.reading.read(message.accountId, message.documentId, message.attempt)
      states.push((await slow.shelf.get(documentId))?.state ?? '')
      // Nothing of it is found before all of it is.
      if (states.at(-1) === 'indexing') expect(await slow.search('sentence')).toEqual([])
    }
    expect(states).toEqual(['indexing', 'indexing', 'indexing', 'ready'])
    const fast = await documentsWorld()
    const { documentId: other } = await fast.put(LONG)
    await fast.reading.read(fast.accountId, other)
    const whole = { from: 0, characters: LONG.length }
    expect(await slow.shelf.documentText(documentId, whole)).toBe(await fast.shelf.documentText(other, whole))
    expect((await slow.shelf.get(documentId))?.passages).toBe((await fast.shelf.get(other))?.passages)
  })

  it('goes on behind what is there where its isolate was lost, and has each passage once', async () => {
    const { put, reading, accountId, shelf, search } = await documentsWorld({ sliceMs: 0 })
    const { documentId } = await put(LONG)
    await reading.read(accountId, documentId)
    const last = await shelf.lastStaged(documentId, 1)
    await shelf.move(documentId, 1, { state: 'indexing', leaseMs: 1 })
    // Its lease ends, and the edge that this test runs beside takes the next attempt.
    await expect.poll(async () => (await shelf.get(documentId))?.state).toBe('ready')
    expect(await shelf.get(documentId)).toMatchObject({ attempt: 2 })
    expect(await search('874')).toHaveLength(1)
    const [first] = await shelf.passagesOf(documentId, { from: last?.from ?? -1, characters: 1 })
    expect(first).toEqual(last)
  })

  it('begins with nothing where the attempt before has read it otherwise', async () => {
    const { put, reading, accountId, shelf } = await documentsWorld()
    const { documentId } = await put('The only sentence.')
    const passage = { page: null, from: 0, to: 9, headings: [], text: 'Otherwise' }
    await shelf.index(documentId, 1, { passages: [passage], isLast: false })
    await shelf.move(documentId, 1, { state: 'queued' })
    await expect(reading.read(accountId, documentId)).rejects.toThrow()
    expect(await shelf.get(documentId)).toMatchObject({ state: 'queued' })
    await reading.read(accountId, documentId)
    const text = await shelf.documentText(documentId, { from: 0, characters: 100 })
    expect(text).toBe('The only sentence.')
  })

  it('is not taken from one who is at it', async () => {
    const { put, reading, accountId, shelf } = await documentsWorld({ sliceMs: 0 })
    const { documentId } = await put(LONG)
    await reading.read(accountId, documentId)
    const before = await shelf.lastStaged(documentId, 1)
    await reading.read(accountId, documentId)
    await reading.read(accountId, documentId, 2)
    expect(await shelf.lastStaged(documentId, 1)).toEqual(before)
  })
})

describe('deletion', () => {
  it('takes the document out of every search at once, with its bytes and its room', async () => {
    const { put, reading, documents, accountId, token, search, isKept } = await documentsWorld()
    const { file, documentId } = await put('The heron fishes.')
    await reading.read(accountId, documentId)
    await documents.remove(accountId, file.id)
    expect(await search('heron')).toEqual([])
    expect(await isKept(file)).toBe(false)
    expect(await env.FILES.head(partKey(file.id))).toBeNull()
    expect(await storedBy(token)).toEqual([0, 0])
  })

  it('of a document takes all its names', async () => {
    const { put, reading, documents, accountId, token, search } = await documentsWorld()
    const { documentId } = await put('The stork clatters.')
    await put('The stork clatters.', 'second.txt')
    await reading.read(accountId, documentId)
    await documents.removeDocument(accountId, documentId)
    expect(await search('stork')).toEqual([])
    expect(await storedBy(token)).toEqual([0, 0])
    await expect(documents.removeDocument(accountId, documentId)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('that is cut off behind the library is brought to its end by the sweep', async () => {
    const { put, reading, sweep, world, accountId, token, shelf, search, isKept } = await documentsWorld()
    const { file, documentId } = await put('The crane dances.')
    await reading.read(accountId, documentId)
    expect(await search('crane')).toHaveLength(1)
    await shelf.removeName(file.id)
    await sweep.sweep()
    // Its bytes are there still, and no search finds it any more.
    expect(await isKept(file)).toBe(true)
    expect(await search('crane')).toEqual([])
    world.now += SWEPT_AGE_MS + 1_000
    await sweep.sweep()
    expect(await isKept(file)).toBe(false)
    expect(await storedBy(token)).toEqual([0, 0])
    expect(await env.FILES.head(partKey(file.id))).toBeNull()
  })

  it('of a row alone leaves nothing to be found behind the sweep', async () => {
    const { put, reading, sweep, accountId, search, shelf } = await documentsWorld()
    const { file, documentId } = await put('The ibis wades.')
    await put('The swan glides.', 'stays.txt')
    await reading.read(accountId, documentId)
    await env.DB.prepare('DELETE FROM files WHERE id = ?').bind(file.id).run()
    expect(await search('ibis')).toHaveLength(1)
    await sweep.sweep()
    expect(await search('ibis')).toEqual([])
    expect((await shelf.list({ limit: 10 })).files.map(({ name }) => name)).toEqual(['stays.txt'])
  })

  it('costs its sweep a question for each hundreds of files, however many there are', async () => {
    const { put, documents, reading, world, accountId, db, shelf } = await documentsWorld()
    for (const name of ['a.txt', 'b.txt', 'c.txt']) await put(`Of ${name}.`, name)
    const asked: string[] = []
    const counted = new Proxy(shelf, {
      get(target, name: keyof typeof shelf) {
        asked.push(name)
        return Reflect.get(target, name)
      },
    })
    const sweep = createDocumentSweep({
      ...{ db, documents, reading, log: createLogger(() => {}), now: () => world.now + SWEPT_AGE_MS + 1_000 },
      library: (id) => (id === accountId ? counted : createStubs(env).library(id)),
    })
    await sweep.sweep()
    expect(asked).toEqual(['list', 'missingFiles'])
    expect((await shelf.list({ limit: 10 })).total).toBe(3)
  })

  it('comes by itself when a file’s time is over', async () => {
    const { put, reading, sweep, world, accountId, search, shelf } = await documentsWorld()
    const { file, documentId } = await put('The rail hides.', 'a.txt', 3_600)
    await reading.read(accountId, documentId)
    await sweep.tick()
    expect(await search('rail')).toHaveLength(1)
    world.now += HOUR_MS + 1_000
    await sweep.tick()
    expect(await search('rail')).toEqual([])
    expect(await shelf.findByFile(file.id)).toBeNull()
    expect(await env.FILES.head(partKey(file.id))).toBeNull()
  })
})

describe('an account that has a webhook', () => {
  it('is told of files that come and go, once each', async () => {
    const { put, documents, accountId } = await documentsWorld()
    const { webhooks } = webhookWorld()
    const events: ('file.uploaded' | 'file.deleted')[] = ['file.uploaded', 'file.deleted']
    await webhooks.create(accountId, { url: 'https://hooks.example.com/in', events })
    const { file, documentId } = await put('The tapir drinks.', 'tapir.txt')
    await documents.admit(file)
    await documents.discard(file)
    await documents.discard(file)
    const { results } = await env.DB.prepare(
      'SELECT payload FROM webhook_events WHERE account_id = ? ORDER BY rowid',
    )
      .bind(accountId)
      .all<{ payload: string }>()
    const told = { file_id: file.shortId, doc_id: docIdOf(documentId), filename: 'tapir.txt' }
    expect(results.map(({ payload }) => JSON.parse(payload))).toEqual([
      {
        event: 'file.uploaded',
        timestamp: expect.any(Number),
        data: expect.objectContaining({ ...told, size: 17 }),
      },
      { event: 'file.deleted', timestamp: expect.any(Number), data: expect.objectContaining(told) },
    ])
  })
})
