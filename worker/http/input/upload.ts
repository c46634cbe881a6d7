import { Busboy, type FileStream } from '@fastify/busboy'
import type { Context } from 'hono'
import { AppError } from '../../../shared/errors.ts'
import { MIB } from '../../../shared/units.ts'
import { lengthOf } from './raw-body.ts'

/** Bytes around a file in its form: boundaries, headers and other fields. */
export const MAX_FORM_OVERHEAD_BYTES = 64 * 1024

/** Parts of a form, the file among them; what is more is not looked at. */
const MAX_PARTS = 20

export interface UploadedFile {
  /** As its sender calls it, without folders. */
  name: string
  /** Its sender's word for what it is, e.g. `text/csv`. */
  type: string
  /** Its size at least, by the length that its form has; 0 where that is not told. */
  leastBytes: number
  /** Throws `too_large` behind the last byte that is allowed, and `invalid_request` when the form ends before the file. */
  bytes: AsyncIterable<Uint8Array>
}

export interface UploadOptions {
  /** The field that holds the file. */
  field: string
  /** Of the file. */
  maxBytes: number
  /** Goes on behind "larger than 95 MB": the other way in. */
  instead?: string
}

/** The other parts of a form by their names; one that is given more than once is a list. */
export type FormFields = ReadonlyMap<string, string | string[]>

const tooLarge = ({ maxBytes, instead = '' }: UploadOptions) =>
  new AppError('too_large', `The file is larger than ${maxBytes / MIB} MB${instead}.`)

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

async function* bounded(file: FileStream, options: UploadOptions): AsyncGenerator<Uint8Array, void, void> {
  let length = 0
  const chunks = file[Symbol.asyncIterator]()
  try {
    while (true) {
      const { done, value } = await chunks.next().catch((thrown: unknown) => {
        throw broken(thrown)
      })
      if (done) return
      length += value.byteLength
      if (length > options.maxBytes) throw tooLarge(options)
      yield value
    }
  } finally {
    file.destroy()
  }
}

/** Collects the parts of a form that are no files. */
function collectFields(form: Busboy): Map<string, string | string[]> {
  const fields = new Map<string, string | string[]>()
  form.on('field', (name, value) => {
    const known = fields.get(name)
    fields.set(name, known === undefined ? value : [known, value].flat())
  })
  return fields
}

/**
 * Reads a form with a file (`multipart/form-data`, RFC 7578) as it comes, without holding it: `take` is given the file and
 * must read it. It may wait for the form's other fields, some of which come behind the file; where it does not, they are passed
 * over. Throws `invalid_request` when the file is missing or the form is broken, `too_large`, and what `take` throws.
 */
export async function receiveFile<Result>(
  c: Context,
  options: UploadOptions,
  take: (file: UploadedFile, fields: () => Promise<FormFields>) => Promise<Result>,
): Promise<Result> {
  const { field } = options
  const maxLength = options.maxBytes + MAX_FORM_OVERHEAD_BYTES
  const promised = lengthOf(c) ?? 0
  if (promised > maxLength) throw tooLarge(options)
  const leastBytes = Math.max(0, promised - MAX_FORM_OVERHEAD_BYTES)
  const { body } = c.req.raw
  if (!body) throw missing(field)
  const form = openForm(c.req.header('content-type') ?? '')
  let taking: Promise<Result> | undefined
  let stream: FileStream | undefined
  let breakOff: (thrown: unknown) => void = () => {}
  const fields = collectFields(form)
  const ended = new Promise<FormFields>((resolve, reject) => {
    breakOff = reject
    form.on('finish', () => resolve(fields)).on('error', reject)
  })
  ended.catch(() => {})
  let isTaken = false
  const taken = new Promise<void>((resolve, reject) => {
    form.on('file', (name, file, fileName, _encoding, type) => {
      file.on('error', () => {}) // whoever reads it is told
      if (name !== field || taking) return void file.resume()
      stream = file
      const bytes = bounded(file, options)
      taking = take({ name: fileNameOf(fileName), type, leastBytes, bytes }, () => ended)
      taking.then(() => {
        isTaken = true
        resolve()
      }, reject)
    })
  })
  taken.catch(() => {})
  let length = 0
  try {
    for await (const chunk of body) {
      length += chunk.byteLength
      if (length > maxLength && taking) throw tooLarge(options)
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
    const refusal = thrown instanceof AppError ? thrown : broken(thrown)
    // The file's reader must end before the answer does: what it has begun, it takes back.
    breakOff(refusal)
    stream?.destroy(new Error('The form has ended.'))
    await taking
    throw refusal
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
