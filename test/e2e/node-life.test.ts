import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type NodeProcess, Stack } from './support/stack.ts'

let stack: Stack

beforeAll(async () => {
  stack = await Stack.start()
})
afterAll(() => stack.close())

const LONG = {
  model: 'starter',
  stream: true,
  max_tokens: 950,
  temperature: 2,
  top_k: 0,
  min_p: 0,
  messages: [{ role: 'user', content: 'Hello!' }],
}

/** Starts a long stream and resolves, when it has begun, with the rest of it. */
async function beginStream() {
  const response = await stack.request('/v1/chat/completions', { body: LONG })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  const first = await reader?.read()
  const rest = (async () => {
    let text = first?.value ?? ''
    for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) text += read.value
    return text
  })()
  return { rest }
}

const ask = async () => {
  const response = await stack.request('/v1/chat/completions', {
    body: { model: 'starter', temperature: 0, messages: [{ role: 'user', content: 'What is 2+2?' }] },
  })
  const body = (await response.json()) as { choices?: [{ message: { content: string } }] }
  return { status: response.status, text: body.choices?.[0].message.content }
}

const offline = (name: string) =>
  vi.waitFor(async () => expect(await stack.nodeNamed(name)).toMatchObject({ status: 'offline' }), {
    timeout: 5_000,
  })

/** The engine's process, which the node's log names. */
const engineRestarts = (node: NodeProcess) => node.log.filter((line) => line.includes('engine.ready')).length

describe('the life of a node', () => {
  it('one that is killed fails its streams at once with a clear error, then answers 503 until it is back', async () => {
    const stateDir = await stack.folder()
    const node = await stack.addNode({ name: 'mortal', stateDir })
    const { rest } = await beginStream()
    node.kill('SIGKILL')
    expect(await rest).toContain('"code":"node_failed"')
    await offline('mortal')
    expect((await ask()).status).toBe(503)

    const again = await stack.addNode({ name: 'mortal', stateDir })
    expect(await ask()).toEqual({ status: 200, text: '2 + 2 = 4.' })
    const { data } = await stack.json<{ data: { name: string }[] }>('/v1/nodes')
    expect(data.filter(({ name }) => name === 'mortal')).toHaveLength(1)
    again.kill('SIGTERM')
    expect(await again.exited()).toBe(0)
    await offline('mortal')
  })

  it('one that is revoked is closed at once, stops by itself and cannot come back', async () => {
    const node = await stack.addNode({ name: 'outcast' })
    const { id } = (await stack.nodeNamed('outcast')) ?? {}
    const { rest } = await beginStream()
    expect((await stack.request(`/v1/nodes/${id}`, { method: 'DELETE' })).status).toBe(200)
    expect(await rest).toContain('"code":"node_failed"')
    expect(await node.exited()).toBe(1)
    expect(await stack.nodeNamed('outcast')).toBeUndefined()
  })

  it('one whose engine crashes fails its calls, starts it again and serves on, on the same link', async () => {
    const node = await stack.addNode({ name: 'phoenix' })
    const { rest } = await beginStream()
    const { execFileSync } = await import('node:child_process')
    const [enginePid] = execFileSync('pgrep', ['-P', String(node.pid), '-f', 'engine/child'])
      .toString()
      .split('\n')
    process.kill(Number(enginePid), 'SIGKILL')
    expect(await rest).toContain('"code":"node_failed"')
    await vi.waitFor(() => expect(engineRestarts(node)).toBeGreaterThan(2), { timeout: 20_000 })
    await vi.waitFor(async () => expect(await ask()).toEqual({ status: 200, text: '2 + 2 = 4.' }), {
      timeout: 10_000,
    })
    expect(node.log.filter((line) => line.includes('link.welcomed'))).toHaveLength(1)
  })

  it('a hibernated edge object wakes with its link and answers', async () => {
    const { id } = (await stack.nodeNamed('phoenix')) ?? {}
    await stack.untilIdle(5_000)
    await stack.harness
      .getWorker()
      .evictDurableObject('NODE_LINK', { name: id ?? '', webSockets: 'hibernate' })
    expect(await ask()).toEqual({ status: 200, text: '2 + 2 = 4.' })
  })

  it('an edge object that is evicted with a call in flight ends the call, and its node is free again', async () => {
    const { id } = (await stack.nodeNamed('phoenix')) ?? {}
    const { rest } = await beginStream()
    await stack.harness
      .getWorker()
      .evictDurableObject('NODE_LINK', { name: id ?? '', webSockets: 'hibernate' })
    expect(await rest).toContain('"error"')
    await vi.waitFor(async () => expect(await ask()).toEqual({ status: 200, text: '2 + 2 = 4.' }), {
      timeout: 10_000,
    })
  })
})
