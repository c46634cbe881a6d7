import { eq } from 'drizzle-orm'
import { AppError } from '../../../shared/errors.ts'
import { MIB } from '../../../shared/units.ts'
import type { Db } from '../../db/client.ts'
import { files as filesTable } from '../../db/tables/files.ts'
import type { Draft, Files, FileWords, ReceiveOptions, StoredFile } from '../files/files.ts'
import type { Assembled } from '../files/uploads.ts'
import { type ObservedBytes, observe } from './observed-bytes.ts'
import { isDocumentPurpose } from './purposes.ts'
import { CONTENT_TYPES, type DocumentFormat } from './reading/formats.ts'
import { unreadable } from './reading/refusals.ts'
import { HEAD_BYTES, sniff } from './reading/sniffing.ts'
import { archiveFormat } from './reading/zip-directory.ts'

/** Largest document, in bytes. */
export const MAX_DOCUMENT_BYTES = 100 * MIB

/** Of a document in Agentic's contract. */
export const SHORT_ID_LENGTH = 8
const SHORT_ID_LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** Eight letters and digits; bytes that would make some of them likelier are not used. */
function randomShortId(): string {
  let id = ''
  while (id.length < SHORT_ID_LENGTH) {
    const [byte = 255] = crypto.getRandomValues(new Uint8Array(1))
    if (byte < 252) id += SHORT_ID_LETTERS[byte % SHORT_ID_LETTERS.length]
  }
  return id
}

/** Tells what a file is whose bytes are stored and were observed: a document's true type, and its names. */
export function createDescribing({ db, bucket }: { db: Db; bucket: R2Bucket }) {
  async function freeShortId(): Promise<string> {
    for (let tries = 0; tries < 10; tries += 1) {
      const id = randomShortId()
      if ((await db.$count(filesTable, eq(filesTable.shortId, id))) === 0) return id
    }
    throw new AppError('internal', 'No short id is free.')
  }

  function identify(
    name: string,
    head: Uint8Array,
    { key, sizeBytes }: Pick<Draft, 'key' | 'sizeBytes'>,
  ): Promise<DocumentFormat> {
    const format = sniff(name, head)
    if (format !== 'zip') return Promise.resolve(format)
    return archiveFormat(name, sizeBytes, async (offset, length) => {
      const object = await bucket.get(key, { range: { offset, length } })
      if (!object) throw new AppError('internal', 'A file is gone while it is stored.')
      return new Uint8Array(await object.arrayBuffer())
    })
  }

  /** Throws `invalid_request`, naming the file, for what is no document that can be read. */
  return async function describe(
    name: string,
    observed: Pick<ObservedBytes, 'head' | 'sha256'>,
    draft: Pick<Draft, 'key' | 'sizeBytes'>,
  ): Promise<Assembled> {
    if (draft.sizeBytes === 0) throw unreadable(name, 'is empty.')
    const format = await identify(name, observed.head(), draft)
    const document = { sha256: observed.sha256(), shortId: await freeShortId() }
    return { contentType: CONTENT_TYPES[format], document }
  }
}

export interface ReceivingOptions {
  db: Db
  bucket: R2Bucket
  files: Pick<Files, 'receive'>
}

export interface NewDocumentFile extends Omit<ReceiveOptions, 'isRows'> {
  /** Where it is known before the bytes are: what cannot be read is refused at its first bytes. */
  name?: string
  isRows?: boolean
}

/** Stores files, those that are to be documents with their true type. */
export function createReceiving({ db, bucket, files }: ReceivingOptions) {
  const describe = createDescribing({ db, bucket })

  /**
   * Stores a file as `files.receive` does. One whose purpose makes a document of it is refused where it is none that can be read,
   * by name, or too large.
   */
  return async function receive(
    accountId: string,
    bytes: AsyncIterable<Uint8Array>,
    { name: knownName, isRows = false, ...options }: NewDocumentFile,
    decide: (draft: Draft) => FileWords | Promise<FileWords>,
  ): Promise<StoredFile> {
    const observed = observe(bytes, HEAD_BYTES, (head) => {
      if (knownName !== undefined) sniff(knownName, head)
    })
    return files.receive(accountId, observed.bytes, { isRows, ...options }, async (draft) => {
      const words = await decide(draft)
      if (!isDocumentPurpose(words.purpose)) return words
      if (draft.sizeBytes > MAX_DOCUMENT_BYTES)
        throw new AppError('too_large', `A document has at most ${MAX_DOCUMENT_BYTES / MIB} MB.`, {
          param: 'file',
        })
      return { ...words, ...(await describe(words.name, observed, draft)) }
    })
  }
}
export type ReceiveFile = ReturnType<typeof createReceiving>
