import { SELF } from 'cloudflare:test'
import { beforeAll, describe, expect, it } from 'vitest'
import { JOIN_PATH, LINK_PATH, LINK_PROTOCOL } from '../../../../shared/wire.ts'
import { nodeHello } from '../../../support/frames.ts'
import { createWorld, uniqueModel, type World } from '../../world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})

describe('outside of any contract', () => {
  it('/ says where everything is', async () => {
    const response = await world.request('/', { key: '' })
    const body = (await response.json()) as Record<string, string>
    expect(body).toEqual({
      name: 'Switchyard',
      docs: '/v1/docs',
      openapi: '/v1/openapi.json',
      health: '/health',
    })
    for (const path of [body.docs, body.openapi, body.health]) {
      expect((await world.request(path ?? '', { key: '' })).status).toBe(200)
    }
  })

  it('/health tells nodes that are there from nodes that are known', async () => {
    const node = await world.addNode({ models: [uniqueModel().holding] })
    const before = await (await world.request('/health', { key: '' })).json()
    expect(before).toMatchObject({ status: 'ok', nodes: { online: 1, known: 1 } })
    node.close()
    await expect
      .poll(async () => (await world.request('/health', { key: '' })).json(), { timeout: 5_000 })
      .toEqual({ status: 'degraded', nodes: { online: 0, known: 1 } })
  })

  it('answers 404 and 405 in its own words', async () => {
    const unknown = await world.request('/nowhere')
    expect(unknown.status).toBe(404)
    expect(await unknown.json()).toEqual({
      error: { code: 'not_found', message: 'There is no route GET /nowhere.' },
    })
    const wrong = await world.request(JOIN_PATH)
    expect(wrong.status).toBe(405)
    expect(wrong.headers.get('allow')).toBe('POST')
    expect(await wrong.json()).toMatchObject({ error: { code: 'method_not_allowed' } })
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
    expect(await response.json()).toEqual({
      error: { code: expect.any(String), message: expect.any(String) },
    })
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
    expect(await response.json()).toMatchObject({ error: { code: 'upgrade_required' } })
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
