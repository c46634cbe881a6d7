import { execFile } from 'node:child_process'
import { request } from 'node:http'
import { promisify } from 'node:util'
import { Validator } from '@seriousme/openapi-schema-validator'
import { beforeAll, describe, expect, it } from 'vitest'
import type { EdgeClient } from './support/edge-client.ts'
import { sharedEdge } from './support/shared-edge.ts'

const CONTRACTS = ['clara', 'sira', 'dualquery', 'agentic', 'rajora']

const execute = promisify(execFile)

let edge: EdgeClient
beforeAll(async () => {
  edge = await sharedEdge()
})

/** A request whose `Host` is not where it is sent, as behind a name that points to the edge. */
function get(path: string, host?: string): Promise<{ status: number; type: string; body: string }> {
  const { hostname, port } = new URL(edge.url)
  return new Promise((resolve, reject) => {
    const asked = request(
      { hostname, port, path, headers: host ? { host: `${host}:${port}` } : {} },
      (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (chunk) => {
          body += chunk
        })
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', body }),
        )
      },
    )
    asked.on('error', reject).end()
  })
}

/** Each surface in each form in which it can be asked: where it begins, and under which host. */
const FORMS: [name: string, base: string, host: string | undefined][] = [
  ['/v1', '/v1', undefined],
  ...CONTRACTS.flatMap((name): [string, string, string | undefined][] => [
    [`${name} by path`, `/${name}`, undefined],
    [`${name} by host`, '', `${name}.localhost`],
  ]),
]

describe.each(FORMS)('%s', (_name, base, host) => {
  it('describes itself in a valid OpenAPI 3.1 document, whose server is where it was asked', async () => {
    const { status, body } = await get(`${base}/openapi.json`, host)
    expect(status).toBe(200)
    const document = JSON.parse(body)
    const result = await new Validator().validate(document)
    expect(result.errors ?? []).toEqual([])
    expect(document.openapi).toBe('3.1.0')
    expect(Object.keys(document.components.securitySchemes).length).toBeGreaterThan(0)
    const { pathname } = new URL(document.servers[0].url)
    expect(pathname).toBe(base === '/v1' || base === '' ? '/' : base)
  })

  it('begins with a first call, which works', async () => {
    const { description } = JSON.parse((await get(`${base}/openapi.json`, host)).body).info
    const [, code = ''] = /```sh\n([\s\S]*?)```/.exec(description) ?? []
    expect(code).toMatch(/^(?:TOKEN=|curl )/)
    if (host !== undefined) return // a name that only a browser knows
    const env = { ...process.env, KEY: edge.key }
    const failing = code.replaceAll('curl ', 'curl -sS --fail-with-body ')
    const { stdout } = await execute('bash', ['-ec', failing], { env })
    expect(JSON.parse(stdout)).toBeTypeOf('object')
  })

  it.each(['docs', 'redoc'])('shows it at /%s with nothing that comes from elsewhere', async (page) => {
    const { status, type, body } = await get(`${base}/${page}`, host)
    expect(status).toBe(200)
    expect(type).toMatch(/^text\/html/)
    expect(body).toContain(`${base}/openapi.json`)
    const assets = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url = '']) => url)
    expect(assets.length).toBeGreaterThan(1)
    for (const asset of assets) {
      expect(asset).toMatch(/^\/assets\//)
      expect((await get(asset, host)).status, asset).toBe(200)
    }
  })
})

/** Bodies whose examples hold for whoever starts an edge: they name the model that comes along, or the account of the documentation. */
const AT_ONCE: [surface: string, path: string][] = [
  ...['auth/login', 'chat/completions', 'completions', 'embeddings', 'responses', 'agents/runs'].map(
    (path): [string, string] => ['/v1', `/v1/${path}`],
  ),
  ['/agentic', '/v1/chat/completions'],
  ['/agentic', '/api/auth/login'],
  ['/dualquery', '/api/auth/login'],
  ['/rajora', '/api/auth/login'],
  ['/rajora', '/api/chat/completions'],
  ['/rajora', '/api/chat/stream'],
]

it('the examples of questions and of logins are answered as they stand', async () => {
  let token = ''
  for (const [base, path] of AT_ONCE) {
    const { paths } = JSON.parse((await get(`${base}/openapi.json`)).body)
    const [[type = '', content] = []] = Object.entries<{ example?: object }>(
      paths[path].post.requestBody.content,
    )
    const example = content?.example ?? {}
    const response = await fetch(edge.url + (base === '/v1' ? '' : base) + path, {
      method: 'POST',
      headers: { 'content-type': type, authorization: `Bearer ${token}` },
      body: type === 'application/json' ? JSON.stringify(example) : new URLSearchParams({ ...example }),
    })
    const text = await response.text()
    expect(response.status, `${base}${path}: ${text}`).toBe(path === '/v1/agents/runs' ? 202 : 200)
    if (token === '') token = JSON.parse(text).access_token
  }
})

describe('a contract', () => {
  it.each(CONTRACTS)('%s has its own front page, health and 404, by host as by path', async (name) => {
    for (const path of ['/', '/health', '/nothing']) {
      const byPath = await get(`/${name}${path}`)
      const byHost = await get(path, `${name}.localhost`)
      expect(byHost.status).toBe(byPath.status)
      expect(Object.keys(JSON.parse(byHost.body))).toEqual(Object.keys(JSON.parse(byPath.body)))
      expect(byPath.status === 404).toBe(path === '/nothing')
    }
  })
})
