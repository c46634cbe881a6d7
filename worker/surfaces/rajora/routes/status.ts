import { createRoute } from '@hono/zod-openapi'
import { json } from '../../../http/json-content.ts'
import { prefixOf } from '../../../http/mount.ts'
import type { Surface } from '../../../http/surface.ts'
import type { Inference } from '../../../services/inference/inference.ts'
import { anyFailure, Health, Information } from '../schemas.ts'

const tags = ['Status']

const information = createRoute({
  method: 'get',
  path: '/',
  operationId: 'getInformation',
  tags,
  summary: 'What answers here',
  security: [],
  responses: { 200: json(Information, 'Name and version.'), ...anyFailure },
})

const health = createRoute({
  method: 'get',
  path: '/health',
  operationId: 'getHealth',
  tags,
  summary: 'Whether there is a node to run models',
  security: [],
  responses: { 200: json(Health, 'Also when there is none: the API itself answers.'), ...anyFailure },
})

export function statusRoutes(app: Surface, inference: Inference, version: string): void {
  app.openapi(information, (c) =>
    c.json(
      {
        name: 'Switchyard Rajora API' as const,
        version,
        status: 'running' as const,
        docs: `${prefixOf(c)}/docs`,
      },
      200,
    ),
  )

  app.openapi(health, async (c) => {
    const { online, known } = await inference.countNodes()
    const status = online > 0 ? ('healthy' as const) : ('degraded' as const)
    return c.json({ status, nodes: { online, known } }, 200)
  })
}
