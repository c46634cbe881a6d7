import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { contractClient } from './contract-client.ts'

const { raw } = contractClient('dualquery')

export const UPLOAD = '/api/datasets/upload'

export interface Dataset {
  _id: string
}

export const csv = (content: string | Uint8Array<ArrayBuffer>, name = 'sales_data.csv', type = 'text/csv') =>
  new File([content], name, { type })

/** As curl and axios send it: a form with a file. */
export function upload(file: File | string | undefined, token: string, field = 'file'): Promise<Response> {
  const form = new FormData()
  form.set('note', 'of no interest')
  if (file !== undefined) form.set(field, file)
  return raw(UPLOAD, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: form })
}

/** The dataset that a file has become. */
export async function uploaded(file: File, token: string): Promise<Dataset> {
  const response = await upload(file, token)
  expect(response.status).toBe(201)
  return (await response.json()) as Dataset
}

/** How many files are kept, of all accounts. */
export const keptFiles = async () => (await env.FILES.list({ prefix: 'datasets/' })).objects.length
