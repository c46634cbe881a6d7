import { execFileSync, spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withOutput } from '../support/child-output.ts'
import { eventually } from '../support/eventually.ts'
import { TINY_MODEL } from '../support/tiny-model.ts'
import { beginStream } from './support/begin-stream.ts'
import { longAnswer, longRequest } from './support/long-answer.ts'
import { ONE_BY_ONE } from './support/one-by-one.ts'
import { Stack } from './support/stack.ts'

let stack: Stack

beforeAll(async () => {
  stack = await Stack.start()
})
afterAll(() => stack.close())

/** As many as its context holds: an answer still runs when a busy machine comes to end its node. */
const WORDS = 200

/** A node with a model of its own name, unless it is told another: all lives happen at the same time. */
const addNode = (name: string, { model = name, stateDir }: { model?: string; stateDir?: string } = {}) =>
  stack.addNode({
    name,
    model: `${model}=${TINY_MODEL}`,
    // Nodes come and go here: what sandboxes keep warm would take the cores from what is looked at.
    flags: ['--tasks', '0'],
    ...(stateDir && { stateDir }),
  })

const begin = (model: string, seed: number) => beginStream(stack, { ...longRequest(WORDS, seed), model })

const ask = async (model: string) => {
  const response = await stack.request('/v1/chat/completions', {
    body: { model, temperature: 0, messages: [{ role: 'user', content: 'What is 2+2?' }] },
  })
  const body = (await response.json()) as { choices?: [{ message: { content: string } }] }
  return { status: response.status, text: body.choices?.[0].message.content }
}

/** Waits until the pool answers again: an engine that was killed takes a moment to be back. */
const untilAnswering = (model: string) =>
  eventually(async () => expect(await ask(model)).toEqual({ status: 200, text: '2 + 2 = 4.' }))

const offline = (name: string) =>
  eventually(async () => expect(await stack.nodeNamed(name)).toMatchObject({ status: 'offline' }))

/** Runs a node to its end whose model would be refused as soon as anybody looked at it. */
async function startUnwanted(
  stateDir: string,
  token: string,
  model = `${TINY_MODEL}#sha256=${'0'.repeat(64)}`,
) {
  const args = ['gpu-node/main.ts', '--edge', stack.url, '--model', model, '--state-dir', stateDir]
  const env = { ...process.env, SWITCHYARD_TOKEN: token }
  const { child, output, ended } = withOutput(
    spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] }),
  )
  await ended
  return { code: child.exitCode, stderr: output.stderr }
}

/** Evicts the object that keeps a node's link; its socket hibernates, its calls are lost. */
async function evictLink(name: string) {
  const { id = '' } = (await stack.nodeNamed(name)) ?? {}
  await stack.harness.getWorker().evictDurableObject('NODE_LINK', { name: id, webSockets: 'hibernate' })
}

