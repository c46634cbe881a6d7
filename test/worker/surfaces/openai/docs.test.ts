import { SELF } from 'cloudflare:test'
import { beforeAll, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
const get = (path: string) => world.request(path, { key: '' })

describe('GET /v1/docs', () => {
  it('is a page for everybody, about this surface’s document', async () => {
    const response = await get('/v1/docs')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toContain('text/html')
    expect(await response.text()).toContain("url: '/v1/openapi.json'")
  })

  it('loads nothing from elsewhere, and everything that it loads is there', async () => {
    const page = await (await get('/v1/docs')).text()
    expect(page).not.toMatch(/https?:|["'(]\/\//)
    const references = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, reference = '']) => reference)
    expect(references.length).toBeGreaterThanOrEqual(3)
    for (const reference of references) {
      expect(reference).toMatch(/^\/assets\/swagger-ui\/[\w.-]+$/)
      const asset = await get(reference)
      expect(asset.status, reference).toBe(200)
      expect((await asset.arrayBuffer()).byteLength).toBeGreaterThan(100)
    }
  })

  it('is where /docs leads', async () => {
    const response = await SELF.fetch('http://localhost/docs', { redirect: 'manual' })
    expect([response.status, response.headers.get('location')]).toEqual([302, '/v1/docs'])
  })

  it('has a ReDoc that asks its vendor for nothing', async () => {
    const bundle = await (await get('/assets/redoc/redoc.standalone.js')).text()
    expect(bundle).not.toContain('cdn.redoc.ly')
    expect(bundle).toContain('/assets/swagger-ui/favicon-32x32.png')
  })

  it('has scripts and styles of their own type', async () => {
    const type = async (file: string) => (await get(`/assets/swagger-ui/${file}`)).headers.get('content-type')
    expect(await type('swagger-ui.css')).toContain('text/css')
    expect(await type('swagger-ui-bundle.js')).toContain('javascript')
  })

  it.each(['nothing.js', '..%2f..%2fenv.ts', '%2e%2e%2fapp.ts', '..%5capp.ts', '%00'])(
    'has no asset outside of its folder: %s',
    async (file) => {
      const response = await get(`/assets/swagger-ui/${file}`)
      expect(response.status).toBe(404)
    },
  )
})
