import { createRoute } from '@hono/zod-openapi'
import { json } from '../../../http/json-content.ts'
import type { Surface } from '../../../http/surface.ts'
import { ErrorBody, Health, Service } from '../schemas.ts'

const tags = ['Service']

const failures = { default: json(ErrorBody, 'Any failure.') }

const root = createRoute({
  method: 'get',
  path: '/',
  operationId: 'root',
  tags,
  security: [],
  summary: 'What answers here',
  responses: { 200: json(Service, 'The service.'), ...failures },
})

const health = createRoute({
  method: 'get',
  path: '/health',
  operationId: 'health',
  tags,
  security: [],
  summary: 'Whether the service answers',
  responses: { 200: json(Health, 'It does.'), ...failures },
})

export function serviceRoutes(app: Surface, service: string, version: string): void {
  app.openapi(root, (c) => c.json({ success: true as const, service, version }, 200))
  app.openapi(health, (c) => c.json({ success: true as const, status: 'healthy' as const }, 200))
}
