import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bundleName, keptBundle, UNUSED_MS } from '../../../gpu-node/tasks/kept-bundle.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'switchyard-bundles-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const makes = (text: string) => async (path: string) => writeFileSync(join(path, 'main.mjs'), text)
const read = (bundle: string) => readFileSync(join(bundle, 'main.mjs'), 'utf8')
const refuses = () => Promise.reject(new Error('not again'))

describe('the bundle of the sandbox', () => {
  it('is made once, and found by all that come later', async () => {
    const first = await keptBundle(folder, makes('one'))
    expect(await keptBundle(folder, refuses)).toBe(first)
    expect(read(first)).toBe('one')
  })

  it('of several that begin at once is that of one, whole, and nothing else stays', async () => {
    const all = await Promise.all(['one', 'two', 'three'].map((text) => keptBundle(folder, makes(text))))
    expect(new Set(all).size).toBe(1)
    expect(read(all[0] ?? '')).toMatch(/^(one|two|three)$/)
    expect(readdirSync(folder)).toEqual([await bundleName()])
  })

  it('that could not be made leaves nothing', async () => {
    const half = async (path: string) => {
      await makes('half')(path)
      throw new Error('no room')
    }
    await expect(keptBundle(folder, half)).rejects.toThrow('no room')
    expect(readdirSync(folder)).toEqual([])
  })

  it('goes when nobody has begun with it for long, with what was left half made', async () => {
    const ages: [string, number][] = [
      ['older', UNUSED_MS + 60_000],
      ['.half', UNUSED_MS + 60_000],
      ['newer', UNUSED_MS - 60_000],
    ]
    for (const [name, ageMs] of ages) {
      mkdirSync(join(folder, name))
      const at = new Date(Date.now() - ageMs)
      utimesSync(join(folder, name), at, at)
    }
    await keptBundle(folder, makes('one'))
    expect(readdirSync(folder).toSorted()).toEqual([await bundleName(), 'newer'].toSorted())
  })

  it('has a name for its sources and packages', async () => {
    expect(await bundleName()).toMatch(/^[0-9a-f]{32}$/)
    expect(await bundleName()).toBe(await bundleName())
  })
})
