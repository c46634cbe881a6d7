import { createRoute, z } from '@hono/zod-openapi'
import { MAX_MODELS, ModelId } from '../../../../../shared/node.ts'
import { PROMETHEUS_CONTENT_TYPE } from '../../../../../shared/prometheus.ts'
import { requireAdmin } from '../../../../http/auth.ts'
import { visibleName } from '../../../../http/input/visible-name.ts'
import { json, jsonBody } from '../../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../../http/surface.ts'
import {
  DRAIN_LIMIT_SECONDS,
  JOIN_TOKEN_LIFETIME_SECONDS,
  MAX_DRAIN_LIMIT_SECONDS,
  MAX_JOIN_TOKEN_LIFETIME_SECONDS,
  MAX_NODE_NAME_LENGTH,
  type Nodes,
} from '../../../../services/pool/nodes.ts'
import { seconds } from '../../account-form.ts'
import { toNode } from '../../node-form.ts'
import { failures } from '../../schemas/common.ts'
import { Node, NodeList } from '../../schemas/node.ts'

const NodeName = visibleName(MAX_NODE_NAME_LENGTH)

const NodeParams = z.object({ node_id: z.string().openapi({ param: { name: 'node_id', in: 'path' } }) })
const tags = ['Nodes']
const security = [{ bearer: [] }]
const middleware = requireAdmin

const listNodes = createRoute({
  method: 'get',
  path: '/v1/nodes',
  operationId: 'listNodes',
  tags,
  security,
  middleware,
  summary: 'What each node holds and how busy it is (admin)',
  responses: { 200: json(NodeList, 'The nodes.'), ...failures },
})

const getNode = createRoute({
  method: 'get',
  path: '/v1/nodes/{node_id}',
  operationId: 'retrieveNode',
  tags,
  security,
  middleware,
  summary: 'One node (admin)',
  request: { params: NodeParams },
  responses: { 200: json(Node, 'The node.'), ...failures },
})

const deleteNode = createRoute({
  method: 'delete',
  path: '/v1/nodes/{node_id}',
  operationId: 'deleteNode',
  tags,
  security,
  middleware,
  summary: 'Revoke a node: its link closes at once (admin)',
  request: { params: NodeParams },
  responses: {
    200: json(z.object({ id: z.string(), object: z.literal('node'), deleted: z.literal(true) }), 'Revoked.'),
    ...failures,
  },
})

const drainNode = createRoute({
  method: 'post',
  path: '/v1/nodes/{node_id}/drain',
  operationId: 'drainNode',
  tags,
  security,
  middleware,
  summary: 'Let a node finish what runs and leave; its streams go on elsewhere (admin)',
  request: {
    params: NodeParams,
    body: {
      ...jsonBody(
        z
          .strictObject({
            limit_seconds: z.int().min(0).max(MAX_DRAIN_LIMIT_SECONDS).default(DRAIN_LIMIT_SECONDS),
          })
          .openapi('DrainRequest'),
        { limit_seconds: 60 },
      ),
      required: false,
    },
  },
  responses: { 202: json(Node, 'The node is being drained.'), ...failures },
})

const getMetrics = createRoute({
  method: 'get',
  path: '/v1/metrics',
  operationId: 'getMetrics',
  tags,
  security,
  middleware,
  summary: 'The pool in Prometheus’ text format (admin)',
  responses: {
    200: { description: 'The metrics.', content: { 'text/plain': { schema: z.string() } } },
    ...failures,
  },
})

const JoinToken = z
  .object({
    object: z.literal('node.join_token'),
    token: z.string().openapi({ description: 'Shown once. Good for one node.' }),
    name: z.string(),
    expires_at: z.int().openapi({ description: 'Unix seconds.' }),
    allowed_models: z.array(z.string()).nullable(),
  })
  .openapi('JoinToken')

const createJoinToken = createRoute({
  method: 'post',
  path: '/v1/nodes/join-tokens',
  operationId: 'createJoinToken',
  tags,
  security,
  middleware,
  summary: 'Invite one node (admin)',
  request: {
    body: jsonBody(
      z
        .strictObject({
          name: NodeName,
          expires_in: z
            .int()
            .min(60)
            .max(MAX_JOIN_TOKEN_LIFETIME_SECONDS)
            .default(JOIN_TOKEN_LIFETIME_SECONDS)
            .openapi({ description: 'Seconds.' }),
          allowed_models: z.array(ModelId).min(1).max(MAX_MODELS).nullable().default(null).openapi({
            description:
              'The only models that the node may serve, with their adapters, whoever else serves them. Null: all that no other node serves with another file.',
          }),
        })
        .openapi('JoinTokenRequest'),
      { name: 'attic' },
    ),
  },
  responses: { 201: json(JoinToken, 'The token.'), ...failures },
})

/** The figures of training, in Prometheus' text format. */
export interface TrainingFigures {
  metricsText(): Promise<string>
}

export function nodeRoutes(app: Surface, nodes: Nodes, training: TrainingFigures): void {
  app.openapi(listNodes, async (c) => {
    const [listed, now] = [await nodes.list(), Date.now()]
    return c.json({ object: 'list' as const, data: listed.map((node) => toNode(node, now)) }, 200)
  })

  app.openapi(getMetrics, async (c) => {
    const figures = await Promise.all([nodes.metrics(), training.metricsText()])
    return c.text(figures.join(''), 200, { 'content-type': PROMETHEUS_CONTENT_TYPE })
  })

  app.openapi(createJoinToken, async (c) => {
    const { id } = accountOf(c)
    const body = c.req.valid('json')
    const { token, name, expiresAt, allowedModels } = await nodes.createJoinToken(id, {
      name: body.name,
      lifetimeSeconds: body.expires_in,
      allowedModels: body.allowed_models,
    })
    const made = {
      token,
      name,
      expires_at: seconds(expiresAt),
      allowed_models: allowedModels && [...allowedModels],
    }
    return c.json({ object: 'node.join_token' as const, ...made }, 201)
  })

  app.openapi(getNode, async (c) => {
    return c.json(toNode(await nodes.get(c.req.valid('param').node_id), Date.now()), 200)
  })

  app.openapi(drainNode, async (c) => {
    const { node_id: id } = c.req.valid('param')
    await nodes.drain(id, accountOf(c).id, c.req.valid('json').limit_seconds)
    return c.json(toNode(await nodes.get(id), Date.now()), 202)
  })

  app.openapi(deleteNode, async (c) => {
    const { node_id: id } = c.req.valid('param')
    await nodes.revoke(id, accountOf(c).id)
    return c.json({ id, object: 'node' as const, deleted: true as const }, 200)
  })
}
