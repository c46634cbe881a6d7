import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { fingerprint, isBuilt, markBuilt } from '../../../scripts/console/built.mjs'

let root: string

async function write(file: string, text = ''): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true })
  await writeFile(join(root, file), text)
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'switchyard-test-'))
  await write('worker/console/main.tsx', 'one')
  await write('worker/console/kit/field.tsx', 'two')
  for (const file of ['shared/console/pages.ts', 'scripts/console/build.ts', 'package-lock.json'])
    await write(file)
})

afterEach(() => rm(root, { recursive: true }))

it.each<[string, () => Promise<void>]>([
  ['a source is changed', () => write('worker/console/kit/field.tsx', 'three')],
  ['one is added', () => write('worker/console/kit/empty.tsx')],
  ['one is removed', () => rm(join(root, 'worker/console/kit/field.tsx'))],
  [
    'one is named anew',
    () => rename(join(root, 'worker/console/main.tsx'), join(root, 'worker/console/begin.tsx')),
  ],
  ['a package is changed', () => write('package-lock.json', 'other')],
  ['the way of building is changed', () => write('scripts/console/build.ts', 'other')],
])('builds the console again where %s, and not before', async (_what, happen) => {
  await write('worker/assets/console/index.html')
  markBuilt(fingerprint(root), root)
  expect(isBuilt(fingerprint(root), root)).toBe(true)
  await happen()
  expect(isBuilt(fingerprint(root), root)).toBe(false)
})

it('builds it again where it does not lie there, whatever was built before', async () => {
  markBuilt(fingerprint(root), root)
  expect(isBuilt(fingerprint(root), root)).toBe(false)
})
