import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Random } from '../../gpu-node/trainer/training/random.ts'
import { IsolatedEdge } from '../../scripts/isolated-edge.ts'
import { docxOf, paragraph } from '../support/docx-file.ts'
import { linesAt, pdfOf } from '../support/pdf-file.ts'
import { SEED, timesOf } from '../support/property-runs.ts'
import type { ImmortalNode } from './support/immortal-node.ts'
import { clockOf, killedNode } from './support/killed-world.ts'
import { sandboxesOf } from './support/sandboxes.ts'
import { unknownDocuments } from './support/stored.ts'
import { until } from './support/until.ts'

const KILLS = timesOf(3, 21)
/** Every kind of process is killed at least once. */
const VICTIMS = ['edge', 'task', 'node'] as const
/** At the latest so long after documents have begun to come: then all of them would be there. */
const LATEST_KILL_MS = 4_000
/** Who was cut off has a lease that ends, at the latest, after a minute; who waits for a turn, after five. */
const SETTLED_LIMIT_MS = 420_000
const UPLOAD_LIMIT_MS = 240_000

const SENTENCES = 9_000
const PAGES = 120

let edge: IsolatedEdge
let node: ImmortalNode
let stateDir: string
let stopClock: () => void

beforeAll(async () => {
  edge = await IsolatedEdge.create()
  await edge.start()
  const killed = await killedNode(edge, 'killed', ['--slots', '2'])
  node = killed.node
  stateDir = killed.stateDir
  await edge.serves('starter')
  stopClock = clockOf(edge)
})

afterAll(async () => {
  stopClock()
  await node.stop()
  await edge.stop()
  await edge.remove()
})

const ask = (path: string, init: RequestInit = {}) =>
  fetch(edge.origin + path, {
    ...init,
    headers: { authorization: `Bearer ${edge.key}`, ...init.headers },
    signal: AbortSignal.timeout(60_000),
  })

async function json<Shown>(path: string, body?: object): Promise<Shown> {
  const sent = body && {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }
  const response = await ask(path, sent)
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  // Callers name what the page promises.
  return JSON.parse(text) as Shown
}

/** A word that stands in the documents of one group alone; all groups are of the same length otherwise. */
const wordOf = (group: number) => `zebra${String(group).padStart(3, '0')}x`

/** A text, a PDF and a Word file, each large enough to be killed in the middle of. */
function filesOf(group: number): File[] {
  const word = wordOf(group)
  const sentences = Array.from({ length: SENTENCES }, (_, index) => `The ${word} number ${index} sleeps.`)
  const pages = Array.from({ length: PAGES }, (_, page) => ({
    drawing: linesAt(72, 700, [`Page ${page} of ${word}.`, ...sentences.slice(page * 40, page * 40 + 40)]),
  }))
  const paragraphs = sentences.slice(0, 1_500).map((sentence) => paragraph(sentence))
  return [
    new File([sentences.join('\n\n')], `${word}.txt`),
    new File([pdfOf(pages)], `${word}.pdf`),
    new File([docxOf(paragraphs.join(''))], `${word}.docx`),
  ]
}

interface Document {
  id: string
  filename: string
  state: string
  reason: { message: string } | null
  pages: number | null
  passages: number
}

/** A client that sends its file again where it has had no answer. */
async function upload(file: File): Promise<void> {
  await until(
    async () => {
      const form = new FormData()
      form.append('purpose', 'user_data')
      form.append('file', file)
      const response = await ask('/v1/files', { method: 'POST', body: form })
      const text = await response.text()
      if (!response.ok) throw new Error(text)
    },
    { limitMs: UPLOAD_LIMIT_MS, intervalMs: 500 },
  )
}

/** The documents of a group, as soon as all of them are done with. */
async function settled(group: number): Promise<Document[]> {
  let found: Document[] = []
  await until(
    async () => {
      const { data } = await json<{ data: Document[] }>('/v1/documents?limit=100')
      found = data.filter(({ filename }) => filename.startsWith(wordOf(group)))
      const states = found.map(({ state }) => state)
      if (states.length < 3 || states.some((state) => !['ready', 'partial', 'failed'].includes(state)))
        throw new Error(JSON.stringify(found))
    },
    { limitMs: SETTLED_LIMIT_MS, intervalMs: 1_000 },
  )
  return found.toSorted((a, b) => a.filename.localeCompare(b.filename))
}

