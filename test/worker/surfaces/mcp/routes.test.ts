import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { configOf } from '../../../../worker/env.ts'
import { mcpSurface } from '../../../../worker/surfaces/mcp/index.ts'
import { createServices } from '../../../../worker/wiring.ts'

it('all of MCP but its description asks for an account', async () => {
  const app = mcpSurface(createServices(env, configOf(env)))
  const routes = app.routes.filter(({ method }) => method !== 'ALL')
  const answered = await Promise.all(
    routes.map(async ({ method, path }) => [
      `${method} ${path}`,
      (await app.request(`http://localhost${path}`, { method }, env)).status,
    ]),
  )
  expect(Object.fromEntries(answered)).toEqual({
    'GET /mcp/docs': 200,
    'GET /mcp/openapi.json': 200,
    'GET /mcp/redoc': 200,
    'POST /mcp': 401,
  })
})
