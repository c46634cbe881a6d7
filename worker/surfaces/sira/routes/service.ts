import { createRoute } from '@hono/zod-openapi'
import { json } from '../../../http/json-content.ts'
import type { Surface } from '../../../http/surface.ts'
import { ownMistake, timeOf } from '../responses.ts'
import { Health, Service } from '../schemas.ts'

const tags = ['Health']

const root = createRoute({
  method: 'get',
  path: '/',
  operationId: 'root',
  tags,
  security: [],
  summary: 'What answers here',
  responses: { 200: json(Service, 'The service.'), ...ownMistake },
})

const health = createRoute({
  method: 'get',
  path: '/health',
  operationId: 'health',
  tags,
  security: [],
  summary: 'Whether the service answers',
  responses: { 200: json(Health, 'It does.'), ...ownMistake },
})

export function serviceRoutes(app: Surface, version: string): void {
  app.openapi(root, (c) => c.json({ service: 'SIRA API' as const, status: 'ok' as const, version }, 200))
  app.openapi(health, (c) => c.json({ status: 'healthy' as const, timestamp: timeOf(Date.now()) }, 200))
}
