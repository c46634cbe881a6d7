import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { edgeOptions } from '../../../scripts/edge/options.ts'

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'switchyard-options-'))
  await writeFile(join(root, 'package-lock.json'), '{}')
  await writeFile(join(root, '.dev.vars'), 'SECRET="of this machine"\nENVIRONMENT="development"\n')
  await bindTo('first')
})
afterAll(() => rm(root, { recursive: true }))

const bindTo = (id: string): Promise<void> =>
  writeFile(
    join(root, 'wrangler.toml'),
    `name = "x"
main = "x.ts"
compatibility_date = "2026-08-01"
[vars]
ENVIRONMENT = "production"
[[d1_databases]]
binding = "DB"
database_name = "x"
database_id = "${id}"
`,
  )
const kept = () => join(root, '.cache', 'edge', 'options.json')

describe('what binds a local edge', () => {
  it('stands in wrangler.toml, and holds nothing of .dev.vars: an edge may be given other variables', async () => {
    const { bindings, d1Databases } = await edgeOptions(root)
    expect(bindings).toEqual({ ENVIRONMENT: 'production' })
    expect(d1Databases.DB?.id).toBe('first')
    expect(await readFile(kept(), 'utf8')).not.toContain('of this machine')
  })

  it('is read once, until it changes', async () => {
    const { mtimeMs, ino } = await stat(kept())
    expect((await edgeOptions(root)).d1Databases.DB?.id).toBe('first')
    expect(await stat(kept())).toMatchObject({ mtimeMs, ino })
    await bindTo('second')
    expect((await edgeOptions(root)).d1Databases.DB?.id).toBe('second')
  })

  it('is read anew where what was kept is damaged', async () => {
    await writeFile(kept(), '{"root":')
    expect((await edgeOptions(root)).d1Databases.DB?.id).toBe('second')
  })
})
