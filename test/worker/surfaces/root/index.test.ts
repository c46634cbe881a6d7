import { SELF } from 'cloudflare:test'
import { beforeAll, describe, expect, it } from 'vitest'
import { JOIN_PATH, LINK_PATH, LINK_PROTOCOL } from '../../../../shared/wire.ts'
import { nodeHello } from '../../../support/frames.ts'
import { uniqueModel } from '../../samples.ts'
import { createWorld, type World } from '../../world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})

describe('outside of any contract', () => {
  it('/ says where everything is', async () => {
    const response = await world.request('/', { key: '' })
    expect(await response.json()).toMatchObject({
      name: 'Switchyard',
      docs: '/v1/docs',
      openapi: '/v1/openapi.json',
      health: '/health',
    })
    expect((await world.request('/health', { key: '' })).status).toBe(200)
  })

  it('/ lists every surface with its base path and its description, and nothing of its version', async () => {
    const text = await (await world.request('/', { key: '' })).text()
    expect(text).not.toMatch(/version/i)
    const { surfaces } = JSON.parse(text) as { surfaces: Record<string, string>[] }
    expect(surfaces.map(({ name, base_path: path }) => `${name} ${path}`).toSorted()).toEqual([
      'agentic /agentic',
      'clara /clara',
      'dualquery /dualquery',
      'mcp /mcp',
      'openai /v1',
      'rajora /rajora',
      'sira /sira',
    ])
    for (const { base_path: path = '', docs = '', openapi = '' } of surfaces) {
      expect([docs, openapi]).toEqual([`${path}/docs`, `${path}/openapi.json`])
      for (const page of [docs, openapi]) {
        expect((await world.request(page, { key: '' })).status, page).toBe(200)
      }
    }
  })

  it('/health tells nodes that are there from nodes that are known', async () => {
    const node = await world.addNode({ models: [uniqueModel().holding] })
    const before = await (await world.request('/health', { key: '' })).json()
    expect(before).toMatchObject({ status: 'ok', nodes: { online: 1, known: 1 } })
    node.close()
    await expect
      .poll(async () => (await world.request('/health', { key: '' })).json())
      .toEqual({ status: 'degraded', nodes: { online: 0, known: 1 } })
  })

  it('answers 404 and 405 in the form of /v1, which clients know', async () => {
    const unknown = await world.request('/nowhere')
    expect(unknown.status).toBe(404)
    expect(await unknown.json()).toEqual({
      error: {
        message: 'There is no route GET /nowhere.',
        type: 'invalid_request_error',
        param: null,
        code: 'not_found',
      },
    })
    const wrong = await world.request(JOIN_PATH)
    expect(wrong.status).toBe(405)
    expect(wrong.headers.get('allow')).toBe('POST')
    expect(await wrong.json()).toEqual({
      error: {
        message: `${JOIN_PATH} does not answer to GET.`,
        type: 'invalid_request_error',
        param: null,
        code: 'method_not_allowed',
      },
    })
  })
})

describe(`POST ${JOIN_PATH}`, () => {
  it.each([
    ['no token', {}, 400],
    ['an empty token', { token: '' }, 400],
    ['a blank name', { token: 'x', name: ' ' }, 400],
    ['an unknown field', { token: 'x', id: 'me' }, 400],
    ['a token that does not exist', { token: `swj_${'x'.repeat(43)}` }, 401],
  ])('answers %s with a refusal', async (_case, body, status) => {
    const response = await world.request(JOIN_PATH, { key: '', body })
    expect(response.status).toBe(status)
    const { error } = (await response.json()) as { error: object }
    expect(Object.keys(error).toSorted()).toEqual(['code', 'message', 'param', 'type'])
  })
})

describe(`GET ${LINK_PATH}`, () => {
  const dial = (headers: Record<string, string>) => SELF.fetch(`http://localhost${LINK_PATH}`, { headers })
  const upgrade = { upgrade: 'websocket', 'sec-websocket-protocol': LINK_PROTOCOL }

  it('takes the credential of a node', async () => {
    const { credential } = await world.join()
    const response = await dial({ ...upgrade, authorization: `Bearer ${credential}` })
    expect(response.status).toBe(101)
    expect(response.headers.get('sec-websocket-protocol')).toBe(LINK_PROTOCOL)
    response.webSocket?.accept()
    response.webSocket?.close()
  })

  it('takes the protocol among others', async () => {
    const { credential } = await world.join()
    const response = await dial({
      ...upgrade,
      'sec-websocket-protocol': `switchyard.node.v9, ${LINK_PROTOCOL}`,
      authorization: `Bearer ${credential}`,
    })
    expect(response.status).toBe(101)
    response.webSocket?.accept()
    response.webSocket?.close()
  })

  it.each([
    ['no credential', () => undefined],
    ['an unknown credential', () => `Bearer swn_${'x'.repeat(43)}`],
    ['a join token', () => `Bearer swj_${'x'.repeat(43)}`],
    ['an administrator’s key, which is no node’s', () => `Bearer ${world.adminKey}`],
  ])('answers %s with 401', async (_case, authorization) => {
    const value = authorization()
    const response = await dial({ ...upgrade, ...(value ? { authorization: value } : {}) })
    expect(response.status).toBe(401)
    expect(response.webSocket).toBeNull()
  })

  it.each<[string, Record<string, string>]>([
    ['no upgrade', { 'sec-websocket-protocol': LINK_PROTOCOL }],
    ['no protocol', { upgrade: 'websocket' }],
    ['another protocol', { upgrade: 'websocket', 'sec-websocket-protocol': 'switchyard.node.v2' }],
  ])('answers %s with 426 and what to upgrade to', async (_case, headers) => {
    const { credential } = await world.join()
    const response = await dial({ ...headers, authorization: `Bearer ${credential}` })
    expect(response.status).toBe(426)
    expect(response.headers.get('upgrade')).toBe('websocket')
    expect(await response.json()).toMatchObject({
      error: { code: 'upgrade_required', type: 'invalid_request_error', param: null },
    })
  })

  it('tells a node that asks without an upgrade whether it would be let in, and leaves its link alone', async () => {
    const linked = await world.addNode({ models: [uniqueModel().holding] })
    const ask = async () => (await dial({ authorization: `Bearer ${linked.credential}` })).status
    expect(await ask()).toBe(426)
    await linked.ping()
    await world.request(`/v1/nodes/${linked.id}`, { method: 'DELETE' })
    expect(await ask()).toBe(401)
  })

  it('does not let a caller say which node it is', async () => {
    const { id, credential } = await world.join()
    const victim = await world.addNode({ models: [uniqueModel().holding] })
    const response = await dial({ ...upgrade, authorization: `Bearer ${credential}`, 'x-node-id': victim.id })
    expect(response.status).toBe(101)
    const socket = response.webSocket
    const welcome = new Promise((resolve) => socket?.addEventListener('message', ({ data }) => resolve(data)))
    socket?.accept()
    socket?.send(JSON.stringify({ type: 'hello', hello: nodeHello({ models: [] }) }))
    expect(JSON.parse(String(await welcome))).toMatchObject({ type: 'welcome', nodeId: id })
    await victim.ping() // its link was not replaced
  })
})
