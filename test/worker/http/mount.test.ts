import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { prefixOf, routedPath } from '../../../worker/http/mount.ts'

const app = new Hono({ getPath: (request) => routedPath(new URL(request.url), 'clara') })
app.all('*', (c) => c.json({ path: c.req.path, prefix: prefixOf(c) }))
const seenAt = async (url: string) => (await app.request(url)).json()

describe('a mounted surface', () => {
  it.each([
    ['by path', 'http://localhost/clara/api/jobs', '/api/jobs', '/clara'],
    ['by host', 'http://clara.localhost:8787/api/jobs', '/api/jobs', ''],
    ['by path, its root', 'http://localhost/clara', '/', '/clara'],
    ['by path, its root with a slash', 'http://localhost/clara/', '/', '/clara'],
    ['by host, its root', 'http://clara.localhost/', '/', ''],
    ['with a slash at the end', 'http://localhost/clara/api/jobs/', '/api/jobs', '/clara'],
    ['by host, a path that begins with its name', 'http://clara.localhost/clara/x', '/clara/x', ''],
    ['with slashes too many', 'http://localhost//clara///api//jobs//', '/api/jobs', '/clara'],
    ['by host, with slashes too many', 'http://clara.localhost//api//jobs', '/api/jobs', ''],
    ['that are nothing but slashes', 'http://clara.localhost///', '/', ''],
    ['with a path that only begins like its name', 'http://localhost/clarax/y', '/clarax/y', ''],
  ])('%s routes by its own path and knows what stood before', async (_name, url, path, prefix) => {
    expect(await seenAt(url)).toEqual({ path, prefix })
  })

  it('without a mount routes by the whole path', () => {
    expect(routedPath(new URL('http://clara.localhost/v1/models'), undefined)).toBe('/v1/models')
  })
})
