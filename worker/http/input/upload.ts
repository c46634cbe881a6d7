import { Busboy, type FileStream } from '@fastify/busboy'
import type { Context } from 'hono'
import { AppError } from '../../../shared/errors.ts'
import { MIB } from '../../../shared/units.ts'

/** Bytes around a file in its form: boundaries, headers and other fields. */
export const MAX_FORM_OVERHEAD_BYTES = 64 * 1024

/** Parts of a form, the file among them; what is more is not looked at. */
const MAX_PARTS = 20

export interface UploadedFile {
  /** As its sender calls it, without folders. */
  name: string
  /** Its sender's word for what it is, e.g. `text/csv`. */
  type: string
  /** Throws `too_large` behind the last byte that is allowed, and `invalid_request` when the form ends before the file. */
  bytes: AsyncIterable<Uint8Array>
}

export interface UploadOptions {
  /** The field that holds the file. */
  field: string
  /** Of the file. */
  maxBytes: number
}

const tooLarge = (maxBytes: number) =>
  new AppError('too_large', `The file is larger than ${maxBytes / MIB} MB.`)

const broken = (cause: unknown) =>
  new AppError('invalid_request', 'The form cannot be read: it is malformed or ends too early.', { cause })

function missing(field: string): AppError {
  const issue = { path: ['body', field], message: 'field required', type: 'value_error.missing' }
  return new AppError('invalid_request', `Invalid '${field}': a file is required.`, {
    param: field,
    issues: [issue],
  })
}

/** The last part of a path of any system, without what no name holds. */
export const fileNameOf = (path: string): string =>
  (path.split(/[/\\]/).at(-1) ?? '').replaceAll(/\p{C}/gu, '').trim()

async function* bounded(file: FileStream, maxBytes: number): AsyncGenerator<Uint8Array, void, void> {
  let length = 0
  const chunks = file[Symbol.asyncIterator]()
  try {
    while (true) {
      const { done, value } = await chunks.next().catch((thrown: unknown) => {
        throw broken(thrown)
      })
      if (done) return
      length += value.byteLength
      if (length > maxBytes) throw tooLarge(maxBytes)
      yield value
    }
  } finally {
    file.destroy()
  }
}

/**
 * Reads a form with a file (`multipart/form-data`, RFC 7578) as it comes, without holding it: `take` is given the file and
 * must read it. Other parts are passed over. Throws `invalid_request` when the file is missing or the form is broken,
 * `too_large`, and what `take` throws.
 */
export async function receiveFile<Result>(
  c: Context,
  { field, maxBytes }: UploadOptions,
  take: (file: UploadedFile) => Promise<Result>,
): Promise<Result> {
  if (Number(c.req.header('content-length')) > maxBytes + MAX_FORM_OVERHEAD_BYTES) throw tooLarge(maxBytes)
  const { body } = c.req.raw
  if (!body) throw missing(field)
  const form = openForm(c.req.header('content-type') ?? '')
  let taking: Promise<Result> | undefined
  let stream: FileStream | undefined
  const ended = new Promise<void>((resolve, reject) => form.on('finish', resolve).on('error', reject))
  ended.catch(() => {})
  let isTaken = false
  const taken = new Promise<void>((resolve, reject) => {
    form.on('file', (name, file, fileName, _encoding, type) => {
      file.on('error', () => {}) // whoever reads it is told
      if (name !== field || taking) return void file.resume()
      stream = file
      taking = take({ name: fileNameOf(fileName), type, bytes: bounded(file, maxBytes) })
      taking.then(() => {
        isTaken = true
        resolve()
      }, reject)
    })
  })
  taken.catch(() => {})
  try {
    for await (const chunk of body) {
      const written = new Promise<void>((resolve) => form.write(chunk, () => resolve()))
      await Promise.race([written, taken, ended])
      // What follows the file, or what its taker did not want, is of no interest.
      if (isTaken) break
    }
    if (!isTaken) {
      form.end()
      await Promise.race([ended, taken])
    }
  } catch (thrown) {
    // The file's reader must end before the answer does: what it has begun, it takes back.
    stream?.destroy(new Error('The form has ended.'))
    await taking
    throw broken(thrown)
  }
  if (!taking) throw missing(field)
  return taking
}

function openForm(type: string): Busboy {
  try {
    return new Busboy({
      headers: { 'content-type': type },
      limits: { parts: MAX_PARTS, fieldSize: MAX_FORM_OVERHEAD_BYTES, fields: MAX_PARTS },
    })
  } catch (thrown) {
    throw broken(thrown)
  }
}
