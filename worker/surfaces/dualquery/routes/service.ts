import { createRoute, z } from '@hono/zod-openapi'
import { json } from '../../../http/json-content.ts'
import type { Surface } from '../../../http/surface.ts'
import { ownMistake } from '../responses.ts'

const tags = ['Service']

const root = createRoute({
  method: 'get',
  path: '/',
  operationId: 'root',
  tags,
  security: [],
  summary: 'What answers here',
  responses: {
    200: json(z.object({ message: z.string(), version: z.string() }).openapi('Service'), 'The service.'),
    ...ownMistake,
  },
})

const health = createRoute({
  method: 'get',
  path: '/health',
  operationId: 'health',
  tags,
  security: [],
  summary: 'Whether the service answers',
  responses: {
    200: json(z.object({ status: z.literal('healthy') }).openapi('Health'), 'It does.'),
    ...ownMistake,
  },
})

export function serviceRoutes(app: Surface, title: string, version: string): void {
  app.openapi(root, (c) => c.json({ message: title, version }, 200))
  app.openapi(health, (c) => c.json({ status: 'healthy' as const }, 200))
}
