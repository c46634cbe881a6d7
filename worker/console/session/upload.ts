import type { z } from 'zod'
import type { FileObject } from '../../surfaces/openai/schemas/file.ts'
import { askJson } from './api.ts'
import { bodyOf, Failure, failureOf } from './failure.ts'
import { freshToken } from './session.ts'

export type StoredFile = z.infer<typeof FileObject>

/** An upload in parts: the file is there once it is complete. */
interface UploadInParts {
  id: string
  file: StoredFile | null
}

/** Larger files go in parts of this size: the edge takes parts of at most 64 MiB, and bodies of at most 95. */
const PART_BYTES = 32 * 1024 * 1024

export interface UploadOptions {
  /** Of the bytes, how many are sent. */
  onProgress: (sentBytes: number) => void
  signal: AbortSignal
}

/** Sends a form, telling how far it is. A fetch cannot tell that. */
function sendForm(path: string, form: FormData, token: string, options: UploadOptions): Promise<Response> {
  const { onProgress, signal } = options
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', path)
    request.setRequestHeader('authorization', `Bearer ${token}`)
    request.upload.onprogress = ({ loaded }) => onProgress(loaded)
    request.onload = () => {
      const { status, responseText } = request
      const wait = request.getResponseHeader('retry-after')
      resolve(new Response(responseText, { status, headers: wait === null ? {} : { 'retry-after': wait } }))
    }
    request.onerror = () => reject(new TypeError('The edge cannot be reached.'))
    request.onabort = () => reject(signal.reason)
    signal.addEventListener('abort', () => request.abort(), { once: true })
    request.send(form)
  })
}

/** Uploads a form and answers the JSON that comes back. Throws a `Failure`. */
export async function uploadForm<Body>(path: string, form: FormData, options: UploadOptions): Promise<Body> {
  options.signal.throwIfAborted()
  const token = await freshToken()
  let response = await sendForm(path, form, token, options)
  if (response.status === 401) response = await sendForm(path, form, await freshToken(token), options)
  if (!response.ok) throw await failureOf(response)
  return await bodyOf(response)
}

async function uploadInParts(file: File, purpose: string, options: UploadOptions): Promise<StoredFile> {
  const { onProgress, signal } = options
  const mime_type = file.type === '' ? 'application/octet-stream' : file.type
  const words = { filename: file.name, purpose, bytes: file.size, mime_type }
  const { id } = await askJson<UploadInParts>('/v1/uploads', { body: words, signal })
  const path = `/v1/uploads/${encodeURIComponent(id)}`
  const parts: string[] = []
  for (let from = 0; from < file.size; from += PART_BYTES) {
    const form = new FormData()
    form.set('data', file.slice(from, from + PART_BYTES))
    const part = await uploadForm<{ id: string }>(`${path}/parts`, form, {
      signal,
      onProgress: (sent) => onProgress(from + sent),
    })
    parts.push(part.id)
  }
  const whole = await askJson<UploadInParts>(`${path}/complete`, {
    body: { part_ids: parts },
    signal,
  })
  if (whole.file === null) throw new Failure('The upload was not completed.', { status: 200 })
  return whole.file
}

/** Uploads a file for a purpose; a large one in parts. Throws a `Failure` with the reason for which it is not kept. */
export async function uploadFile(file: File, purpose: string, options: UploadOptions): Promise<StoredFile> {
  if (file.size > PART_BYTES) return await uploadInParts(file, purpose, options)
  const form = new FormData()
  form.set('purpose', purpose)
  form.set('file', file)
  return await uploadForm('/v1/files', form, options)
}
