import { createRoute } from '@hono/zod-openapi'
import { json } from '../../../http/json-content.ts'
import type { Surface } from '../../../http/surface.ts'
import type { Inference } from '../../../services/inference/inference.ts'
import { defaultModel } from '../../../services/models/model-choice.ts'
import { anyFailure, Healthy, Information, Unhealthy } from '../schemas.ts'

const tags = ['Status']

/** The contract asks for the address of what runs the models; a pool has a name and no one address. */
const POOL = 'switchyard-pool'

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
  responses: {
    200: json(Healthy, 'At least one node is linked.'),
    503: json(Unhealthy, 'No node is linked.'),
    ...anyFailure,
  },
})

/** "Root Endpoint", word for word: clients may know the API by it. */
const MESSAGE = 'HE Team LLM Assistant API'

export function statusRoutes(app: Surface, inference: Inference, version: string): void {
  app.openapi(information, (c) => c.json({ message: MESSAGE, version, status: 'running' as const }, 200))

  app.openapi(health, async (c) => {
    const { online } = await inference.countNodes()
    if (online === 0) {
      const error = 'No GPU node is connected'
      return c.json({ status: 'unhealthy' as const, error, ollama_host: POOL }, 503)
    }
    const model = (await defaultModel(c.get('settings')?.defaultModel, inference)) ?? null
    return c.json({ status: 'healthy' as const, ollama_host: POOL, model }, 200)
  })
}
