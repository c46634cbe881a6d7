import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { askHub, MAX_HUB_REDIRECTS } from '../../../gpu-node/model-files/hub-hashes.ts'
import { FakeHub, manifestOf, sha256Of } from './fake-hub.ts'

const FILE = Buffer.from('GGUF weights')
const { signal } = new AbortController()

let hub: FakeHub
beforeEach(async () => {
  hub = await FakeHub.start()
  // A token of the person who runs the tests has nothing to do here.
  vi.stubEnv('HF_TOKEN_PATH', '/nowhere/token')
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await hub.close()
})

const ask = (uri: string) => askHub(uri, { endpoint: hub.endpoint, signal })

describe('askHub', () => {
  it('tells the hash of a file without downloading it', async () => {
    hub.files.set('user/repo/resolve/main/file.gguf', { content: FILE })
    expect(await ask('hf:user/repo/file.gguf')).toEqual([sha256Of(FILE)])
    expect(hub.asked).toEqual(['HEAD user/repo/resolve/main/file.gguf'])
  })

  it('looks in the folder and on the branch that are named', async () => {
    hub.files.set('user/repo/resolve/v1/a folder/file.gguf', { content: FILE })
    expect(await ask('hf:user/repo/a folder/file.gguf#v1')).toEqual([sha256Of(FILE)])
  })

  it.each([
    ['hf:user/repo:Q8_0', 'Q8_0'],
    ['hf:user/repo', 'latest'],
  ])('finds the file of %s through its manifest', async (uri, tag) => {
    hub.manifests.set(`user/repo/manifests/${tag}`, manifestOf('repo-any.gguf'))
    hub.files.set('user/repo/resolve/main/repo-any.gguf', { content: FILE })
    expect(await ask(uri)).toEqual([sha256Of(FILE)])
  })

  it('tells the hash of each part of a model in parts, in order', async () => {
    const [first, second] = [Buffer.from('one'), Buffer.from('two')]
    hub.manifests.set('user/repo/manifests/Q8_0', manifestOf('big/m-00001-of-00002.gguf'))
    hub.files.set('user/repo/resolve/main/big/m-00001-of-00002.gguf', { content: first })
    hub.files.set('user/repo/resolve/main/big/m-00002-of-00002.gguf', { content: second })
    expect(await ask('hf:user/repo:Q8_0')).toEqual([sha256Of(first), sha256Of(second)])
  })

  it('tells nothing of a file outside LFS, whose tag is a SHA-1', async () => {
    hub.files.set('user/repo/resolve/main/file.gguf', { content: FILE, sha256: null })
    expect(await ask('hf:user/repo/file.gguf')).toEqual([undefined])
  })

  it('tells nothing of a file that is put together from pieces', async () => {
    expect(await ask('hf:user/repo/file.gguf.part1of2')).toEqual([undefined])
    expect(hub.asked).toEqual([])
  })

  it("does not take the storage's own tag for a hash", async () => {
    hub.files.set('user/repo/resolve/main/file.gguf', { content: FILE, sha256: 'f'.repeat(40) })
    expect(await ask('hf:user/repo/file.gguf')).toEqual([undefined])
  })

  it('follows a repository to its new name', async () => {
    hub.renamed.set('user/old', 'user/repo')
    hub.files.set('user/repo/resolve/main/file.gguf', { content: FILE })
    expect(await ask('hf:user/old/file.gguf')).toEqual([sha256Of(FILE)])
  })

  it('goes along with as many redirects as the limit, and no further', async () => {
    for (let step = 0; step < MAX_HUB_REDIRECTS; step += 1) hub.renamed.set(`u/r${step}`, `u/r${step + 1}`)
    hub.files.set(`u/r${MAX_HUB_REDIRECTS}/resolve/main/file.gguf`, { content: FILE })
    expect(await ask('hf:u/r0/file.gguf')).toEqual([sha256Of(FILE)])
    hub.renamed.set('u/before', 'u/r0')
    await expect(ask('hf:u/before/file.gguf')).rejects.toThrow('it redirects in a circle')
  })

  it('shows a token only where the hub asks for one', async () => {
    hub.files.set('user/repo/resolve/main/file.gguf', { content: FILE, token: 'mine' })
    await expect(ask('hf:user/repo/file.gguf')).rejects.toThrow('it answers with 401')
    vi.stubEnv('HF_TOKEN', 'mine')
    expect(await ask('hf:user/repo/file.gguf')).toEqual([sha256Of(FILE)])
    expect(hub.asked).toHaveLength(3)
  })

  it('waits for no hub longer than the limit', async () => {
    hub.isSilent = true
    const asked = askHub('hf:user/repo/file.gguf', { endpoint: hub.endpoint, limitMs: 20, signal })
    await expect(asked).rejects.toThrow(/timeout/)
  })

  it.each(['', '{"ggufFile":{}}'])('says that a manifest such as %j names no file', async (manifest) => {
    hub.manifests.set('user/repo/manifests/Q8_0', manifest)
    await expect(ask('hf:user/repo:Q8_0')).rejects.toThrow('its manifest names no file')
  })

  it.each([404, 500])('says that a hub answers with %i', async (status) => {
    hub.failure = status
    await expect(ask('hf:user/repo/file.gguf')).rejects.toThrow(`it answers with ${status}`)
  })

  it('finds the hub where node-llama-cpp does: MODEL_ENDPOINT before HF_ENDPOINT', async () => {
    hub.files.set('user/repo/resolve/main/file.gguf', { content: FILE })
    vi.stubEnv('MODEL_ENDPOINT', 'not an address')
    vi.stubEnv('HF_ENDPOINT', hub.endpoint)
    expect(await askHub('hf:user/repo/file.gguf', { signal })).toEqual([sha256Of(FILE)])
    vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:1')
    vi.stubEnv('MODEL_ENDPOINT', `${hub.endpoint}/`)
    expect(await askHub('hf:user/repo/file.gguf', { signal })).toEqual([sha256Of(FILE)])
  })
})
