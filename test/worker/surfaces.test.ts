import { SELF } from 'cloudflare:test'
import { expect, it } from 'vitest'

it('answers', async () => {
  for (const path of ['/', '/health', '/v1/models', '/v1/nope', '/v1/openapi.json']) {
    const r = await SELF.fetch('http://localhost' + path)
    console.log(path, r.status, (await r.text()).slice(0, 300))
  }
  expect(1).toBe(1)
})
