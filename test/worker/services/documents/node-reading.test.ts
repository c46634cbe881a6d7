import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import type { DocumentPage } from '../../../../shared/document-page.ts'
import { documentTasks } from '../../../../worker/db/tables/files.ts'
import {
  DOCUMENT_TASKS,
  LARGE_FILE_BYTES,
  LARGE_READ_LIMIT_MS,
  PAGES_PREFIX,
  READ_LIMIT_MS,
} from '../../../../worker/services/documents/reading.ts'
import type { EndedTask, NewTask } from '../../../../worker/services/tasks/tasks.ts'
import { documentsWorld } from './documents-setup.ts'

const PDF = '%PDF-1.7\nnot looked into by the edge'
const page = (number: number, text: string): DocumentPage => ({
  page: number,
  blocks: [{ kind: 'paragraph', text }],
  usable: true,
})
const scan = (number: number): DocumentPage => ({
  page: number,
  blocks: [],
  usable: false,
  reason: 'no_text',
})

/** A PDF whose task a node has, with what a node does. */
async function pdfWorld(kinds: readonly string[] = ['extract']) {
  const base = await documentsWorld()
  for (const kind of kinds) base.world.kinds.add(kind)
  const { documentId, file } = await base.put(PDF, 'scan.pdf')
  await base.reading.read(base.accountId, documentId)
  const last = (): NewTask => {
    const task = [...base.tasks.values()].at(-1)
    if (!task) throw new Error('No task was made.')
    return task
  }
  async function end(pages: readonly DocumentPage[], task = last()): Promise<EndedTask> {
    const key = `${PAGES_PREFIX}${task.id}/1`
    await env.FILES.put(key, pages.map((one) => `${JSON.stringify(one)}\n`).join(''))
    const outputs = [{ name: 'pages', key, bytes: 1 }]
    return { ...task, state: 'done', outputs, figures: {}, attempt: 1, createdAt: 0, updatedAt: 0 }
  }
  const failed = (message: string, task = last()): EndedTask => ({
    ...{ ...task, state: 'failed', error: { code: 'encrypted', message } },
    ...{ attempt: 1, createdAt: 0, updatedAt: 0 },
  })
  const state = () => base.shelf.get(documentId)
  return { ...base, documentId, file, last, end, failed, state }
}

