import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ModelFiles, partsOf } from '../../../gpu-node/engine/model-files.ts'
import { createLogger } from '../../../shared/log.ts'

const { signal } = new AbortController()
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')

let folder = ''
let path = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-hash-'))
  path = join(folder, 'model.gguf')
  await writeFile(path, 'weights')
})
afterEach(() => rm(folder, { recursive: true }))

function openFiles() {
  const lines: string[] = []
  const files = new ModelFiles(
    folder,
    createLogger((line) => lines.push(line)),
  )
  return { files, hashed: () => lines.filter((line) => line.includes('model.hashing')).length, lines }
}
const manifest = async () => JSON.parse(await readFile(join(folder, 'model-hashes.json'), 'utf8'))

describe('ModelFiles', () => {
  it('reads a file once, and remembers it over restarts of the node', async () => {
    const first = openFiles()
    await first.files.check({ path }, signal)
    await first.files.check({ path }, signal)
    expect(first.hashed()).toBe(1)
    expect(await manifest()).toMatchObject({ [path]: { sizeBytes: 7, sha256: hashOf('weights') } })
    const second = openFiles()
    await second.files.check({ path }, signal)
    expect(second.hashed()).toBe(0)
  })

  it('reads a file again when its time is another, and takes it when it is the same', async () => {
    const { files, hashed } = openFiles()
    await files.check({ path }, signal)
    await utimes(path, new Date(), new Date(1_000))
    await files.check({ path }, signal)
    expect(hashed()).toBe(2)
  })

  it('refuses a file that changed while the node was running', async () => {
    const { files } = openFiles()
    await files.check({ path }, signal)
    await writeFile(path, 'WEIGHTS')
    await utimes(path, new Date(), new Date(1_000))
    await expect(files.check({ path }, signal)).rejects.toThrow(
      `The model file ${path} changed while the node was running: start the node again to serve it.`,
    )
  })

  it('takes a file that was replaced while the node was not, and says so', async () => {
    await openFiles().files.check({ path }, signal)
    await writeFile(path, 'other weights')
    const { files, lines } = openFiles()
    await files.check({ path }, signal)
    expect(lines.join()).toContain('model.changed')
  })

  it('takes only a file with the hash that it was given', async () => {
    const { files } = openFiles()
    await files.check({ path, sha256: hashOf('weights') }, signal)
    await expect(files.check({ path, sha256: hashOf('others') }, signal)).rejects.toThrow(
      `The model file ${path} is not the one that its hash names: it has ${hashOf('weights')}.`,
    )
  })

  it('says in one sentence that a file cannot be read', async () => {
    const missing = join(folder, 'missing.gguf')
    await expect(openFiles().files.check({ path: missing }, signal)).rejects.toThrow(
      `The model file ${missing} cannot be read.`,
    )
  })

  it('survives a damaged manifest', async () => {
    await writeFile(join(folder, 'model-hashes.json'), '{"')
    await openFiles().files.check({ path }, signal)
    expect(await manifest()).toHaveProperty([path])
  })

  it('checks every part of a model in parts', async () => {
    const parts = partsOf(join(folder, 'big-00001-of-00002.gguf'))
    expect(parts.map((part) => part.slice(-20))).toEqual(
      ['g-00001-of-00002.gguf', 'g-00002-of-00002.gguf'].map((part) => part.slice(-20)),
    )
    for (const part of parts) await writeFile(part, part)
    const { files, hashed } = openFiles()
    await files.check({ path: parts[0] ?? '' }, signal)
    expect(hashed()).toBe(2)
  })
})
