import { createRoute, z } from '@hono/zod-openapi'
import { Capability, Hardware, NodeGauge } from '../../../shared/node.ts'
import { requireAdmin } from '../../http/auth.ts'
import type { Surface } from '../../http/surface.ts'
import {
  JOIN_TOKEN_LIFETIME_SECONDS,
  MAX_JOIN_TOKEN_LIFETIME_SECONDS,
  type Nodes,
} from '../../services/nodes.ts'
import { failures, json } from './schemas/common.ts'

const NodeName = z.string().trim().min(1).max(100)

const NodeModel = z
  .object({
    id: z.string(),
    capabilities: z.array(Capability),
    context_length: z.int(),
    slots: z.int(),
    size_bytes: z.int(),
    architecture: z.string(),
    active: z.int().openapi({ description: 'Generations that run now.' }),
    queued: z.int().openapi({ description: 'Generations that wait for a slot.' }),
  })
  .openapi('NodeModel')

const Node = z
  .object({
    id: z.string(),
    object: z.literal('node'),
    name: z.string(),
    created: z.int(),
    status: z.enum(['online', 'offline']),
    since: z.int().nullable().openapi({ description: 'Unix seconds of the last change of status.' }),
    version: z.string().nullable(),
    hardware: Hardware.nullable(),
    gauge: NodeGauge.nullable().openapi({
      description: 'What the node measured last; null when it has not said.',
    }),
    models: z.array(NodeModel),
  })
  .openapi('Node')
const NodeList = z.object({ object: z.literal('list'), data: z.array(Node) }).openapi('NodeList')

const NodeParams = z.object({ node_id: z.string().openapi({ param: { name: 'node_id', in: 'path' } }) })
const tags = ['Nodes']
const security = [{ bearer: [] }]

const listNodes = createRoute({
  method: 'get',
  path: '/v1/nodes',
  operationId: 'listNodes',
  tags,
  security,
  summary: 'What each node holds and how busy it is (admin)',
  responses: { 200: json(NodeList, 'The nodes.'), ...failures },
})

const getNode = createRoute({
  method: 'get',
  path: '/v1/nodes/{node_id}',
  operationId: 'retrieveNode',
  tags,
  security,
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
  summary: 'Revoke a node: its link closes at once (admin)',
  request: { params: NodeParams },
  responses: {
    200: json(z.object({ id: z.string(), object: z.literal('node'), deleted: z.literal(true) }), 'Revoked.'),
    ...failures,
  },
})

const JoinToken = z
  .object({
    object: z.literal('node.join_token'),
    token: z.string().openapi({ description: 'Shown once. Good for one node.' }),
    name: z.string(),
    expires_at: z.int().openapi({ description: 'Unix seconds.' }),
  })
  .openapi('JoinToken')

const createJoinToken = createRoute({
  method: 'post',
  path: '/v1/nodes/join-tokens',
  operationId: 'createJoinToken',
  tags,
  security,
  summary: 'Invite one node (admin)',
  request: {
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z
            .strictObject({
              name: NodeName,
              expires_in: z
                .int()
                .min(60)
                .max(MAX_JOIN_TOKEN_LIFETIME_SECONDS)
                .default(JOIN_TOKEN_LIFETIME_SECONDS)
                .openapi({ description: 'Seconds.' }),
            })
            .openapi('JoinTokenRequest'),
        },
      },
    },
  },
  responses: { 201: json(JoinToken, 'The token.'), ...failures },
})

type Listed = Awaited<ReturnType<Nodes['get']>>
const seconds = (ms: number) => Math.floor(ms / 1000)

const toNode = ({ id, name, createdAt, view }: Listed): z.infer<typeof Node> => ({
  id,
  object: 'node',
  name,
  created: seconds(createdAt),
  status: view?.linked ? 'online' : 'offline',
  since: view ? seconds(view.since) : null,
  version: view?.hello.version ?? null,
  hardware: view?.hello.hardware ?? null,
  gauge: view?.gauge ?? null,
  models: (view?.hello.models ?? []).map((model) => ({
    id: model.id,
    capabilities: model.capabilities,
    context_length: model.contextTokens,
    slots: model.slots,
    size_bytes: model.sizeBytes,
    architecture: model.architecture,
    active: view?.load[model.id]?.active ?? 0,
    queued: view?.load[model.id]?.queued ?? 0,
  })),
})

export function nodeRoutes(app: Surface, nodes: Nodes): void {
  app.openapi(listNodes, async (c) => {
    requireAdmin(c)
    return c.json({ object: 'list' as const, data: (await nodes.list()).map(toNode) }, 200)
  })

  app.openapi(createJoinToken, async (c) => {
    const { id } = requireAdmin(c)
    const body = c.req.valid('json')
    const { token, name, expiresAt } = await nodes.createJoinToken(id, body.name, body.expires_in)
    return c.json({ object: 'node.join_token' as const, token, name, expires_at: seconds(expiresAt) }, 201)
  })

  app.openapi(getNode, async (c) => {
    requireAdmin(c)
    return c.json(toNode(await nodes.get(c.req.valid('param').node_id)), 200)
  })

  app.openapi(deleteNode, async (c) => {
    requireAdmin(c)
    const { node_id: id } = c.req.valid('param')
    await nodes.revoke(id)
    return c.json({ id, object: 'node' as const, deleted: true as const }, 200)
  })
}
