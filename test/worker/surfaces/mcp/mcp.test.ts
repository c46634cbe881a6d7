import { SELF } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { configOf } from '../../../../worker/env.ts'
import { createServices } from '../../../../worker/wiring.ts'
import { contractClient, newAccount, newAdmin } from '../../../contracts/contract-client.ts'
import { csv, uploaded } from '../../../contracts/dualquery-uploader.ts'
import { uniqueModel } from '../../samples.ts'
import { createWorld, ORIGIN, type TestNode, type World } from '../../world.ts'
import { connected, post, VERSIONS } from './mcp-client.ts'

const services = createServices(env, configOf(env))
const v1 = contractClient('v1')

const model = uniqueModel({ slots: 8 })
let world: World
let node: TestNode
beforeAll(async () => {
  world = await createWorld()
  node = await world.addNode({ models: [model.holding] })
})

const TEXT = 'The whale is called Moby Dick. It is white.'
async function withDocument() {
  const { token, account } = await newAccount()
  const form = new FormData()
  form.append('purpose', 'assistants')
  form.append('file', new File([TEXT], 'whale.txt'))
  const headers = { authorization: `Bearer ${token}` }
  const response = await SELF.fetch(`${ORIGIN}/v1/files`, { method: 'POST', headers, body: form })
  expect(response.status).toBe(200)
  return { token, account }
}

const narrowed = async (token: string, scopes: string[]) => {
  const made = await v1.call('/keys', { token, body: { name: 'k', scopes } })
  return ((await made.json()) as { secret: string }).secret
}

const ask = (args: object) => ({ name: 'ask_model', arguments: { model: model.id, prompt: 'Who?', ...args } })

describe.each(VERSIONS)('the official client in %s', (version) => {
  it('lists the tools of agents without their memory, with what they may do, and asks a model', async () => {
    const { token } = await withDocument()
    const client = await connected(token, version)
    expect(client.getNegotiatedProtocolVersion()).toBe(version)
    expect(client.getServerVersion()).toMatchObject({ name: 'switchyard', version: '1.0.0' })
    const { tools } = await client.listTools()
    const named = new Map(tools.map((tool) => [tool.name, tool]))
    // Without a node that runs them, a search or rows: those that nobody can have now are not offered.
    expect([...named.keys()].toSorted()).toEqual(
      [
        'ask_model',
        'current_time',
        'fetch_url',
        'read_document',
        'search_documents',
        'web_search',
      ].toSorted(),
    )
    expect(named.get('fetch_url')).toMatchObject({
      title: 'Fetch url',
      annotations: { readOnlyHint: true, destructiveHint: false, openWorldHint: true },
      inputSchema: { type: 'object', required: ['url'] },
    })
    const answer = client.callTool(ask({ system: 'Be brief.', max_tokens: 5, temperature: 0 }))
    const { request } = await node.answer(['Moby', ' Dick'])
    expect(request).toMatchObject({
      maxTokens: 5,
      sampling: { temperature: 0 },
      prompt: {
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Who?' },
        ],
      },
    })
    expect(await answer).toMatchObject({
      content: [{ type: 'text', text: 'Moby Dick' }],
      structuredContent: { model: model.id, finish_reason: 'stop', usage: { completion_tokens: 2 } },
    })
    await client.close()
  })

  it('calls tools, whose failures are results that say what is wrong', async () => {
    const client = await connected((await newAccount()).token, version)
    const time = await client.callTool({ name: 'current_time', arguments: { time_zone: 'Asia/Seoul' } })
    expect(time.isError).toBeFalsy()
    expect(JSON.stringify(time.content)).toContain('Seoul')
    const failures = [
      [{ name: 'current_time', arguments: { time_zone: 7 } }, 'bad_arguments'],
      [{ name: 'current_time', arguments: { time_zone: 'Nowhere/None' } }, 'failed'],
      [{ name: 'math_calculator', arguments: { expression: '1+1' } }, 'not_offered'],
      [{ name: 'ask_model', arguments: { prompt: '' } }, 'bad_arguments'],
      [ask({ model: 'no-such-model' }), 'model_not_found'],
    ] as const
    for (const [call, code] of failures)
      expect(await client.callTool(call), call.name).toMatchObject({
        isError: true,
        content: [{ type: 'text', text: expect.stringMatching(/\.$/) }],
        structuredContent: { error: { code } },
      })
    for (const name of ['remember', 'recall', 'no_such_tool'])
      await expect(client.callTool({ name, arguments: {} })).rejects.toMatchObject({ code: -32_602 })
    await client.close()
  })

  it('reads documents as resources, and nobody else’s', async () => {
    const { token } = await withDocument()
    const client = await connected(token, version)
    const { resources } = await client.listResources()
    expect(resources).toMatchObject([{ name: 'whale.txt', mimeType: 'text/plain' }])
    const uri = resources[0]?.uri ?? ''
    expect(uri).toMatch(/^switchyard:\/\/documents\/doc-[0-9a-f]{24}$/)
    expect((await client.readResource({ uri })).contents).toEqual([
      { uri, mimeType: 'text/plain', text: TEXT },
    ])
    expect((await client.listResourceTemplates()).resourceTemplates).toMatchObject([
      { uriTemplate: 'switchyard://documents/{id}' },
    ])
    const other = await connected((await newAccount()).token, version)
    expect((await other.listResources()).resources).toEqual([])
    await expect(other.readResource({ uri })).rejects.toMatchObject({ code: expect.any(Number) })
    await expect(other.readResource({ uri: 'switchyard://documents/doc-1' })).rejects.toThrow()
    await expect(client.listResources({ cursor: 'x' })).rejects.toMatchObject({ code: -32_602 })
    await client.close()
  })

  it('tells how far an answer has come to who wants to hear of it', async () => {
    const client = await connected((await newAccount()).token, version)
    const heard: number[] = []
    const answer = client.callTool(ask({}), { onprogress: ({ progress }) => heard.push(progress) })
    await node.answer(['Moby', ' Dick'])
    expect((await answer).content).toEqual([{ type: 'text', text: 'Moby Dick' }])
    expect(heard[0]).toBeGreaterThan(0)
    await client.close()
  })
})

