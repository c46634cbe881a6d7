import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { resolveModel } from '../../../gpu-node/model-files/resolve.ts'

const FILE = Buffer.from(`GGUF${'x'.repeat(5_000)}`)

let folder = ''
let hub: Server
let endpoint = ''
const asked: string[] = []

/** As much of Hugging Face's protocol as a download speaks: manifests of tags, and files by ranges. */
function createHub(): Server {
  return createServer((request, response) => {
    const url = request.url ?? ''
    asked.push(url.replace(/\?.*/u, ''))
    if (url === '/v2/user/repo/manifests/Q8_0') {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ ggufFile: { rfilename: 'repo-Q8_0.gguf', size: FILE.length } }))
      return
    }
    if (!/^\/user\/repo\/resolve\/main\/(repo-Q8_0|file)\.gguf/u.test(url)) {
      response.writeHead(404).end()
      return
    }
    const [, from = '0', to = ''] = /bytes=(\d+)-(\d*)/u.exec(request.headers.range ?? '') ?? []
    const part = FILE.subarray(Number(from), to === '' ? undefined : Number(to) + 1)
    if (request.headers.range) {
      response.writeHead(206, {
        'content-range': `bytes ${from}-${Number(from) + part.length - 1}/${FILE.length}`,
      })
    }
    response.end(part)
  })
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-models-'))
  hub = createHub()
  await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve))
  endpoint = `http://127.0.0.1:${(hub.address() as AddressInfo).port}`
})

afterAll(async () => {
  hub.closeAllConnections()
  await new Promise((resolve) => hub.close(resolve))
  await rm(folder, { recursive: true })
})

const resolveHere = (uri: string) => resolveModel(uri, { modelsDir: join(folder, 'models'), endpoint })

describe('resolveModel', () => {
  it('gives the path of a file that begins as GGUF files do', async () => {
    const path = join(folder, 'own.gguf')
    await writeFile(path, FILE)
    expect(await resolveHere(path)).toBe(path)
  })

  it('refuses a path without a file in one sentence', async () => {
    const path = join(folder, 'missing.gguf')
    await expect(resolveHere(path)).rejects.toThrow(`There is no model file at ${path}.`)
  })

  it('refuses a folder in one sentence', async () => {
    await expect(resolveHere(folder)).rejects.toThrow(
      `${folder} is not a file: give the path of a .gguf file.`,
    )
  })

  it.each([
    ['another kind of file', 'hello world'],
    ['an empty file', ''],
  ])('refuses %s in one sentence', async (_kind, content) => {
    const path = join(folder, 'other.gguf')
    await writeFile(path, content)
    await expect(resolveHere(path)).rejects.toThrow(`${path} is not a GGUF model file.`)
  })

  it('downloads a file of a repository, once', async () => {
    const path = await resolveHere('hf:user/repo/file.gguf')
    expect(await readFile(path)).toEqual(FILE)
    const before = asked.length
    expect(await resolveHere('hf:user/repo/file.gguf')).toBe(path)
    expect(asked.length).toBe(before)
  })

  it("downloads the file of a repository's quantisation", async () => {
    expect(await readFile(await resolveHere('hf:user/repo:Q8_0'))).toEqual(FILE)
    expect(asked).toContain('/v2/user/repo/manifests/Q8_0')
  })

  it('says in one sentence that a file does not exist, and leaves nothing behind', async () => {
    await expect(resolveHere('hf:user/repo/none.gguf')).rejects.toThrow(
      /^The model hf:user\/repo\/none\.gguf could not be downloaded: .*404.*\.$/u,
    )
    expect((await readdir(join(folder, 'models'))).filter((name) => name.includes('none'))).toEqual([])
  })

  it('says in one sentence that a quantisation does not exist', async () => {
    await expect(resolveHere('hf:user/repo:Q2_K')).rejects.toThrow(/could not be downloaded: .*Q2_K.*\.$/u)
  })

  it('refuses what is no model of a hub', async () => {
    await expect(resolveHere('hf:oops')).rejects.toThrow(
      '"hf:oops" is not a model: expected hf:user/repo:QUANT or hf:user/repo/file.gguf.',
    )
  })
})
