import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkRows } from '../../../scripts/programs/import.ts'
import { SEED_FOLDER, seedRows } from '../../../scripts/programs/seed.ts'
import type { NewProgram } from '../../../worker/services/advising/catalogue/program.ts'

const MAX_SEED_BYTES = 300_000

async function programs(): Promise<NewProgram[]> {
  const rows: NewProgram[] = []
  for await (const { program } of seedRows()) rows.push(program)
  return rows
}

const countBy = (rows: readonly NewProgram[], of: (row: NewProgram) => unknown) => new Set(rows.map(of)).size

describe('the seed', () => {
  it('is 200 to 600 programs that the catalogue takes, each once', async () => {
    const count = await checkRows(seedRows())
    expect(count).toBeGreaterThanOrEqual(200)
    expect(count).toBeLessThanOrEqual(600)
    const rows = await programs()
    expect(countBy(rows, ({ source, sourceId }) => `${source.name} ${sourceId}`)).toBe(count)
  })

  it('is spread over levels, fields, countries and registers', async () => {
    const rows = await programs()
    expect(new Set(rows.map(({ level }) => level))).toEqual(
      new Set(['bachelor', 'master', 'doctorate', 'other', null]),
    )
    expect(countBy(rows, ({ field }) => field?.isced?.slice(0, 2))).toBeGreaterThanOrEqual(9)
    expect(countBy(rows, ({ country }) => country)).toBeGreaterThanOrEqual(4)
    expect(countBy(rows, ({ city }) => city)).toBeGreaterThanOrEqual(40)
    expect(countBy(rows, ({ source }) => source.name)).toBe(4)
  })

  it('is small, and says beside it whose the facts are', () => {
    const files = readdirSync(SEED_FOLDER, { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    )
    const bytes = files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
    expect(bytes).toBeLessThanOrEqual(MAX_SEED_BYTES)
    expect(files.map(({ name }) => name)).toContain('NOTICE.md')
  })

  it('has a source, a licence, an address and an edition for each program', async () => {
    for (const { source } of await programs()) {
      for (const part of [source.name, source.licence, source.address, source.edition])
        expect(part).not.toBe('')
    }
  })
})
