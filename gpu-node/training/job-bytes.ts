import type { InputName, StoredFile } from '../../shared/training.ts'
import { describeFile, fetchFile, storeFile, type TransferOptions } from './byte-transfer.ts'
import type { JobLink } from './job-link.ts'

export interface JobBytesOptions extends TransferOptions {
  link: JobLink
}

/** The files of one attempt on their way between the edge and this machine's disk. Ended by its signal, even without a link. */
export class JobBytes {
  readonly #options: JobBytesOptions

  constructor(options: JobBytesOptions) {
    this.#options = options
  }

  async fetch(name: InputName, file: StoredFile, path: string): Promise<void> {
    const sign = (parts: readonly number[]) =>
      this.#options.link.sign({ method: 'GET', file: name, parts: [...parts] })
    await this.interruptible(fetchFile(file, path, sign, this.#options))
  }

  /** Stores a file under a name. */
  async store(name: string, path: string): Promise<StoredFile> {
    const file = await describeFile(path)
    const sign = (parts: readonly number[]) =>
      this.#options.link.sign({
        method: 'PUT',
        file: name,
        parts: parts.map((part) => ({ part, ...partAt(file, part) })),
      })
    await this.interruptible(storeFile(file, path, sign, this.#options))
    return file
  }

  /** Waits for the edge's answers end with the attempt: without a link they would not. */
  interruptible<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#options
    const { promise, reject } = Promise.withResolvers<never>()
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', onAbort))
  }
}

function partAt({ parts }: StoredFile, index: number): StoredFile['parts'][number] {
  const part = parts[index]
  if (part === undefined) throw new RangeError('The file has no such part.')
  return part
}
