import type { DocumentPage } from '../../shared/document-page.ts'
import type { FileFault, TaskFigures } from '../../shared/tasks/tasks.ts'
import { encodeFrame, encodeMessage, outputFrame, PIPE_PIECE_BYTES } from './pipe.ts'

/** Progress is told at most this often. */
const PROGRESS_MS = 500

/** The words of a task to the node: its outputs, how far it is, and how it ended. */
export class Report {
  readonly #outputs: readonly string[]
  readonly #write: (bytes: Uint8Array) => number
  readonly figures: TaskFigures = {}
  #toldAt = Number.NEGATIVE_INFINITY

  /** `write` takes some of the bytes, and says how many. */
  constructor(outputs: readonly string[], write: (bytes: Uint8Array) => number) {
    this.#outputs = outputs
    this.#write = write
  }

  /** A page, as one line of the output `pages`. */
  page(page: DocumentPage): void {
    const { figures } = this
    if (page.page !== null) figures.pages = (figures.pages ?? 0) + 1
    if (!page.usable) figures.unusablePages = (figures.unusablePages ?? 0) + 1
    this.output('pages', new TextEncoder().encode(`${JSON.stringify(page)}\n`))
  }

  output(name: string, bytes: Uint8Array): void {
    const index = this.#outputs.indexOf(name)
    if (index < 0) return // nobody wants it
    for (let at = 0; at < bytes.length; at += PIPE_PIECE_BYTES)
      this.#say(encodeFrame(outputFrame(index), bytes.subarray(at, at + PIPE_PIECE_BYTES)))
  }

  progress(done: number, total: number): void {
    if (performance.now() - this.#toldAt < PROGRESS_MS) return
    this.#toldAt = performance.now()
    this.#say(encodeMessage({ type: 'progress', done, total }))
  }

  finish(): void {
    this.#say(encodeMessage({ type: 'done', figures: this.figures }))
  }

  fail(code: FileFault, message: string): void {
    this.#say(encodeMessage({ type: 'fault', code, message }))
  }

  #say(frame: Uint8Array): void {
    for (let at = 0; at < frame.length; ) at += this.#write(frame.subarray(at))
  }
}
