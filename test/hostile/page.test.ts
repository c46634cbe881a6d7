import { beforeAll, describe, expect, it } from 'vitest'
import type { EdgeClient } from '../e2e/support/edge-client.ts'
import { sharedEdge } from '../e2e/support/shared-edge.ts'
import { type Bystander, createBystander, expectServed } from './support/bystander.ts'

const FOREIGN = 'https://evil.example'
/** Names that begin or end as those of this machine, and are not. */
const FOREIGN_ORIGINS = [FOREIGN, 'null', 'http://localhost.evil.example', 'http://127.0.0.1.evil.example']
const SURFACES = ['/v1', '/rajora', '/agentic', '/dualquery', '/sira', '/clara']

let edge: EdgeClient
let bystander: Bystander
beforeAll(async () => {
  edge = await sharedEdge()
  bystander = await createBystander(edge)
})

/** A request as a browser makes it for a page of another origin: its cookies go along, and no header of the account. */
const fromPage = (path: string, init: { method?: string; headers?: object; body?: string } = {}) =>
  fetch(edge.url + path, {
    ...init,
    headers: { origin: FOREIGN, cookie: `token=${bystander.key}; session=${bystander.key}`, ...init.headers },
  })

describe('a page of another origin, at an edge that somebody develops on', () => {
  it.each(SURFACES)('is let through no preflight of %s', async (surface) => {
    for (const origin of FOREIGN_ORIGINS) {
      const response = await fetch(`${edge.url}${surface}/openapi.json`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization',
        },
      })
      expect(response.headers.get('access-control-allow-origin')).toBeNull()
      expect(response.headers.get('access-control-allow-credentials')).toBeNull()
    }
  })

  it.each([
    '/v1/keys',
    '/rajora/api/auth/me',
    '/dualquery/api/chats',
    '/agentic/v1/models',
    '/sira/api/profiles',
  ])('reads nothing of %s by cookies that it makes a browser send', async (path) => {
    const response = await fromPage(path)
    expect(response.status).toBe(401)
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
    expect(response.headers.get('set-cookie')).toBeNull()
    expect(response.headers.get('cache-control')).toBe('no-store')
  })

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'makes no key with a form that needs no preflight (%s)',
    async (type) => {
      const body = JSON.stringify({ name: 'stolen' })
      const byCookie = await fromPage('/v1/keys', { method: 'POST', headers: { 'content-type': type }, body })
      expect(byCookie.status).toBe(401)
      // Not even if the account's own header came along: a form is no JSON.
      const headers = { authorization: `Bearer ${bystander.key}`, 'content-type': type }
      expect((await fromPage('/v1/keys', { method: 'POST', headers, body })).status).toBe(415)
      const keys = await fetch(`${edge.url}/v1/keys`, {
        headers: { authorization: `Bearer ${bystander.key}` },
      })
      const { data } = (await keys.json()) as { data: { name: string }[] }
      expect(data.map(({ name }) => name)).toEqual(['mine'])
    },
  )
})

describe('a page that shows ours in a frame, or as what they are not', () => {
  it.each(
    SURFACES.flatMap((surface) =>
      ['/openapi.json', '/docs', '/redoc', '/nothing'].map((path) => surface + path),
    ),
  )('is kept from %s', async (path) => {
    const response = await fromPage(path)
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(/(^|; )frame-ancestors 'none'(;|$)/)
    expect(policy).toMatch(/(^|; )default-src 'none'(;|$)/)
    expect(policy).not.toMatch(/script-src[^;]*'unsafe-(inline|eval)'/)
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('referrer-policy')).toBe('no-referrer')
    await response.arrayBuffer()
  })

  it('finds nothing of its own in a document: what it puts into the address is not shown', async () => {
    const script = '<script>alert(1)</script>'
    for (const path of [
      `/v1/docs?url=${encodeURIComponent(`${FOREIGN}/openapi.json`)}&x=${encodeURIComponent(script)}`,
      `/v1/${encodeURIComponent(script)}`,
      `/rajora/redoc?spec-url=${encodeURIComponent(FOREIGN)}`,
    ]) {
      const response = await fromPage(path)
      const text = await response.text()
      if (response.headers.get('content-type')?.startsWith('text/html')) {
        expect(text).not.toContain('alert(1)')
        expect(text).not.toContain(FOREIGN)
      } else expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    }
  })
})

describe('a page of this machine', () => {
  it('reads how long it is to wait, and nothing that a cookie brought', async () => {
    const origin = 'http://localhost:3000'
    const response = await fromPage('/v1/keys', { headers: { origin } })
    expect(response.status).toBe(401)
    expect(response.headers.get('access-control-allow-origin')).toBe(origin)
    expect(response.headers.get('access-control-allow-credentials')).toBeNull()
    expect(response.headers.get('vary')).toMatch(/origin/i)
    const exposed = response.headers.get('access-control-expose-headers')?.toLowerCase().split(',') ?? []
    for (const name of ['retry-after', 'x-should-retry', 'x-request-id']) expect(exposed).toContain(name)
  })
})

it('an account whose stream begins after all that has its tokens in time', () =>
  expectServed(edge, bystander))
