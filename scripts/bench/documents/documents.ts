import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Children } from '../../children.ts'
import { EACH_MINUTE, ring } from '../../edge/clock.ts'
import type { Bench, BenchContext, Figure } from '../bench.ts'
import { type BenchEdge, startEdge } from '../edge.ts'
import { IsolateMemory } from '../isolate-memory.ts'
import { median, spreadOf } from '../statistics.ts'
import { workerdCpuMs } from '../workerd-cpu.ts'
import { besideTaskFigures } from './beside-task.ts'
import { bookOf, PAGES } from './pdf.ts'
import { readyMs } from './ready.ts'

const MIB = 1_048_576
const TEXTS = 5
const BOOKS = 3
/** One byte fewer than is refused. */
const LARGE_BYTES = 100 * MIB
const CHUNK_BYTES = 64 * 1024
const SAMPLE_MS = 100
const CLOCK_MS = 1_000

const WORDS =
  'the lease of a house ends when either side gives notice in writing and the tenant returns all keys to its owner who checks every room for damage before the deposit is paid back within thirty days'.split(
    ' ',
  )

/** A megabyte of sentences that no other one has, in paragraphs. */
function textOf(seed: number): string {
  let text = ''
  let state = seed * 7_919 + 1
  const next = (below: number) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
  while (text.length < MIB) {
    const sentence = Array.from({ length: 8 + next(10) }, () => WORDS[next(WORDS.length)])
    text += `${sentence.join(' ')} number ${next(100_000)}.${next(6) === 0 ? '\n\n' : ' '}`
  }
  return text.slice(0, MIB)
}