describe.concurrent('the life of a node', () => {
  it('one that is killed, alone, ends its streams with a clear error; 503 until it is back as itself', async () => {
    const stateDir = await stack.folder()
    const node = await addNode('mortal', { stateDir })
    const { rest } = await begin('mortal', 1)
    node.kill('SIGKILL')
    expect(await rest).toMatchObject({ code: 'node_failed', isDone: false })
    await offline('mortal')
    expect((await ask('mortal')).status).toBe(503)

    const again = await addNode('mortal', { stateDir })
    expect(await ask('mortal')).toEqual({ status: 200, text: '2 + 2 = 4.' })
    const { data } = await stack.json<{ data: { name: string }[] }>('/v1/nodes')
    expect(data.filter(({ name }) => name === 'mortal')).toHaveLength(1)
    again.kill('SIGTERM')
    expect(await again.exited()).toBe(0)
    await offline('mortal')
  })

  it('one that is killed and comes back in time goes on with its streams where they were', async () => {
    const stateDir = await stack.folder()
    const node = await addNode('lazarus', { stateDir })
    const { rest } = await begin('lazarus', 2)
    node.kill('SIGKILL')
    const again = await addNode('lazarus', { stateDir })
    expect(await rest).toEqual({ content: longAnswer(WORDS, 2), code: undefined, isDone: true })
    again.kill('SIGTERM')
    await again.exited()
    await offline('lazarus')
  })

  it('one that is revoked is closed at once, stops by itself and cannot come back', async () => {
    const stateDir = await stack.folder()
    const node = await addNode('outcast', { stateDir })
    const { id } = (await stack.nodeNamed('outcast')) ?? {}
    const { rest } = await begin('outcast', 3)
    expect((await stack.request(`/v1/nodes/${id}`, { method: 'DELETE' })).status).toBe(200)
    expect(await node.exited()).toBe(1)
    await eventually(async () => expect(await stack.nodeNamed('outcast')).toBeUndefined())
    expect(await rest).toMatchObject({ code: 'node_failed' })
    expect(await startUnwanted(stateDir, '')).toEqual({
      code: 1,
      stderr: 'The edge does not know this node’s credential: join again with a new join token.\n',
    })
  })

  it('one whose join token is unknown or used hears that before it looks at a model', async () => {
    const { token } = await stack.json<{ token: string }>('/v1/nodes/join-tokens', { name: 'twice' })
    await stack.json('/nodes/join', { token })
    for (const bad of [token, `swj_${'x'.repeat(43)}`]) {
      expect(await startUnwanted(await stack.folder(), bad)).toEqual({
        code: 1,
        stderr: 'The edge refused the join token (401): it is unknown, expired or already used.\n',
      })
    }
  })

  it('one that would serve another file under a name of another node stops with one sentence', async () => {
    await addNode('owner')
    const folder = await stack.folder()
    const file = join(folder, 'other.gguf')
    await writeFile(file, Buffer.concat([await readFile(TINY_MODEL), Buffer.alloc(1)]))
    const { token } = await stack.json<{ token: string }>('/v1/nodes/join-tokens', { name: 'taker' })
    expect(await startUnwanted(folder, token, `owner=${file}`)).toEqual({
      code: 1,
      stderr:
        'The edge does not let this node serve its models (another node serves another file as owner): give the model another name with --model name=…, or join with a token that names it.\n',
    })
    expect((await ask('owner')).status).toBe(200)
  })

  describe('in chapters, each of which goes on where the one before has ended:', () => {
    it(
      'one whose engine crashes starts it again on the same link, and its streams go on',
      ONE_BY_ONE,
      async () => {
        const node = await addNode('phoenix')
        const { rest } = await begin('phoenix', 4)
        const pids = execFileSync('pgrep', ['-P', String(node.pid), '-f', 'engine/child'])
          .toString()
          .split('\n')
        process.kill(Number(pids[0]), 'SIGKILL')

        expect(await rest).toEqual({ content: longAnswer(WORDS, 4), code: undefined, isDone: true })
        await untilAnswering('phoenix')
        expect(node.log.filter((line) => line.includes('link.welcomed'))).toHaveLength(1)

        // However often the node had no engine to take the stream, it moved once, and one call failed.
        const { id } = (await stack.nodeNamed('phoenix')) ?? {}
        const counted = async (name: string) => {
          const text = await (await stack.request('/v1/metrics')).text()
          const samples = text.matchAll(
            new RegExp(`^switchyard_${name}\\{node="${id}",(.*)\\} (\\d+)$`, 'gm'),
          )
          return Array.from(samples, ([, labels, value]) => `${labels} ${value}`)
        }
        await eventually(async () => {
          expect(await counted('moves_total')).toEqual(['model="phoenix" 1'])
          expect(await counted('errors_total')).toEqual(['model="phoenix",code="node_failed" 1'])
        })
      },
    )

    it('an edge object that hibernated wakes with its link and answers', ONE_BY_ONE, async () => {
      await stack.untilIdle(10_000, 'phoenix')
      await evictLink('phoenix')
      expect(await ask('phoenix')).toEqual({ status: 200, text: '2 + 2 = 4.' })
    })

    it(
      'an edge object that is evicted with a call in flight is the same as a lost node: the stream goes on',
      ONE_BY_ONE,
      async () => {
        const { rest } = await begin('phoenix', 5)
        await evictLink('phoenix')
        expect(await rest).toEqual({ content: longAnswer(WORDS, 5), code: undefined, isDone: true })
        await stack.untilIdle(10_000, 'phoenix')
      },
    )

    it(
      'one that is drained takes nothing new, and what runs past the limit goes on elsewhere',
      ONE_BY_ONE,
      async () => {
        const { rest } = await begin('phoenix', 6)
        await addNode('successor', { model: 'phoenix' })
        const { id } = (await stack.nodeNamed('phoenix')) ?? {}
        const drained = await stack.request(`/v1/nodes/${id}/drain`, { body: { limit_seconds: 0 } })
        expect(drained.status).toBe(202)
        expect(await rest).toEqual({ content: longAnswer(WORDS, 6), code: undefined, isDone: true })
        await offline('phoenix')
        // The edge may have the one that left in mind for a moment more.
        await untilAnswering('phoenix')
      },
    )

    it(
      'one that gets SIGTERM finishes what runs before it leaves, with exit code 0',
      ONE_BY_ONE,
      async () => {
        const stateDir = await stack.folder()
        const { id } = (await stack.nodeNamed('successor')) ?? {}
        await stack.request(`/v1/nodes/${id}`, { method: 'DELETE' })
        const node = await addNode('polite', { model: 'phoenix', stateDir })
        await untilAnswering('phoenix')
        const { rest } = await begin('phoenix', 7)
        node.kill('SIGTERM')
        expect(await rest).toEqual({ content: longAnswer(WORDS, 7), code: undefined, isDone: true })
        expect(await node.exited()).toBe(0)
      },
    )
  })
})
