import { truncatedSvd } from '../../../gpu-node/sandbox/fit/truncated-svd.ts'
import { decodeMatrix } from '../../../shared/tasks/fit-matrix.ts'
import type { LibraryStub } from '../../../worker/services/library/library.ts'
import type { Passage } from '../../../worker/services/library/passages.ts'
import type { SearchAnswer } from '../../../worker/services/library/search-request.ts'
import { waitUntil } from '../../local-edge.ts'

const FIT_DIMENSIONS = 100
/** So many passages more or less are worth a word. */
const TOLD_PASSAGES = 10_000
const LIMIT_MS = 8 * 60_000

/** A library of a running edge, over HTTP. */
export class BenchLibrary {
  readonly #base: string
  readonly #signal: AbortSignal

  /** An account whose name begins with `embedding` has such vectors. */
  constructor(origin: string, account: string, signal: AbortSignal) {
    this.#base = `${origin}/bench/${account}`
    this.#signal = signal
  }

  async call<Name extends keyof LibraryStub>(
    name: Name,
    ...values: unknown[]
  ): Promise<Awaited<ReturnType<LibraryStub[Name]>>> {
    const response = await this.#fetch(name, JSON.stringify(values))
    // The route answers with what the call does.
    return (await response.json()) as Awaited<ReturnType<LibraryStub[Name]>>
  }

  /** Indexes a document. */
  async put(id: string, title: string, passages: readonly Passage[]): Promise<void> {
    const file = { fileId: id, name: `${id}.txt`, bytes: 1, sha256: id, contentType: 'text/plain' }
    await this.call('add', { ...file, id, source: 'bench', key: id })
    for (let from = 0; from === 0 || from < passages.length; from += 500) {
      const isLast = from + 500 >= passages.length
      await this.call('index', id, 1, {
        passages: passages.slice(from, from + 500),
        ...(title !== '' && { title }),
        isLast,
      })
    }
  }

  search(query: string, limit: number): Promise<SearchAnswer> {
    return this.call('search', { query, limit })
  }

  /** Documents by the best of their passages, from the best on. */
  async ranking(query: string): Promise<string[]> {
    const { results } = await this.search(query, 200)
    return [...new Set(results.map(({ documentId }) => documentId))]
  }

  async rankingByVectors(query: string): Promise<string[]> {
    const response = await this.#fetch('byVectors', JSON.stringify([query]))
    return (await response.json()) as string[] // the bench's own call
  }

  async numbersByVectors(query: string): Promise<number[]> {
    const response = await this.#fetch('numbersByVectors', JSON.stringify([query]))
    return (await response.json()) as number[] // the bench's own call
  }

  /** Fits vectors as a node does, and gives them to the library. */
  async fit(): Promise<void> {
    await this.#fetch('open', '')
    await this.search('whoever asks has the library look after the pool', 1)
    let matrix: { bytes: Uint8Array<ArrayBuffer>; task: string } | undefined
    await this.#until('was no matrix to fit', async () => {
      const response = await fetch(`${this.#base}/matrix`, { signal: this.#signal })
      const bytes = new Uint8Array(await response.arrayBuffer())
      if (response.ok) matrix = { bytes, task: response.headers.get('x-task') ?? '' }
      return response.ok
    })
    if (!matrix) return
    const { vectors } = truncatedSvd(decodeMatrix(matrix.bytes), FIT_DIMENSIONS, 1)
    await this.#fetch('terms', new Uint8Array(vectors.buffer as ArrayBuffer), matrix.task)
  }

  /** Resolves when all passages have vectors of this kind, asked by a question whose words they know. */
  hasVectors(
    kind: 'lsa' | 'embedding:bench',
    question: string,
    note: (text: string) => void = () => {},
  ): Promise<void> {
    let told = Number.POSITIVE_INFINITY
    return this.#until('were not vectors for all passages', async () => {
      const { foundBy, notSearched } = await this.search(question, 1)
      const { passagesWithoutVector: left } = notSearched
      if (left < told - TOLD_PASSAGES) {
        note(`${left} passages have no vector`)
        told = left
      }
      return foundBy.includes(kind) && left === 0
    })
  }

  async #fetch(name: string, body: string | Uint8Array<ArrayBuffer>, task = ''): Promise<Response> {
    const headers = { 'x-task': task }
    const response = await fetch(`${this.#base}/${name}`, {
      method: 'POST',
      body,
      headers,
      signal: this.#signal,
    })
    if (!response.ok)
      throw new Error(`${name} was answered ${response.status}: ${(await response.text()).slice(0, 200)}`)
    return response
  }

  #until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
    return waitUntil(isTrue, { limitMs: LIMIT_MS, sentence: `There ${what} in time.` }, this.#signal)
  }
}