async function agenticToken({ origin }: BenchEdge, signal: AbortSignal): Promise<string> {
  const response = await fetch(`${origin}/agentic/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: 'administrator' }),
    signal,
  })
  return ((await response.json()) as { access_token: string }).access_token
}

/** A form with a PDF of so many bytes, as it is sent. */
async function* largeForm(boundary: string): AsyncGenerator<Uint8Array, void, void> {
  const encoder = new TextEncoder()
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="large.pdf"\r\n\r\n%PDF-1.7\n`
  yield encoder.encode(head)
  const chunk = new Uint8Array(CHUNK_BYTES).fill(0x20)
  for (let left = LARGE_BYTES - 9; left > 0; left -= chunk.byteLength) yield chunk.subarray(0, left)
  yield encoder.encode(`\r\n--${boundary}--\r\n`)
}

/**
 * The most that the Worker's isolate holds while the largest document comes. Nothing reads it, as no node is there; and it is deleted,
 * or the node that comes would be at it for ten minutes while the books wait.
 */
async function uploadMemory(
  edge: BenchEdge,
  signal: AbortSignal,
): Promise<{ restMiB: number; peakMiB: number; seconds: number }> {
  const token = await agenticToken(edge, signal)
  const memory = await IsolateMemory.connect(edge.inspectorPort, signal)
  const restMiB = await memory.heldMiB()
  let peakMiB = restMiB
  let isOver = false
  const watch = (async () => {
    while (!isOver) {
      peakMiB = Math.max(peakMiB, await memory.heldMiB())
      await sleep(SAMPLE_MS, undefined, { signal })
    }
  })()
  watch.catch(() => {}) // awaited below, where the upload has not failed first
  const boundary = 'switchyard-bench'
  const authorization = `Bearer ${token}`
  const started = performance.now()
  try {
    const response = await fetch(`${edge.origin}/agentic/api/files/upload`, {
      method: 'POST',
      headers: { authorization, 'content-type': `multipart/form-data; boundary=${boundary}` },
      body: ReadableStream.from(largeForm(boundary)),
      duplex: 'half',
      signal,
    })
    const seconds = (performance.now() - started) / 1_000
    if (!response.ok) throw new Error(`The large document was answered with ${response.status}.`)
    isOver = true
    await watch
    const { file_id: fileId } = (await response.json()) as { file_id: string }
    const place = `${edge.origin}/agentic/api/files/documents/${fileId}`
    const gone = await fetch(place, { method: 'DELETE', headers: { authorization }, signal })
    if (!gone.ok) throw new Error(`The deletion of the large document was answered with ${gone.status}.`)
    return { restMiB, peakMiB, seconds }
  } finally {
    isOver = true
    memory.close()
  }
}

const cpuMs = async (): Promise<number> => (await workerdCpuMs()).reduce((sum, ms) => sum + ms, 0)

const textFile = (seed: number) => new File([textOf(seed)], `text-${seed}.txt`)

/** A node that reads files, until it is stopped. */
async function startNode(edge: BenchEdge, { scratchDir }: BenchContext): Promise<Children> {
  const children = new Children()
  const model = 'gpu-node/models/starter.gguf'
  children.start({
    title: 'The node',
    args: [
      ...['gpu-node/main.ts', '--edge', edge.origin, '--name', 'bench', '--gpu', 'off', '--model', model],
      ...['--threads', '1', '--state-dir', join(scratchDir, 'node')],
    ],
    env: { SWITCHYARD_TOKEN: await edge.createJoinToken() },
    logPath: join(scratchDir, 'node.log'),
  })
  try {
    await Promise.race([edge.serves('starter'), children.failed])
  } catch (thrown) {
    await children.stop()
    throw thrown
  }
  return children
}

/** Times until books are found, the first of which has the node's runtime compiled. */
async function bookMs(edge: BenchEdge, context: BenchContext): Promise<number[]> {
  const node = await startNode(edge, context)
  // Here no minute comes by itself, and a task whose node was not ready waits for the next.
  const clock = setInterval(() => {
    ring(edge.origin, EACH_MINUTE).catch(() => {})
  }, CLOCK_MS)
  const times: number[] = []
  try {
    for (let seed = 0; seed <= BOOKS; seed += 1) {
      const file = new File([bookOf(seed)], `book-${seed}.pdf`)
      const ms = await Promise.race([readyMs(edge, file, context.signal), node.failed])
      if (seed > 0) times.push(ms)
    }
  } finally {
    clearInterval(clock)
    await node.stop()
  }
  return times
}

async function measureEdge(context: BenchContext): Promise<Figure[]> {
  const { note, signal } = context
  const edge = await startEdge(context)
  try {
    note(`reading ${TEXTS + 1} texts of 1 MB`)
    // The first one loads what reads and indexes.
    const first = await readyMs(edge, textFile(0), signal)
    const times: number[] = []
    const cpuBefore = await cpuMs()
    for (let seed = 1; seed <= TEXTS; seed += 1) times.push(await readyMs(edge, textFile(seed), signal))
    const textCpuMs = ((await cpuMs()) - cpuBefore) / TEXTS
    note('uploading 100 MB')
    const { restMiB, peakMiB, seconds } = await uploadMemory(edge, signal)
    note(`reading ${BOOKS + 1} PDFs of ${PAGES} pages on a node`)
    const books = (await bookMs(edge, context)).map((ms) => ms / 1_000)
    return [
      { name: '1 MB of text: the first', value: first / 1_000, unit: 's' },
      {
        name: '1 MB of text is found after',
        value: median(times) / 1_000,
        unit: 's',
        spread: spreadOf(times.map((ms) => ms / 1_000)),
        target: { atMost: 1.5 },
      },
      { name: '1 MB of text: CPU time of edge, library and queue', value: textCpuMs / 1_000, unit: 's' },
      {
        name: `a PDF of ${PAGES} pages is found after`,
        value: median(books),
        unit: 's',
        spread: spreadOf(books),
        target: { atMost: 10 },
      },
      { name: '100 MB upload', value: seconds, unit: 's' },
      { name: '100 MB upload: held by the isolate before it', value: restMiB, unit: 'MiB' },
      { name: '100 MB upload: held by the isolate', value: peakMiB, unit: 'MiB', target: { atMost: 40 } },
    ]
  } finally {
    await edge.stop()
  }
}

/** How long files take until searches find them, what the largest costs in memory, and what reading costs a generation. */
export const documents: Bench = {
  name: 'documents',
  summary:
    'files until searches find them, the memory that the largest takes, and a stream beside their reading',
  run: async (context) => [...(await measureEdge(context)), ...(await besideTaskFigures(context))],
}
