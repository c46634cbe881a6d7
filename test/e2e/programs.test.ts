import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { MAX_IMPORT_ROWS } from '../../worker/services/advising/catalogue/program.ts'
import type { EdgeClient } from './support/edge-client.ts'
import { sharedEdge } from './support/shared-edge.ts'

const FIXTURES = 'test/fixtures/registers'
const EDITION = ['--edition', 'of the tests']

let edge: EdgeClient
let folder: string
beforeAll(async () => {
  edge = await sharedEdge()
  folder = await mkdtemp(join(tmpdir(), 'programs-'))
})
afterAll(() => rm(folder, { recursive: true }))

function start(args: readonly string[], { key = edge.key, origin = edge.url } = {}): ChildProcess {
  return spawn(process.execPath, ['scripts/programs/main.ts', ...args, '--edge', origin], {
    env: { ...process.env, SWITCHYARD_API_KEY: key },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** The command as a person types it: its exit code, and what it says. */
async function command(args: readonly string[], options: { key?: string } = {}) {
  const child = start(args, options)
  const { stdout, stderr } = child
  if (!stdout || !stderr) throw new Error('The command has no output.')
  const [[code], said, complained] = await Promise.all([once(child, 'exit'), text(stdout), text(stderr)])
  return { code, said, complained }
}

const importing = (source: string, file: string, more: readonly string[] = EDITION) =>
  command(['import', '--source', source, file, ...more])

const programsOf = async (query: string) =>
  (
    await edge.json<{ data: { source_id: string; title: string }[]; has_more: boolean }>(
      `/v1/programs?${query}`,
    )
  ).data

/** A file of CRICOS' form with rows of the tests' own. */
async function madeUp(prefix: string, rows: number): Promise<string> {
  const [header = '', first = ''] = (await readFile(`${FIXTURES}/cricos.csv`, 'utf8')).split(/\r?\n/)
  const path = join(folder, `${prefix}.csv`)
  const lines = Array.from({ length: rows }, (_, index) => first.replace('0990138', `${prefix}${index}`))
  await writeFile(path, `${[header, ...lines].join('\n')}\n`)
  return path
}

describe('npm run programs', { timeout: 120_000 }, () => {
  it.each([
    ['cricos', 'cricos.csv', EDITION, '0990138', 'Bachelor of Economics'],
    ['parcoursup', 'parcoursup.csv', [], '99001', 'Licence - Droit'],
    ['discover-uni', 'discover-uni/KISCOURSE.csv', EDITION, '99000001/99000001/K00001/01', 'Law'],
    ['scorecard', 'scorecard.csv', EDITION, '990001', undefined],
  ])(
    'imports the file of %s, and a second time changes nothing',
    async (source, file, edition, id, title) => {
      const first = await importing(source, join(FIXTURES, file), edition)
      expect(first).toMatchObject({ code: 0, complained: '' })
      const added = Number(/^(\d+) added, 0 changed, 0 as they were/.exec(first.said)?.[1])
      expect(added).toBeGreaterThan(0)
      const again = await importing(source, join(FIXTURES, file), edition)
      expect(again.said).toMatch(new RegExp(`^0 added, 0 changed, ${added} as they were`))
      const found = await programsOf(`source=${source}&source_id=${encodeURIComponent(id)}`)
      expect(found).toMatchObject([{ source_id: id, ...(title && { title }) }])
    },
  )

  it('names the line of a bad row, and imports nothing of its file', async () => {
    const path = await madeUp('BADROW', 3)
    const lines = (await readFile(path, 'utf8')).split('\n')
    lines[2] =
      lines[2]?.replace(/,Economics,|Bachelor of Economics/, (found) =>
        found.startsWith(',') ? found : '',
      ) ?? ''
    await writeFile(path, lines.join('\n'))
    const { code, said, complained } = await importing('cricos', path)
    expect([code, said]).toEqual([1, ''])
    expect(complained).toMatch(/line 3: title: /)
    expect(await programsOf('source=cricos&source_id=BADROW0')).toEqual([])
  })

  it('that is killed leaves the catalogue as it was, and does all of it the next time', async () => {
    const path = await madeUp('KILLED', 20_000)
    const begun = Promise.withResolvers<void>()
    let passed = 0
    const proxy = createServer((client) => {
      const [host, port] = [new URL(edge.url).hostname, Number(new URL(edge.url).port)]
      const there = connect(port, host)
      for (const socket of [client, there]) socket.on('error', () => {}) // its close follows
      client.on('data', (bytes) => {
        passed += bytes.length
        if (passed > 1_000_000) begun.resolve()
      })
      client.pipe(there).pipe(client)
      client.on('close', () => there.destroy())
    })
    proxy.listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    const address = proxy.address()
    if (address === null || typeof address === 'string') throw new Error('No port was given.')
    const origin = `http://127.0.0.1:${address.port}`
    const child = start(['import', '--source', 'cricos', path, ...EDITION], { origin })
    await begun.promise
    child.kill('SIGKILL')
    await once(child, 'exit')
    proxy.close()
    expect(await programsOf('source=cricos&source_id=KILLED0')).toEqual([])
    const { code, said } = await importing('cricos', path)
    expect([code, said]).toEqual([0, expect.stringMatching(/^20000 added, 0 changed, 0 as they were/)])
    expect(await programsOf('source=cricos&source_id=KILLED19999')).toHaveLength(1)
  })

  it.runIf(inject('isLongRun'))(
    `takes ${MAX_IMPORT_ROWS} programs of one file, and nothing of one more`,
    async () => {
      const over = await importing('cricos', await madeUp('OVER', MAX_IMPORT_ROWS + 1))
      expect(over).toMatchObject({ code: 1, complained: expect.stringMatching(/^The edge answered 413 /) })
      expect(await programsOf('source=cricos&source_id=OVER0')).toEqual([])
      const most = await importing('cricos', await madeUp('MOST', MAX_IMPORT_ROWS))
      expect([most.code, most.said]).toEqual([
        0,
        expect.stringMatching(new RegExp(`^${MAX_IMPORT_ROWS} added, 0 changed`)),
      ])
    },
    400_000,
  )

  it('refuses a guest, a key that is none, and a source that nobody knows, in one sentence', async () => {
    const login = await edge.json<{ access_token: string }>('/dualquery/api/auth/login', {
      email: 'guest',
      password: 'guest_test1',
    })
    const file = join(FIXTURES, 'cricos.csv')
    const guest = await command(['import', '--source', 'cricos', file, ...EDITION], {
      key: login.access_token,
    })
    expect(guest).toMatchObject({
      code: 1,
      said: '',
      complained: expect.stringMatching(/^The edge answered 403 /),
    })
    const stranger = await command(['import', '--source', 'cricos', file, ...EDITION], { key: 'sk-nobody' })
    expect(stranger).toMatchObject({
      code: 1,
      said: '',
      complained: expect.stringMatching(/^The edge answered 401 /),
    })
    const unknown = await importing('nobody', file)
    expect(unknown).toMatchObject({
      code: 1,
      complained: expect.stringMatching(/^--source is one of cricos, /),
    })
    for (const { complained } of [guest, stranger, unknown]) expect(complained).not.toMatch(/\n\s+at /)
  })
})
