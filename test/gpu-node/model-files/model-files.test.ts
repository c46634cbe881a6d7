import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ModelFiles } from '../../../gpu-node/model-files/model-files.ts'
import { partsOf } from '../../../gpu-node/model-files/parts.ts'
import { resolveModel } from '../../../gpu-node/model-files/resolve.ts'
import { createLogger } from '../../../shared/log.ts'
import { FakeHub, sha256Of } from './fake-hub.ts'

type AskHub = ConstructorParameters<typeof ModelFiles>[2]

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

function openFiles(ask?: AskHub) {
  const lines: string[] = []
  const files = new ModelFiles(
    folder,
    createLogger((line) => lines.push(line)),
    ask,
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

  it('answers with the hash of a file, also of one that it has not read again', async () => {
    const { files } = openFiles()
    expect(await files.check({ path }, signal)).toBe(hashOf('weights'))
    expect(await files.check({ path }, signal)).toBe(hashOf('weights'))
    expect(await openFiles().files.check({ path }, signal)).toBe(hashOf('weights'))
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

  it('answers with one hash of all parts, in their order, wherever they lie', async () => {
    const hashIn = async (...contents: string[]) => {
      const inside = await mkdtemp(join(folder, 'copy-'))
      const parts = partsOf(join(inside, 'big-00001-of-00002.gguf'))
      for (const [index, part] of parts.entries()) await writeFile(part, contents[index] ?? '')
      return openFiles().files.check({ path: parts[0] ?? '' }, signal)
    }
    const digests = Buffer.concat(['a', 'b'].map((text) => createHash('sha256').update(text).digest()))
    const whole = createHash('sha256').update(digests).digest('hex')
    expect(await hashIn('a', 'b')).toBe(whole)
    expect(await hashIn('a', 'b')).toBe(whole)
    expect(await hashIn('b', 'a')).not.toBe(whole)
  })

  it.each(['__proto__', 'constructor'])(
    'knows nothing of a file that it has not read, called %s',
    async (name) => {
      await writeFile(join(folder, 'model-hashes.json'), '{}')
      const odd = join(folder, name)
      await writeFile(odd, 'odd')
      const { files, hashed } = openFiles()
      expect(await files.check({ path: odd }, signal)).toBe(hashOf('odd'))
      expect(hashed()).toBe(1)
    },
  )
})

describe('ModelFiles, for a file that came from a hub', () => {
  const hubUri = 'hf:user/repo/model.gguf'
  /** A hub that tells these hashes, or fails; and how often it was asked. */
  const hubOf = (...told: (string | undefined | Error)[]) => {
    let asked = 0
    return {
      asked: () => asked,
      ask: async () => {
        asked += 1
        return told.map((hash) => {
          if (hash instanceof Error) throw hash
          return hash
        })
      },
    }
  }

  it('takes the one that the hub has, and asks once', async () => {
    const hub = hubOf(hashOf('weights'))
    const { files } = openFiles(hub.ask)
    await files.check({ path, hubUri }, signal)
    await files.check({ path, hubUri }, signal)
    await openFiles(hub.ask).files.check({ path, hubUri }, signal)
    expect(hub.asked()).toBe(1)
  })

  it('refuses another one, at every start, and leaves it where it is', async () => {
    const hub = hubOf(hashOf('others'))
    for (const { files } of [openFiles(hub.ask), openFiles(hub.ask)]) {
      await expect(files.check({ path, hubUri }, signal)).rejects.toThrow(
        `The model file ${path} is not the one that the hub has for ${hubUri}: it has ${hashOf('weights')} and not ${hashOf('others')}; delete it to download it again, or name it by its path to serve it as it is.`,
      )
    }
    expect(await readFile(path, 'utf8')).toBe('weights')
  })

  it('takes the word of the operator before that of the hub', async () => {
    const hub = hubOf(hashOf('others'))
    await openFiles(hub.ask).files.check({ path, hubUri, sha256: hashOf('weights') }, signal)
    expect(hub.asked()).toBe(0)
  })

  it('asks no hub for a file of the operator', async () => {
    const hub = hubOf(hashOf('others'))
    await openFiles(hub.ask).files.check({ path }, signal)
    expect(hub.asked()).toBe(0)
  })

  it.each([
    ['no hash', [undefined]],
    ['nothing', []],
  ])('takes a file of which the hub tells %s, says so, and asks once', async (_what, told) => {
    const hub = hubOf(...told)
    const { files, lines } = openFiles(hub.ask)
    await files.check({ path, hubUri }, signal)
    expect(lines.join()).toContain('model.hub_untold')
    await openFiles(hub.ask).files.check({ path, hubUri }, signal)
    expect(hub.asked()).toBe(1)
  })

  it('takes a file when the hub cannot be asked, says so, and asks again at the next start alone', async () => {
    const away = hubOf(new Error('it is away'))
    const silent = openFiles(away.ask)
    await silent.files.check({ path, hubUri }, signal)
    await silent.files.check({ path, hubUri }, signal)
    expect(away.asked()).toBe(1)
    expect(silent.lines.join()).toMatch(/"level":"warn".*model\.hub_unreachable.*it is away/)
    const later = openFiles(hubOf(hashOf('others')).ask)
    await expect(later.files.check({ path, hubUri }, signal)).rejects.toThrow(
      'is not the one that the hub has',
    )
    expect(later.hashed()).toBe(0)
  })

  it('asks again when the file was replaced, and not when it was only touched', async () => {
    const hub = hubOf(hashOf('weights'))
    await openFiles(hub.ask).files.check({ path, hubUri }, signal)
    await utimes(path, new Date(), new Date(1_000))
    await openFiles(hub.ask).files.check({ path, hubUri }, signal)
    expect(hub.asked()).toBe(1)
    await writeFile(path, 'other weights')
    await expect(openFiles(hub.ask).files.check({ path, hubUri }, signal)).rejects.toThrow(
      'is not the one that the hub has',
    )
  })

  it('names the part of a model in parts that is another', async () => {
    const [first = '', second = ''] = partsOf(join(folder, 'big-00001-of-00002.gguf'))
    for (const part of [first, second]) await writeFile(part, 'part')
    const hub = hubOf(hashOf('part'), hashOf('other part'))
    await expect(openFiles(hub.ask).files.check({ path: first, hubUri }, signal)).rejects.toThrow(second)
  })

  it('stops asking when it is told to', async () => {
    const stop = new AbortController()
    const hang = () => {
      const never = new Promise<never>((_resolve, reject) => stop.signal.addEventListener('abort', reject))
      stop.abort(new Error('enough'))
      return never
    }
    const checked = openFiles(hang).files.check({ path, hubUri }, stop.signal)
    await expect(checked).rejects.toThrow('enough')
  })

  it('compares a file that was really downloaded, redirected to a storage', async () => {
    const hub = await FakeHub.start()
    vi.stubEnv('HF_ENDPOINT', hub.endpoint)
    try {
      const content = Buffer.from('GGUF weights')
      hub.files.set('user/repo/resolve/main/good.gguf', { content })
      hub.files.set('user/repo/resolve/main/bad.gguf', { content, sha256: hashOf('others') })
      const load = async (uri: string) => {
        const path = await resolveModel(uri, { modelsDir: join(folder, 'models') })
        await openFiles().files.check({ path, hubUri: uri }, signal)
      }
      await load('hf:user/repo/good.gguf')
      await expect(load('hf:user/repo/bad.gguf')).rejects.toThrow('is not the one that the hub has')
      expect(await manifest()).toMatchObject({
        [join(folder, 'models', 'hf_user_repo_good.gguf')]: { hub: 'same', sha256: sha256Of(content) },
      })
    } finally {
      vi.unstubAllEnvs()
      await hub.close()
    }
  })
})
