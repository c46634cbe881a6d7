import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { saveIdentity } from '../../gpu-node/credential.ts'
import { ROOT } from '../../scripts/root.ts'
import { JOIN_PATH, LINK_PATH } from '../../shared/wire.ts'
import { withOutput } from '../support/child-output.ts'
import { startOf } from './fake-engine.ts'
import { FakeEdge, JOINED_CREDENTIAL } from './link/fake-edge.ts'
import { FakeHub } from './model-files/fake-hub.ts'

const STARTER = join(ROOT, 'gpu-node', 'models', 'starter.gguf')
/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:1'
const TOKEN = 'a-secret-join-token'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

function startMain(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(ROOT, 'gpu-node', 'main.ts'), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  cleanups.push(() => child.kill('SIGKILL'))
  return withOutput(child)
}

async function runMain(args: readonly string[]) {
  const { child, output, ended } = startMain(args)
  await ended
  return { code: child.exitCode, ...output }
}

async function createStateDir(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-main-'))
  cleanups.push(() => rm(folder, { recursive: true }))
  return folder
}

describe('gpu-node/main.ts', () => {
  it('explains itself and ends with 0', async () => {
    const { code, stdout, stderr } = await runMain(['--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/--edge <url>/)
  })

  it.each([
    [['--edge', NOWHERE, '--slots', '0', '--model', STARTER], 2, /^--slots must be [^\n]*\.\n$/],
    [['--edge', NOWHERE, '--model', '/no/such.gguf'], 1, /^There is no model file at [^\n]*\.\n$/],
    [
      ['--edge', NOWHERE, '--model', STARTER, '--adapter', 'other:x=x.gguf'],
      2,
      /^--adapter must be model:name=adapter[^\n]*\.\n$/,
    ],
    [
      ['--edge', NOWHERE, '--model', STARTER, '--adapter', 'starter:x=/no/such.gguf'],
      1,
      /^There is no model file at [^\n]*\.\n$/,
    ],
    [
      ['--edge', NOWHERE, '--model', STARTER, '--adapter', `starter:x=${STARTER}`],
      1,
      /^The model "starter" could not be loaded: Its adapter "x" cannot be used\. It is not an adapter[^\n]*\.\n$/,
    ],
    [
      ['--edge', NOWHERE, '--model', STARTER, `--adapter=starter:x=${STARTER}#sha256=${'0'.repeat(64)}`],
      1,
      /^The model file [^\n]* is not the one that its hash names[^\n]*\.\n$/,
    ],
    [
      ['--edge', NOWHERE, '--model', STARTER, '--python-wheels', '/no/such'],
      1,
      /^--python-wheels: \/no\/such\/sympy-[^\n]*\.whl cannot be read\. [^\n]* SHA-256 [0-9a-f]{64}\.\n$/,
    ],
  ] as const)('%j ends with one sentence and exit code %i', async (args, code, sentence) => {
    const joining = ['--token', TOKEN, '--state-dir', await createStateDir()]
    const result = await runMain([...args, ...joining])
    expect(result.code).toBe(code)
    expect(result.stderr).toMatch(sentence)
  })

  it('spends no token when a model file is not there', async () => {
    const edge = await FakeEdge.start()
    cleanups.push(() => edge.close())
    const args = ['--edge', edge.origin, '--model', STARTER, '--model', '/no/such.gguf', '--token', TOKEN]
    const result = await runMain([...args, '--state-dir', await createStateDir()])
    expect(result.stderr).toMatch(/^There is no model file at [^\n]*\.\n$/)
    expect(edge.asked).toEqual([])
  })

  it('refuses a download that is not what its hub says, in one sentence', { timeout: 60_000 }, async () => {
    const hub = await FakeHub.start()
    cleanups.push(() => hub.close())
    const content = await readFile(STARTER)
    hub.files.set('user/repo/resolve/main/file.gguf', { content, sha256: '0'.repeat(64) })
    const args = ['--edge', NOWHERE, '--model', 'hf:user/repo/file.gguf', '--gpu', 'off']
    const stateDir = await createStateDir()
    const { child, output, ended } = startMain([...args, '--state-dir', stateDir], {
      SWITCHYARD_TOKEN: TOKEN,
      HF_ENDPOINT: hub.endpoint,
    })
    await ended
    expect(child.exitCode).toBe(1)
    expect(output.stderr).toMatch(
      /^The model [^\n]*file\.gguf is not the one that the hub has for hf:user\/repo\/file\.gguf: [^\n]*\.\n$/,
    )
  })

  describe('that the edge will not have', () => {
    const REFUSED = { status: 401, body: '{"error":{"code":"unauthenticated","message":"Unknown."}}' }
    const JOIN = `POST ${JOIN_PATH}`
    const CHECK = `GET ${LINK_PATH}`

    it.each([
      ['an unknown, expired or used token', { joinAnswer: REFUSED }, TOKEN, [JOIN], /refused the join token/],
      [
        'the address of something else',
        { joinAnswer: { status: 404, body: '' } },
        TOKEN,
        [JOIN],
        /no Switchy/,
      ],
      ['neither credential nor token', {}, undefined, [], /has not joined .* yet/],
    ])('and that has %s ends with one sentence before it asks for a model', async (...row) => {
      const [_case, answers, token, asked, sentence] = row
      expect(await startRefused(answers, token)).toEqual({
        code: 1,
        stderr: expect.stringMatching(sentence),
        asked,
        hubAsked: [],
      })
    })

    it.each([
      ['without a token', undefined, [CHECK], /credential: join again with a new join token/],
      ['with a token that is refused as well', TOKEN, [CHECK, JOIN], /refused the join token/],
    ])('because it was revoked, %s, ends with one sentence before it asks for a model', async (...row) => {
      const [_case, token, asked, sentence] = row
      const answers = { isCredentialKnown: false, joinAnswer: REFUSED }
      expect(await startRefused(answers, token, 'a-revoked-credential')).toEqual({
        code: 1,
        stderr: expect.stringMatching(sentence),
        asked,
        hubAsked: [],
      })
    })

    /** Runs a node whose model has to be downloaded to its end. */
    async function startRefused(answers: Partial<FakeEdge>, token?: string, credential?: string) {
      const edge = Object.assign(await FakeEdge.start(), answers)
      const hub = await FakeHub.start()
      cleanups.push(
        () => edge.close(),
        () => hub.close(),
      )
      hub.files.set('user/repo/resolve/main/file.gguf', { content: await readFile(STARTER) })
      const stateDir = await createStateDir()
      if (credential) await saveIdentity(stateDir, edge.origin, { nodeId: 'node-1', credential })
      const args = ['--edge', edge.origin, '--model', 'hf:user/repo/file.gguf', '--state-dir', stateDir]
      const { child, output, ended } = startMain(args, {
        ...(token ? { SWITCHYARD_TOKEN: token } : {}),
        HF_ENDPOINT: hub.endpoint,
      })
      await ended
      expect(output.stderr).toMatch(/^[^\n]+\.\n$/)
      return { code: child.exitCode, stderr: output.stderr, asked: edge.asked, hubAsked: hub.asked }
    }
  })

  it('joins, serves a real model and stops at SIGTERM, with neither secret in its log', {
    timeout: 60_000,
  }, async () => {
    const edge = await FakeEdge.start()
    cleanups.push(() => edge.close())
    const stateDir = await createStateDir()
    const args = ['--edge', edge.origin, '--model', `tiny=${STARTER}`, '--gpu', 'off', '--threads', '1']
    const { child, output, ended } = startMain([...args, '--state-dir', stateDir], {
      SWITCHYARD_TOKEN: TOKEN,
    })

    const link = await edge.nextLink()
    expect(link.authorization).toBe(`Bearer ${JOINED_CREDENTIAL}`)
    expect(await link.welcome()).toMatchObject({
      type: 'hello',
      hello: { hardware: { gpus: [] }, models: [{ id: 'tiny', slots: 4 }] },
    })
    link.send({ ...startOf('e-1'), request: { ...startOf('e-1').request, maxTokens: 5 } })
    let tokens = 0
    let event = await link.next()
    for (; event.type !== 'call.end' && event.type !== 'call.error'; event = await link.next()) {
      if (event.type === 'step') for (const [, , ids] of event.step) tokens += ids.length
    }
    expect(event).toMatchObject({ type: 'call.end', callId: 'e-1' })
    expect(tokens).toBeGreaterThan(0)

    child.kill('SIGTERM')
    expect((await link.closed()).code).toBe(1001)
    await ended
    expect({ code: child.exitCode, stderr: output.stderr }).toEqual({ code: 0, stderr: '' })
    expect(output.stdout).not.toContain(TOKEN)
    expect(output.stdout).not.toContain(JOINED_CREDENTIAL)
    expect(await readFile(join(stateDir, 'credential.json'), 'utf8')).toContain(JOINED_CREDENTIAL)
  })

  /** A node that serves the starter model, and a call of it that does not end soon. */
  async function startBusy() {
    const edge = await FakeEdge.start()
    cleanups.push(() => edge.close())
    const args = ['--edge', edge.origin, '--model', `tiny=${STARTER}`, '--gpu', 'off', '--threads', '1']
    const started = startMain([...args, '--state-dir', await createStateDir(), '--drain', '30'], {
      SWITCHYARD_TOKEN: TOKEN,
    })
    const link = await edge.nextLink()
    await link.welcome()
    const { request } = startOf('e-1')
    link.send({
      ...startOf('e-1'),
      request: {
        ...request,
        format: { schema: { type: 'array', items: { type: 'integer' }, minItems: 200 } },
      },
    })
    while ((await link.next()).type !== 'step') {}
    return { ...started, link }
  }

  it('refuses a second node in its state folder before it dials, and lets one in after a crash', {
    timeout: 60_000,
  }, async () => {
    const edge = await FakeEdge.start()
    const other = await FakeEdge.start()
    cleanups.push(
      () => edge.close(),
      () => other.close(),
    )
    const stateDir = await createStateDir()
    const argsFor = ({ origin }: FakeEdge) => [
      ...['--edge', origin, '--model', `tiny=${STARTER}`, '--gpu', 'off', '--threads', '1'],
      ...['--state-dir', stateDir, '--token', TOKEN],
    ]
    const first = startMain(argsFor(edge))
    await edge.nextLink()
    const second = await runMain(argsFor(other))
    expect(second.code).toBe(1)
    expect(second.stderr).toBe(
      `Another node runs in the state folder ${stateDir}: give this one a folder of its own with --state-dir.\n`,
    )
    expect(other.asked).toEqual([])
    first.child.kill('SIGKILL')
    await first.ended
    startMain(argsFor(other))
    await other.nextLink()
  })

  it('at SIGTERM lets what runs finish, and takes nothing new', { timeout: 60_000 }, async () => {
    const { child, ended, link } = await startBusy()
    child.kill('SIGTERM')
    const seen: string[] = []
    for (let event = await link.next(); event.type !== 'call.end'; event = await link.next()) {
      seen.push(event.type)
      if (event.type === 'draining') link.send(startOf('e-2'))
      if (event.type === 'call.error') expect(event).toMatchObject({ callId: 'e-2', code: 'no_capacity' })
    }
    expect(seen).toContain('draining')
    expect((await link.closed()).code).toBe(1001)
    await ended
    expect(child.exitCode).toBe(0)
  })

  it('stops at once at a second signal', { timeout: 60_000 }, async () => {
    const { child, output, ended, link } = await startBusy()
    child.kill('SIGTERM')
    while (!output.stdout.includes('node.draining')) await once(child.stdout, 'data')
    // Signals that come together are one, passed on by several.
    child.kill('SIGTERM')
    const again = setInterval(() => child.kill('SIGTERM'), 100)
    cleanups.push(() => clearInterval(again))
    expect((await link.closed()).code).toBe(1001)
    await ended
    expect(child.exitCode).toBe(0)
  })

  it('loads its models also while no edge answers, and stops at SIGTERM', { timeout: 60_000 }, async () => {
    const args = ['--edge', NOWHERE, '--model', STARTER, '--gpu', 'off', '--threads', '1', '--token', TOKEN]
    const { child, output, ended } = startMain([...args, '--state-dir', await createStateDir()])
    while (!output.stdout.includes('node.join_failed')) await once(child.stdout, 'data')
    expect(output.stdout).toMatch(/node\.check_failed.*node\.ready.*node\.join_failed/s)
    child.kill('SIGTERM')
    await ended
    expect(child.exitCode).toBe(0)
    expect(output.stdout).toContain('node.stopped')
  })
})