describe('POST /mcp', () => {
  const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }

  it('asks for a key, and for its scope', async () => {
    const { token } = await newAccount()
    const nobody = await post(undefined, LIST)
    expect([nobody.status, nobody.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    expect(await nobody.json()).toMatchObject({
      jsonrpc: '2.0',
      id: null,
      error: { data: { code: 'unauthenticated' } },
    })
    const narrow = await post(await narrowed(token, ['files']), LIST)
    expect([narrow.status, narrow.headers.get('www-authenticate')]).toEqual([
      403,
      'Bearer error="insufficient_scope", scope="inference"',
    ])
  })

  it('shows a key without the scope for files no document', async () => {
    const { token } = await withDocument()
    const client = await connected(await narrowed(token, ['inference']))
    expect(client.getServerCapabilities()).not.toHaveProperty('resources')
    expect((await client.listTools()).tools.map(({ name }) => name)).not.toContain('search_documents')
    const read = await client.callTool({ name: 'read_document', arguments: { document: 'whale.txt' } })
    expect(read).toMatchObject({ isError: true })
    expect(JSON.stringify(read)).not.toContain('Moby')
  })

  it('takes no page of another origin', async () => {
    const { token } = await newAccount()
    expect((await post(token, LIST, { origin: 'https://evil.example' })).status).toBe(403)
    expect((await post(token, LIST, { origin: 'null' })).status).toBe(403)
    expect((await post(token, LIST, { origin: ORIGIN })).status).toBe(200)
  })

  it.each([
    ['no JSON', '{"jsonrpc": ', {}, 400, -32_700],
    ['nesting without end', `${'['.repeat(1_000)}${']'.repeat(1_000)}`, {}, 400, -32_700],
    ['several messages at once', [LIST, LIST], {}, 400, -32_600],
    ['another type', LIST, { 'content-type': 'text/plain' }, 415, -32_600],
  ])('refuses %s as JSON-RPC does', async (_what, body, headers, status, code) => {
    const { token } = await newAccount()
    const response = await post(token, body, headers)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0', id: null, error: { code } })
  })

  it('refuses a version of the protocol that it does not know, and what is no message', async () => {
    const { token } = await newAccount()
    expect((await post(token, LIST, { 'mcp-protocol-version': '1999-01-01' })).status).toBe(400)
    expect((await post(token, { hello: 'there' })).status).toBe(400)
    expect((await post(token, LIST, { accept: 'application/json' })).status).toBe(406)
  })

  it.each(['GET', 'DELETE'])('keeps no sessions: %s is not allowed', async (method) => {
    const response = await SELF.fetch(`${ORIGIN}/mcp`, { method })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
  })

  it('counts what runs a model against the plan’s minute and the day’s tokens, and nothing else', async () => {
    const { token } = await newAccount()
    const admin = await newAdmin()
    await admin.configure({ rate_limits: { tiers: { free: { requests_per_minute: 1 } } } })
    try {
      const client = await connected(token)
      const first = client.callTool(ask({}))
      await node.answer(['Yes.'])
      expect((await first).isError).toBeFalsy()
      expect(await client.callTool(ask({}))).toMatchObject({
        isError: true,
        structuredContent: { error: { code: 'limit_exceeded', retry_after: expect.any(Number) } },
      })
      expect((await client.callTool({ name: 'current_time', arguments: {} })).isError).toBeFalsy()
    } finally {
      await admin.configure({ rate_limits: { tiers: { free: { requests_per_minute: 20 } } } })
    }
    const spent = await newAccount()
    await services.limiter.spend(`account:${spent.account.id}`, 'tokens', 10_000)
    const client = await connected(spent.token)
    const refused = await client.callTool(ask({}))
    expect(JSON.stringify(refused)).toContain('10000 tokens per day')
    expect((await client.listTools()).tools.length).toBeGreaterThan(0)
  })

  it('stops the model when its client leaves', async () => {
    const client = await connected((await newAccount()).token)
    const leave = new AbortController()
    const answer = client.callTool(ask({}), { signal: leave.signal })
    const { callId } = await node.next('generation.start')
    leave.abort()
    await expect(answer).rejects.toThrow()
    expect((await node.next('call.cancel')).callId).toBe(callId)
    const usage = { promptTokens: 1, cachedPromptTokens: 0, completionTokens: 0 }
    node.send({ type: 'call.end', callId, finishReason: 'cancelled', usage })
  })

  it('has the ten tools of agents without the two of their memory, where all of them can be had', async () => {
    const { token } = await withDocument()
    await uploaded(csv('city,celsius\nSeoul,10\n'), token)
    const computing = await world.addNode({ errands: { kinds: ['math', 'python'], slots: 2 } })
    const client = await connected(token)
    const names = (await client.listTools()).tools.map(({ name }) => name)
    expect(names.toSorted()).toEqual([
      ...['analyze_data', 'ask_model', 'current_time', 'fetch_url', 'math_calculator', 'python_executor'],
      ...['read_document', 'search_documents', 'web_search'],
    ])
    const sum = client.callTool({ name: 'math_calculator', arguments: { expression: '1 + 1' } })
    const { errandId, input } = await computing.next('errand.start')
    computing.send({ type: 'errand.end', errandId, output: '2', failed: false })
    expect([input, (await sum).content]).toEqual(['1 + 1', [{ type: 'text', text: '2' }]])
    await client.close()
    computing.close()
  })

  it('is described beside the other surfaces', async () => {
    const index = (await (await SELF.fetch(`${ORIGIN}/`)).json()) as {
      surfaces: { name: string; openapi: string }[]
    }
    const own = index.surfaces.find(({ name }) => name === 'mcp')
    const document = await SELF.fetch(`${ORIGIN}${own?.openapi}`)
    expect(await document.json()).toMatchObject({
      paths: { '/mcp': { post: { operationId: 'postMessage' } } },
    })
  })
})
