import { createRoute, z } from '@hono/zod-openapi'
import { MCP_SERVER_PREFIX } from '../../../../http/chat-completions/mcp-servers.ts'
import { json, jsonBody } from '../../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../../http/surface.ts'
import type { McpServers } from '../../../../services/mcp/mcp-servers.ts'
import { failures } from '../../schemas/common.ts'
import { idIn } from '../../schemas/file.ts'
import {
  DeletedMcpServer,
  McpConsent,
  McpServer,
  McpServerList,
  McpServerPatch,
  McpServerRequest,
  toMcpServer,
} from '../../schemas/mcp/servers.ts'

const path = '/v1/mcp/servers'
const onePath = `${path}/{server_id}` as const
const params = z.object({ server_id: z.string().openapi({ param: { name: 'server_id', in: 'path' } }) })
const shared = { tags: ['MCP'], security: [{ bearer: [] }] }
const aServer = { 200: json(McpServer, 'The server, with its tools.'), ...failures }

const create = createRoute({
  ...shared,
  method: 'post',
  path,
  operationId: 'createMcpServer',
  summary: 'Let your agents use tools of an MCP server',
  description:
    'The server must answer. Its tools are offered to runs that name it, those alone that you name here, or later. A tool is kept as it is described now: where its server describes it otherwise, it is not offered until you consent.',
  request: {
    body: jsonBody(McpServerRequest, {
      label: 'tickets',
      url: 'https://mcp.example.com/mcp',
      headers: { authorization: 'Bearer secret-of-yours' },
    }),
  },
  responses: { 201: json(McpServer, 'The server, with its tools.'), ...failures },
})

const list = createRoute({
  ...shared,
  method: 'get',
  path,
  operationId: 'listMcpServers',
  summary: 'Your MCP servers, oldest first',
  responses: { 200: json(McpServerList, 'All of them.'), ...failures },
})

const get = createRoute({
  ...shared,
  method: 'get',
  path: onePath,
  operationId: 'getMcpServer',
  summary: 'An MCP server of yours',
  request: { params },
  responses: aServer,
})

const update = createRoute({
  ...shared,
  method: 'patch',
  path: onePath,
  operationId: 'updateMcpServer',
  summary: 'Change an MCP server, choose its tools, disable it',
  request: { params, body: jsonBody(McpServerPatch, { description: 'Tickets of our customers' }) },
  responses: aServer,
})

const remove = createRoute({
  ...shared,
  method: 'delete',
  path: onePath,
  operationId: 'deleteMcpServer',
  summary: 'Delete an MCP server: nothing more is sent to it',
  request: { params },
  responses: { 200: json(DeletedMcpServer, 'It is gone.'), ...failures },
})

const refresh = createRoute({
  ...shared,
  method: 'post',
  path: `${onePath}/refresh`,
  operationId: 'refreshMcpServer',
  summary: 'Look again which tools a server has, and how it describes them',
  request: { params },
  responses: aServer,
})

const consent = createRoute({
  ...shared,
  method: 'post',
  path: `${onePath}/consent`,
  operationId: 'consentToMcpTools',
  summary: 'Let tools in as they are described now',
  description:
    'By the hashes that you have looked at: where a tool is described otherwise by now, none is let in.',
  request: {
    params,
    body: jsonBody(McpConsent, {
      tools: [{ name: 'look_up', hash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' }],
    }),
  },
  responses: aServer,
})

/** The MCP servers of an account. */
export function mcpServerRoutes(app: Surface, servers: McpServers): void {
  const idOf = ({ server_id: id }: { server_id: string }) => idIn(MCP_SERVER_PREFIX, id)

  app.openapi(create, async (c) => {
    const { allowed_tools: allowedTools, ...given } = c.req.valid('json')
    const made = await servers.create(accountOf(c).id, { ...given, allowedTools }, c.req.raw.signal)
    return c.json(toMcpServer(made), 201)
  })

  app.openapi(list, async (c) =>
    c.json({ object: 'list' as const, data: (await servers.list(accountOf(c).id)).map(toMcpServer) }, 200),
  )

  app.openapi(get, async (c) =>
    c.json(toMcpServer(await servers.get(accountOf(c).id, idOf(c.req.valid('param')))), 200),
  )

  app.openapi(update, async (c) => {
    const { allowed_tools: allowedTools, enabled: isEnabled, ...patch } = c.req.valid('json')
    const id = idOf(c.req.valid('param'))
    const given = { ...patch, allowedTools, isEnabled }
    return c.json(toMcpServer(await servers.update(accountOf(c).id, id, given, c.req.raw.signal)), 200)
  })

  app.openapi(remove, async (c) => {
    const id = idOf(c.req.valid('param'))
    await servers.remove(accountOf(c).id, id)
    return c.json({ id: MCP_SERVER_PREFIX + id, object: 'mcp.server' as const, deleted: true as const }, 200)
  })

  app.openapi(refresh, async (c) => {
    const id = idOf(c.req.valid('param'))
    return c.json(toMcpServer(await servers.refresh(accountOf(c).id, id, c.req.raw.signal)), 200)
  })

  app.openapi(consent, async (c) => {
    const id = idOf(c.req.valid('param'))
    return c.json(toMcpServer(await servers.consent(accountOf(c).id, id, c.req.valid('json').tools)), 200)
  })
}
