import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { checkRows, sendRows } from '../../../scripts/programs/import.ts'
import type { RegisterRow } from '../../../scripts/programs/registers/register.ts'
import { seedEmptyCatalogue, seedRows } from '../../../scripts/programs/seed.ts'
import type { NewProgram } from '../../../worker/services/advising/catalogue/program.ts'

const RESULT = { added: 1, changed: 0, unchanged: 0, catalogue_version: 1 }
const PROGRAM: NewProgram = {
  sourceId: '1',
  institution: 'A',
  country: 'FR',
  title: 'Law',
  source: { name: 'test', licence: 'none', address: 'https://example.org/', edition: '2025' },
}

let version = 0
let status = 200
let imported: { type: string | undefined; key: string | undefined; lines: string[] }[] = []
const server = createServer(async (request, response) => {
  if (request.method === 'GET') return void response.end(JSON.stringify({ catalogue_version: version }))
  const body = await text(request)
  imported.push({
    type: request.headers['content-type'],
    key: request.headers.authorization,
    lines: body.trim().split('\n'),
  })
  response.statusCode = status
  response.end(JSON.stringify(status === 200 ? RESULT : { error: { message: 'Line 1: no.' } }))
})
let edge = { origin: '', apiKey: 'sk-key' }
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on a port has an address with one.
  edge = { ...edge, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
})
afterAll(() => void server.close())
beforeEach(() => {
  ;[version, status, imported] = [0, 200, []]
})

async function* rows(...programs: NewProgram[]): AsyncGenerator<RegisterRow, void, void> {
  for (const [index, program] of programs.entries()) yield { line: index + 2, program }
}

describe('an import', () => {
  it('sends a line for each program, in the words of the interface, with the key', async () => {
    expect(await sendRows(edge, rows(PROGRAM, { ...PROGRAM, sourceId: '2' }))).toEqual(RESULT)
    const [{ type, key, lines = [] } = { lines: [] }] = imported
    expect([type, key, lines.length]).toEqual(['application/x-ndjson', 'Bearer sk-key', 2])
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ source_id: '1', title: 'Law' })
  })

  it('says what the edge said', async () => {
    status = 400
    await expect(sendRows(edge, rows(PROGRAM))).rejects.toThrow(/answered 400 to the import: .*Line 1: no\./)
  })

  it('tells faults by the lines of the register’s file, before anything is sent', async () => {
    const bad = { ...PROGRAM, country: 'XX' }
    await expect(checkRows(rows(PROGRAM, bad, { ...bad, title: '' }))).rejects.toThrow(
      /^Nothing was imported\.\nline 3: country: expected a country of ISO 3166 in two letters\nline 4: /,
    )
    expect(await checkRows(rows(PROGRAM))).toBe(1)
  })
})

describe('the seed', () => {
  it('goes into a catalogue that never had a program, and into no other', async () => {
    let count = 0
    for await (const _ of seedRows()) count += 1
    await seedEmptyCatalogue(edge)
    expect(imported.map(({ lines }) => lines.length)).toEqual([count])
    version = 1
    await seedEmptyCatalogue(edge)
    expect(imported).toHaveLength(1)
  })
})