async function kill(victim: (typeof VICTIMS)[number]): Promise<void> {
  if (victim === 'node') node.kill()
  if (victim === 'task') for (const pid of sandboxesOf(stateDir)) process.kill(pid, 'SIGKILL')
  if (victim !== 'edge') return
  edge.kill()
  await edge.start()
}

interface Dataset {
  status: string
  document_count: number
  error_message: string | null
  metadata: { row_count: number }
  export_paths: Record<string, string>
}

const FORMATS = ['jsonl', 'parquet', 'csv', 'json']

async function loggedIn(): Promise<Record<string, string>> {
  const { access_token: token } = await json<{ access_token: string }>('/agentic/api/auth/login', {
    username: 'admin',
    password: 'administrator',
  })
  return { authorization: `Bearer ${token}` }
}

describe.runIf(process.platform === 'linux')('documents and a dataset', () => {
  it(`whose edge, task and node are killed, ${KILLS} times, are whole, and nothing is stuck or left behind (seed ${SEED})`, {
    timeout: 400_000 + SETTLED_LIMIT_MS + KILLS * 120_000,
  }, async () => {
    const random = new Random(SEED)
    await Promise.all(filesOf(0).map(upload))
    const expected = await settled(0)
    expect(expected.map(({ state }) => state)).toEqual(['ready', 'ready', 'ready'])
    const same = expected.map(({ pages, passages }) => ({ state: 'ready', pages, passages }))

    const created = { name: 'Killed', search_query: wordOf(0), export_formats: FORMATS }
    const { dataset_id: id } = await json<{ dataset_id: string }>('/clara/api/datasets', created)
    for (let killed = 0; killed < KILLS; killed += 1) {
      // A task is given out three times at most: on a slow machine the same document would be killed that often.
      if (killed >= VICTIMS.length) await settled(killed)
      const uploads = Promise.all(filesOf(killed + 1).map(upload))
      await pause(random.next() * LATEST_KILL_MS)
      await kill(VICTIMS[killed < VICTIMS.length ? killed : random.below(VICTIMS.length)] ?? 'edge')
      await uploads
    }

    for (let group = 1; group <= KILLS; group += 1) {
      const documents = await settled(group)
      expect(documents.map(({ state, pages, passages }) => ({ state, pages, passages }))).toEqual(same)
      const { data } = await json<{ data: { text: string }[] }>('/v1/documents/search', {
        query: wordOf(group),
      })
      expect(data[0]?.text).toContain(wordOf(group))
    }

    const headers = await loggedIn()
    let dataset: Dataset | undefined
    await until(
      async () => {
        dataset = (await (await ask(`/clara/api/datasets/${id}`, { headers })).json()) as Dataset
        const isDone = Object.keys(dataset.export_paths ?? {}).length === FORMATS.length
        if (dataset.status !== 'failed' && !(dataset.status === 'completed' && isDone))
          throw new Error(JSON.stringify(dataset))
      },
      // Clara's contract counts requests.
      { limitMs: SETTLED_LIMIT_MS, intervalMs: 2_000 },
    )
    expect(dataset).toMatchObject({ status: 'completed', document_count: 3, error_message: null })
    const file = async (format: string) =>
      (await ask(`/v1/workspace${dataset?.export_paths[format]}`, { headers: {} })).text()
    const rows = (await file('jsonl'))
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
    expect(rows).toHaveLength(dataset?.metadata.row_count ?? 0)
    expect(JSON.parse(await file('json'))).toEqual(rows)

    // A task that was cut off behind what its document needed ends with its lease.
    await until(
      async () => {
        await edge.stop()
        const { orphans, missing, unfinished } = await unknownDocuments(join(edge.folder, 'state'))
        await edge.start()
        expect({ missing, unfinished }).toEqual({ missing: [], unfinished: [] })
        // Bytes of an upload that was cut off are swept when they are a day old.
        expect(orphans.filter((key) => !key.startsWith('files/'))).toEqual([])
      },
      { limitMs: SETTLED_LIMIT_MS, intervalMs: 20_000 },
    )
  })
})
