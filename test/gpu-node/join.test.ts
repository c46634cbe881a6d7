import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { findIdentity, saveIdentity } from '../../gpu-node/credential.ts'
import { createCredentialSource } from '../../gpu-node/join.ts'
import { LinkStopped } from '../../gpu-node/link/reconnect.ts'
import { createLogger } from '../../shared/log.ts'
import { JOIN_PATH, LINK_PATH } from '../../shared/wire.ts'

const TOKEN = 'a-secret-join-token'
const CREDENTIAL = 'a-secret-credential'
const errorOf = (message: string) =>
  JSON.stringify({ error: { message, code: 'unauthenticated', param: null } })
const ERROR = errorOf('The join token is unknown, used or expired.')
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

/** Where somebody listened a moment ago. */
async function freedOrigin(): Promise<string> {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // A TCP server's address.
  server.close()
  await once(server, 'close')
  return `http://127.0.0.1:${port}`
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}

/** An edge that gives these answers to joins and checks, in order; remembers bodies, or the credential where there is none. */
async function startEdge(...answers: { status: number; body: string }[]) {
  const asked: unknown[] = []
  const server = createServer(async (request, response) => {
    const body = await readBody(request)
    asked.push([request.method, request.url, body ? JSON.parse(body) : request.headers.authorization])
    const answer = answers.shift() ?? { status: 500, body: '' }
    response.writeHead(answer.status, { location: 'https://www.edge.example/x' }).end(answer.body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(async () => {
    server.closeAllConnections()
    server.close()
  })
  return { edge: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked } // A TCP server's address.
}

function sourceFor(edge: string, stateDir: string, token: string | undefined, checkTimeoutMs?: number) {
  const lines: string[] = []
  const waits: number[] = []
  const source = createCredentialSource({
    edge,
    token,
    name: 'box',
    stateDir,
    checkTimeoutMs,
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
    const { source, lines } = sourceFor(edge, stateDir, TOKEN)
    expect(await source.get(signal)).toBe(CREDENTIAL)
    expect(asked).toEqual([['POST', JOIN_PATH, { token: TOKEN, name: 'box' }]])
    expect(await findIdentity(stateDir, edge)).toMatchObject({ nodeId: 'n1', credential: CREDENTIAL })
    expect(await readFile(join(stateDir, 'credential.json'), 'utf8')).not.toContain(TOKEN)
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
    expect(await sourceFor(edge, stateDir, TOKEN).source.get(signal)).toBe('stored')
    expect(asked).toEqual([])
  })

  it('joins again, once, when the stored credential is refused', async () => {
    const stateDir = await createStateDir()
    const { edge, asked } = await startEdge(JOINED)
    await saveIdentity(stateDir, edge, { nodeId: 'n0', credential: 'stored' })
    const { source } = sourceFor(edge, stateDir, TOKEN)
    await source.get(signal)
    expect(await source.renew(signal)).toBe(CREDENTIAL)
    expect(await source.renew(signal)).toBeUndefined()
    expect(asked).toHaveLength(1)
    expect((await findIdentity(stateDir, edge))?.nodeId).toBe('n1')
  })

  it('does not join twice with one token', async () => {
    const { edge } = await startEdge(JOINED)
    const { source } = sourceFor(edge, await createStateDir(), TOKEN)
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
      { ...broken, status: 408 },
      JOINED,
    )
    const { source, waits } = sourceFor(edge, await createStateDir(), TOKEN)
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
    [401, ERROR, /refused the join token \(401\): it is unknown, expired or already used\.$/],
    [
      400,
      errorOf('Invalid \u001b[31mname'),
      /^The edge did not let this node join \(400\): Invalid {2}\[31mname$/,
    ],
    [400, errorOf('x'.repeat(200)), /: x{200}$/],
    [400, errorOf('x'.repeat(201)), /: x{200}$/],
    [401, '<html>', /no Switchyard edge at http:\/\/127[^ ]+: joining was answered with 401\.$/],
    [404, '', /no Switchyard edge at/],
    [404, ERROR, /no Switchyard edge at/],
    [405, '{"error":"POST"}', /no Switchyard edge at/],
    [200, '<html>', /no Switchyard edge at/],
    [201, '{"credential":5}', /no Switchyard edge at/],
    [302, '', /answered with 302, a redirect to https:\/\/www\.edge\.example\.$/],
  ])('fails at once with one sentence after status %i and body %j', async (status, body, sentence) => {
    const { edge } = await startEdge({ status, body })
    const { source } = sourceFor(edge, await createStateDir(), TOKEN)
    await expect(source.get(signal)).rejects.toThrow(sentence)
  })
})

describe('the check before anything is loaded', () => {
  const KNOWN = { status: 426, body: '' }
  const REFUSED = { status: 401, body: '' }
  const CHECK = ['GET', LINK_PATH, 'Bearer stored']
  const JOIN = ['POST', JOIN_PATH, { token: TOKEN, name: 'box' }]

  async function startStored(token: string | undefined, ...answers: { status: number; body: string }[]) {
    const stateDir = await createStateDir()
    const { edge, asked } = await startEdge(...answers)
    await saveIdentity(stateDir, edge, { nodeId: 'n0', credential: 'stored' })
    return { ...sourceFor(edge, stateDir, token), asked }
  }

  it('exchanges the token, once', async () => {
    const { edge, asked } = await startEdge(JOINED)
    const { source } = sourceFor(edge, await createStateDir(), TOKEN)
    await source.check(signal)
    expect(await source.get(signal)).toBe(CREDENTIAL)
    expect(await source.renew(signal)).toBeUndefined()
    expect(asked).toEqual([JOIN])
  })

  it('asks whether the stored credential is known, and spends no token when it is', async () => {
    const { source, asked, lines } = await startStored(TOKEN, KNOWN)
    await source.check(signal)
    expect(await source.get(signal)).toBe('stored')
    expect(asked).toEqual([CHECK])
    expect(lines).toEqual([])
  })

  it('is started again with the token that it joined with', async () => {
    const stateDir = await createStateDir()
    const { edge } = await startEdge(JOINED, KNOWN)
    await sourceFor(edge, stateDir, TOKEN).source.check(signal)
    await sourceFor(edge, stateDir, TOKEN).source.check(signal)
    expect(await findIdentity(stateDir, edge)).toMatchObject({ nodeId: 'n1' })
  })

  it('refuses another token beside a good credential, and spends neither', async () => {
    const stateDir = await createStateDir()
    const { edge, asked } = await startEdge(JOINED, KNOWN)
    await sourceFor(edge, stateDir, TOKEN).source.check(signal)
    await expect(sourceFor(edge, stateDir, 'another-token').source.check(signal)).rejects.toThrow(
      /has joined .* already, with another token: leave --token out, or .* --state-dir\.$/,
    )
    expect(asked).toHaveLength(2)
  })

  it.each([
    ['refuses another token', KNOWN, /has joined .* already/],
    ['uses another token', REFUSED, undefined],
  ])('%s that it was given while the edge was away, once that says', async (_does, answer, refusal) => {
    const stateDir = await createStateDir()
    const away = { status: 503, body: '' }
    const { edge, asked } = await startEdge(JOINED, away, away, answer, JOINED)
    await sourceFor(edge, stateDir, TOKEN).source.check(signal)
    const { source, waits } = sourceFor(edge, stateDir, 'another-token')
    await source.check(signal)
    if (refusal) await expect(source.get(signal)).rejects.toThrow(refusal)
    else expect(await source.get(signal)).toBe(CREDENTIAL)
    expect(waits).toHaveLength(1)
    expect(asked).toHaveLength(refusal ? 4 : 5)
  })

  it('exchanges the token when the stored credential is refused', async () => {
    const { source, asked } = await startStored(TOKEN, REFUSED, JOINED)
    await source.check(signal)
    expect(await source.get(signal)).toBe(CREDENTIAL)
    expect(await source.renew(signal)).toBeUndefined()
    expect(asked).toEqual([CHECK, JOIN])
  })

  it('fails when the stored credential is refused and there is no token', async () => {
    const { source } = await startStored(undefined, REFUSED)
    await expect(source.check(signal)).rejects.toThrow(LinkStopped)
  })

  it('fails where there is neither credential nor token', async () => {
    const source = createCredentialSource({ ...NO_TOKEN, stateDir: await createStateDir() })
    await expect(source.check(signal)).rejects.toThrow(/has not joined/)
  })

  it.each([200, 302, 403, 404, 408, 429, 500, 503])(
    'is content with a stored credential when it is answered with %i: such an edge is dialled again later',
    async (status) => {
      const { source, asked, lines } = await startStored(TOKEN, { status, body: '' })
      await source.check(signal)
      expect(await source.get(signal)).toBe('stored')
      expect(asked).toEqual([CHECK])
      expect(lines.join()).toContain(`the edge answered ${status}`)
      expect(lines.join()).not.toContain('stored')
    },
  )

  it.each([408, 429, 500, 503])('keeps the token for later when it is answered with %i', async (status) => {
    const { edge, asked } = await startEdge({ status, body: '' }, JOINED)
    const { source, waits, lines } = sourceFor(edge, await createStateDir(), TOKEN)
    await source.check(signal)
    expect(asked).toEqual([JOIN])
    expect(waits).toEqual([])
    expect(lines.join()).toContain(`the edge answered ${status}`)
    expect(await source.get(signal)).toBe(CREDENTIAL)
  })

  it('keeps the token for later also behind a credential that is refused', async () => {
    const { source, asked } = await startStored(TOKEN, REFUSED, { status: 503, body: '' }, JOINED)
    await source.check(signal)
    expect(await source.get(signal)).toBe('stored')
    expect(await source.renew(signal)).toBe(CREDENTIAL)
    expect(asked).toEqual([CHECK, JOIN, JOIN])
  })

  it.each([undefined, 'stored'])(
    'passes when nobody is there (credential: %s), and says why',
    async (credential) => {
      const stateDir = await createStateDir()
      const edge = await freedOrigin()
      if (credential) await saveIdentity(stateDir, edge, { nodeId: 'n0', credential })
      const { source, lines } = sourceFor(edge, stateDir, TOKEN)
      await source.check(signal)
      expect(lines.join()).toMatch(/node\.check_failed.*ECONNREFUSED/)
    },
  )

  it('does not wait for an edge that says nothing', async () => {
    const silent = createServer(() => {})
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    cleanups.push(async () => {
      silent.closeAllConnections()
      silent.close()
    })
    const edge = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const stateDir = await createStateDir()
    await saveIdentity(stateDir, edge, { nodeId: 'n0', credential: 'stored' })
    const { source, lines } = sourceFor(edge, stateDir, TOKEN, 20)
    await source.check(signal)
    expect(lines.join()).toMatch(/node\.check_failed.*timeout/)
  })

  it('ends when the node is stopped', async () => {
    const { source, asked } = await startStored(TOKEN, KNOWN)
    await expect(source.check(AbortSignal.abort())).rejects.toThrow(/abort/)
    expect(asked).toEqual([])
  })

  it.each(['http', 'https'])('fails when what answers at %s:// speaks something else', async (scheme) => {
    const other = createTcpServer((socket) => {
      socket.on('error', () => {})
      socket.end('SSH-2.0-OpenSSH_9.9\r\n')
    })
    other.listen(0, '127.0.0.1')
    await once(other, 'listening')
    cleanups.push(async () => other.close())
    const edge = `${scheme}://127.0.0.1:${(other.address() as AddressInfo).port}`
    const { source } = sourceFor(edge, await createStateDir(), TOKEN)
    await expect(source.check(signal)).rejects.toThrow(/no Switchyard edge at https?:/)
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
