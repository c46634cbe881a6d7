import { expect } from 'vitest'
import { fileClient } from './file-client.ts'

/** A register that only the tests know, without a licence to speak of. */
export const SOURCE = {
  name: 'test-register',
  licence: 'CC BY 4.0',
  address: 'https://register.example.org/programs',
  edition: '2025',
}

/** A program as a file in JSON gives it. */
export const givenProgram = (over: Record<string, unknown> = {}) => ({
  source_id: crypto.randomUUID(),
  institution: 'University of Somewhere',
  country: 'FR',
  title: 'Computer Science BSc',
  source: SOURCE,
  ...over,
})

interface Imported {
  object: string
  added: number
  changed: number
  unchanged: number
  catalogue_version: number
}

/** The catalogue as an administrator and as anybody else sees it. */
export async function catalogueClient() {
  const call = await fileClient('programs')
  return {
    call,
    send: (body: string, type = 'application/x-ndjson') =>
      call('/imports', { method: 'POST', body, headers: { 'content-type': type } }),
    async import(programs: readonly object[]): Promise<Imported> {
      const body = programs.map((program) => JSON.stringify(program)).join('\n')
      const response = await call('/imports', {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/x-ndjson' },
      })
      expect([response.status, response.status === 200 ? '' : await response.clone().text()]).toEqual([
        200,
        '',
      ])
      return (await response.json()) as Imported
    },
    async list(query = '') {
      const response = await call(query)
      expect(response.status).toBe(200)
      return (await response.json()) as {
        data: { id: string; title: string; source_id: string }[]
        has_more: boolean
        last_id: string | null
        catalogue_version: number
      }
    },
  }
}