describe('a PDF', () => {
  it('waits visibly where no node reads it, and has its task all the same', async () => {
    const { state, last, accountId, file } = await pdfWorld([])
    expect(await state()).toMatchObject({ state: 'queued', reason: 'no_node_reads_pdf' })
    expect(last()).toMatchObject({
      kind: 'extract',
      options: { format: 'pdf' },
      accountId,
      owner: DOCUMENT_TASKS,
      inputs: [{ name: 'file', key: `files/${file.id}`, bytes: PDF.length }],
      limitMs: 60_000,
    })
  })

  it('has a minute to be read, and ten where it is large', async () => {
    const { put, reading, accountId, tasks } = await documentsWorld()
    const limitOf = async (bytes: number) => {
      const content = new Uint8Array(bytes).fill(0x20)
      content.set(new TextEncoder().encode(PDF))
      const { documentId } = await put(content, 'large.pdf')
      await reading.read(accountId, documentId)
      return [...tasks.values()].at(-1)?.limitMs
    }
    expect(await limitOf(LARGE_FILE_BYTES)).toBe(READ_LIMIT_MS)
    expect(await limitOf(LARGE_FILE_BYTES + 1)).toBe(LARGE_READ_LIMIT_MS)
    expect([READ_LIMIT_MS, LARGE_READ_LIMIT_MS]).toEqual([60_000, 600_000])
  })

  it('waits for its turn until a node has its task, and is being read from then on', async () => {
    const { reading, accountId, documentId, last, end, state } = await pdfWorld()
    expect(await state()).toMatchObject({ state: 'queued', reason: 'waits_for_a_node' })
    await reading.onTaskGiven('0'.repeat(24))
    await reading.onTaskGiven(last().id)
    const given = await state()
    expect(given).toMatchObject({ state: 'reading', reason: null })
    // Longer than a task may take, and shorter than anything may stand without a word.
    expect((given?.leaseUntil ?? 0) - Date.now()).toBeGreaterThan(10 * 60_000)
    expect((given?.leaseUntil ?? 0) - Date.now()).toBeLessThan(15 * 60_000)
    await reading.read(accountId, documentId)
    expect(await state()).toMatchObject({ state: 'reading', attempt: 1 })
    await reading.onTaskEnded(await end([page(1, 'The civet waits.')]))
    await reading.onTaskGiven(last().id)
    expect(await state()).toMatchObject({ state: 'ready' })
  })

  it('is given to nodes once, however often its message comes', async () => {
    const { reading, accountId, documentId, tasks } = await pdfWorld()
    await reading.read(accountId, documentId)
    expect(tasks.size).toBe(1)
  })

  it('is found by its pages when its task is done, and the node’s file is gone', async () => {
    const { reading, end, search, state } = await pdfWorld()
    const ended = await end([page(1, 'The lynx waits.'), page(2, 'The marten climbs.')])
    await reading.onTaskEnded(ended)
    expect(await state()).toMatchObject({ state: 'ready', pages: 2, passages: 2 })
    expect(await search('marten')).toEqual([expect.objectContaining({ page: 2, name: 'scan.pdf' })])
    expect((await env.FILES.list({ prefix: `${PAGES_PREFIX}${ended.id}` })).objects).toEqual([])
    await reading.onTaskEnded(ended)
    expect(await state()).toMatchObject({ state: 'ready', attempt: 1 })
  })

  it('is read anew where a node has written something else than its pages', async () => {
    const { reading, end, last, state, db, search } = await pdfWorld()
    const { id } = last()
    const broken = await end([page(1, 'A heron.')])
    await env.FILES.put(`${PAGES_PREFIX}${id}/1`, '{"page": "one"}\n')
    await reading.onTaskEnded(broken)
    await expect.poll(async () => (await state())?.attempt).toBe(2)
    expect(await state()).toMatchObject({ reason: expect.anything() })
    expect(await db.select().from(documentTasks).where(eq(documentTasks.id, id))).toEqual([])
    expect(await search('heron')).toEqual([])
    await env.FILES.delete(`${PAGES_PREFIX}${id}/1`) // as it goes with the row of its task
  })

  it('is partial, naming the pages, where no node reads pictures', async () => {
    const { reading, end, state, search } = await pdfWorld()
    await reading.onTaskEnded(
      await end([page(1, 'The badger digs.'), scan(2), scan(3), scan(4), page(5, 'x'), scan(6)]),
    )
    expect(await state()).toMatchObject({
      state: 'partial',
      reason: 'Pages 2-4 and 6 have no text that can be read (4 in all).',
      pages: 6,
    })
    expect(await search('badger')).toHaveLength(1)
  })

  it('has its pictures read where a node does that, in the order of its pages', async () => {
    const { reading, accountId, documentId, tasks, end, last, state, search } = await pdfWorld([
      'extract',
      'ocr',
    ])
    await reading.onTaskEnded(await end([page(1, 'The weasel runs.'), scan(2)]))
    expect(last()).toMatchObject({ kind: 'ocr', options: { pages: [2] }, limitMs: 600_000 })
    // Many may wait for one slot, longer than any lease: what is rung for again has lost no attempt, and no place in the queue.
    expect(await state()).toMatchObject({ state: 'queued', reason: 'waits_for_a_node' })
    await reading.read(accountId, documentId)
    expect([(await state())?.attempt, tasks.size]).toEqual([1, 2])
    await reading.onTaskGiven(last().id)
    expect(await state()).toMatchObject({ state: 'reading' })
    await reading.onTaskEnded(await end([page(2, 'The polecat sleeps.')]))
    expect(await state()).toMatchObject({ state: 'ready', pages: 2 })
    expect(await search('polecat')).toEqual([expect.objectContaining({ page: 2 })])
    expect((await env.FILES.list({ prefix: PAGES_PREFIX })).objects).toEqual([])
  })

  it('keeps the pages that could be read where its pictures could not', async () => {
    const { reading, end, failed, state } = await pdfWorld(['extract', 'ocr'])
    await reading.onTaskEnded(await end([page(1, 'The stoat hunts.'), scan(2)]))
    await reading.onTaskEnded(failed('It took too long.'))
    expect(await state()).toMatchObject({ state: 'partial', reason: 'Page 2 has no text that can be read.' })
  })

  it('does not wait for a reader of pictures that has gone, where others are there', async () => {
    const { reading, accountId, documentId, world, cancelled, end, last, state, db } = await pdfWorld([
      'extract',
      'ocr',
    ])
    await reading.onTaskEnded(await end([page(1, 'The ermine hides.'), scan(2)]))
    const { id } = last()
    // With nobody there at all it waits: whoever comes may read both.
    world.kinds.clear()
    await reading.read(accountId, documentId)
    expect(await state()).toMatchObject({ state: 'queued', reason: 'no_node_reads_pdf' })
    world.kinds.add('extract')
    await reading.read(accountId, documentId)
    expect(cancelled).toEqual([id])
    expect(await state()).toMatchObject({
      ...{ state: 'partial', attempt: 1 },
      reason: 'Page 2 has no text that can be read.',
    })
    expect(await db.select().from(documentTasks).where(eq(documentTasks.documentId, documentId))).toEqual([])
    expect((await env.FILES.list({ prefix: PAGES_PREFIX })).objects).toEqual([])
  })

  it('has at most 50 of its pictures read, and names the others', async () => {
    const { reading, end, last, state } = await pdfWorld(['extract', 'ocr'])
    const numbers = Array.from({ length: 60 }, (_, index) => index + 1)
    await reading.onTaskEnded(await end(numbers.map(scan)))
    expect(last()).toMatchObject({ options: { pages: numbers.slice(0, 50) } })
    await reading.onTaskEnded(
      await end(numbers.slice(0, 50).map((number) => page(number, `Page ${number}.`))),
    )
    expect(await state()).toMatchObject({
      state: 'partial',
      reason: 'Pages 51-60 have no text that can be read (10 in all).',
    })
  })

  it('fails with the node’s sentence, and its name', async () => {
    const { reading, failed, state } = await pdfWorld()
    await reading.onTaskEnded(failed('It is encrypted.'))
    expect(await state()).toMatchObject({ state: 'failed', reason: "'scan.pdf': It is encrypted." })
  })

  it('fails where none of its pages has text', async () => {
    const { reading, end, state } = await pdfWorld()
    await reading.onTaskEnded(await end([scan(1), scan(2)]))
    expect(await state()).toMatchObject({
      state: 'failed',
      reason: "'scan.pdf' has no page with text that can be read.",
    })
  })

  it('takes nothing from the task of an attempt that is over', async () => {
    const { reading, end, last, state, shelf, documentId, accountId, cancelled } = await pdfWorld()
    const old = last()
    await shelf.move(documentId, 1, { state: 'reading', leaseMs: 1 })
    await expect.poll(async () => (await state())?.attempt).toBe(2)
    await reading.onTaskEnded(await end([page(1, 'Too late.')], old))
    expect(await state()).toMatchObject({ state: 'queued', attempt: 2 })
    await reading.read(accountId, documentId)
    expect(last().id).not.toBe(old.id)
    expect(cancelled).not.toContain(old.id)
  })

  it('that is deleted stops its task', async () => {
    const { documents, accountId, file, last, cancelled } = await pdfWorld()
    const { id } = last()
    await documents.remove(accountId, file.id)
    expect(cancelled).toEqual([id])
  })
})
