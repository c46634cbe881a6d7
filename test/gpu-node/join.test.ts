import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { findIdentity, saveIdentity } from '../../gpu-node/credential.ts'
import { createCredentialSource } from '../../gpu-node/join.ts'
import { createLogger } from '../../shared/log.ts'
import { JOIN_PATH } from '../../shared/wire.ts'

const TOKEN = 'a-secret-join-token'
const CREDENTIAL = 'a-secret-credential'
const JOINED = { status: 201, body: JSON.stringify({ node_id: 'n1', credential: CREDENTIAL }) }

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean()
})

async function createStateDir(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-'))
  cleanups.push(() => rm(folder, { recursive: true }))
  return join(folder, 'state')
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}

/** An edge that gives these answers to joins, in order. */
async function startEdge(...answers: { status: number; body: string }[]) {
  const asked: unknown[] = []
  const server = createServer(async (request, response) => {
    asked.push([request.method, request.url, JSON.parse(await readBody(request))])
    const { status, body } = answers.shift() ?? { status: 500, body: '' }
    response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(async () => {
    server.closeAllConnections()
    server.close()
  })
  return { edge: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked } // A TCP server's address.
}

function sourceFor(edge: string, stateDir: string, token: string | undefined = TOKEN) {
  const lines: string[] = []
  const waits: number[] = []
  const source = createCredentialSource({
    edge,
    token,
    name: 'box',
    stateDir,
    log: createLogger((line) => lines.push(line)),
    wait: (waitMs) => Promise.resolve(void waits.push(waitMs)),
  })
  return { source, lines, waits }
}
const signal = new AbortController().signal

describe('joining', () => {
  it('exchanges the token for a credential and keeps that for its owner alone', async () => {
    const stateDir = await createStateDir()
    const { edge, asked } = await startEdge(JOINED)
    const { source, lines } = sourceFor(edge, stateDir)
    expect(await source.get(signal)).toBe(CREDENTIAL)
    expect(asked).toEqual([['POST', JOIN_PATH, { token: TOKEN, name: 'box' }]])
    expect(await findIdentity(stateDir, edge)).toEqual({ nodeId: 'n1', credential: CREDENTIAL })
    expect((await stat(join(stateDir, 'credential.json'))).mode & 0o777).toBe(0o600)
    expect((await stat(stateDir)).mode & 0o777).toBe(0o700)
    expect(lines.join()).not.toMatch(/secret/)
  })

  it('says no name where the operator gave none, so that the one of the token stays', async () => {
    const { edge, asked } = await startEdge(JOINED)
    const stateDir = await createStateDir()
    const log = createLogger(() => {})
    await createCredentialSource({ edge, token: TOKEN, name: undefined, stateDir, log }).get(signal)
    expect(asked).toEqual([['POST', JOIN_PATH, { token: TOKEN }]])
  })

  it('spends no token where a credential of this edge is stored', async () => {
    const stateDir = await createStateDir()
    const { edge, asked } = await startEdge()
    await saveIdentity(stateDir, edge, { nodeId: 'n0', credential: 'stored' })
    expect(await sourceFor(edge, stateDir).source.get(signal)).toBe('stored')
    expect(asked).toEqual([])
  })

  it('joins again, once, when the stored credential is refused', async () => {
    const stateDir = await createStateDir()
    const { edge, asked } = await startEdge(JOINED)
    await saveIdentity(stateDir, edge, { nodeId: 'n0', credential: 'stored' })
    const { source } = sourceFor(edge, stateDir)
    await source.get(signal)
    expect(await source.renew(signal)).toBe(CREDENTIAL)
    expect(await source.renew(signal)).toBeUndefined()
    expect(asked).toHaveLength(1)
    expect((await findIdentity(stateDir, edge))?.nodeId).toBe('n1')
  })

  it('does not join twice with one token', async () => {
    const { edge } = await startEdge(JOINED)
    const { source } = sourceFor(edge, await createStateDir())
    await source.get(signal)
    expect(await source.renew(signal)).toBeUndefined()
  })

  it('asks for a token where there is neither credential nor token', async () => {
    const source = createCredentialSource({ ...NO_TOKEN, stateDir: await createStateDir() })
    await expect(source.get(signal)).rejects.toThrow(
      /has not joined http:\/\/127\.0\.0\.1:1 yet: .*--token\.$/,
    )
    expect(await source.renew(signal)).toBeUndefined()
  })

  it('tries again while the edge is not well', async () => {
    const broken = { status: 503, body: '' }
    const { edge, asked } = await startEdge(
      broken,
      { ...broken, status: 429 },
      { ...broken, status: 302 },
      JOINED,
    )
    const { source, waits } = sourceFor(edge, await createStateDir())
    expect(await source.get(signal)).toBe(CREDENTIAL)
    expect(asked).toHaveLength(4)
    expect(waits).toHaveLength(3)
  })

  it('stops trying when the node is stopped', async () => {
    const abort = new AbortController()
    const source = createCredentialSource({
      ...NO_TOKEN,
      token: TOKEN,
      stateDir: await createStateDir(),
      wait: () => Promise.resolve(abort.abort()),
    })
    await expect(source.get(abort.signal)).rejects.toThrow(/abort/)
  })

  it.each([
    [401, '{}', /refused the join token \(401\)/],
    [400, 'nonsense', /refused the join token \(400\)/],
    [404, '', /no Switchyard edge at/],
    [200, '<html>', /not a Switchyard edge/],
    [201, '{"credential":5}', /not a Switchyard edge/],
  ])('fails at once with one sentence after status %i and body %j', async (status, body, sentence) => {
    const { edge } = await startEdge({ status, body })
    const { source } = sourceFor(edge, await createStateDir())
    await expect(source.get(signal)).rejects.toThrow(sentence)
  })
})

const NO_TOKEN = {
  edge: 'http://127.0.0.1:1',
  token: undefined,
  name: 'box',
  log: createLogger(() => {}),
}

describe('the credential file', () => {
  const identity = (credential: string) => ({ nodeId: 'n', credential })

  it('holds one identity for each edge, and nothing else lies beside it', async () => {
    const stateDir = await createStateDir()
    await saveIdentity(stateDir, 'https://a.example', identity('a'))
    await saveIdentity(stateDir, 'https://b.example', identity('b'))
    await saveIdentity(stateDir, 'https://a.example', identity('c'))
    expect(await findIdentity(stateDir, 'https://a.example')).toEqual(identity('c'))
    expect(await findIdentity(stateDir, 'https://b.example')).toEqual(identity('b'))
    expect(await findIdentity(stateDir, 'https://c.example')).toBeUndefined()
    expect(await findIdentity(stateDir, 'constructor')).toBeUndefined()
    expect(await readdir(stateDir)).toEqual(['credential.json'])
  })

  it('becomes its owner’s alone again at the next write', async () => {
    const stateDir = await createStateDir()
    await saveIdentity(stateDir, 'https://a.example', identity('a'))
    await chmod(join(stateDir, 'credential.json'), 0o644)
    await saveIdentity(stateDir, 'https://a.example', identity('b'))
    expect((await stat(join(stateDir, 'credential.json'))).mode & 0o777).toBe(0o600)
  })

  it.each(['nonsense', '[]', '{"https://a.example":{"nodeId":"n"}}'])(
    'that is damaged (%j) is named and left as it is',
    async (text) => {
      const stateDir = await createStateDir()
      await saveIdentity(stateDir, 'https://a.example', identity('a'))
      const path = join(stateDir, 'credential.json')
      await writeFile(path, text)
      await expect(findIdentity(stateDir, 'https://a.example')).rejects.toThrow(/credential\.json is damaged/)
      await expect(saveIdentity(stateDir, 'https://a.example', identity('b'))).rejects.toThrow(/is damaged/)
      expect(await readFile(path, 'utf8')).toBe(text)
    },
  )

  it('that cannot be written is one sentence', async () => {
    const stateDir = await createStateDir()
    await writeFile(stateDir, 'a file where the folder should be')
    await expect(saveIdentity(join(stateDir, 'x'), 'https://a.example', identity('a'))).rejects.toThrow(
      /credential/,
    )
  })
})
