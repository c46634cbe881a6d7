import { z } from '@hono/zod-openapi'
import { MCP_SERVER_PREFIX } from '../../../../http/chat-completions/mcp-servers.ts'
import { visibleText } from '../../../../http/input/visible-name.ts'
import { MAX_TOOLS_PER_SERVER } from '../../../../services/mcp/limits.ts'
import {
  isOffered,
  type ServerWithTools,
  shownTool,
  stateOf,
  type ToolRow,
} from '../../../../services/mcp/server-rows.ts'
import { isReadOnly, offeredName } from '../../../../services/mcp/tool-definition.ts'
import { MAX_URL_LENGTH } from '../../../../services/webhooks/targets.ts'
import { seconds } from '../../account-form.ts'

export const MAX_LABEL_LENGTH = 32
const MAX_DESCRIPTION_LENGTH = 500
const MAX_TOOL_NAME_LENGTH = 128

const Label = z
  .string()
  .max(MAX_LABEL_LENGTH)
  .regex(/^[a-z][a-z0-9_-]*$/, {
    error: 'expected small letters, digits, dashes and underscores, a letter first',
  })
  .openapi({ description: 'Your name for it, which begins the names of its tools.', example: 'tickets' })
const Url = z.string().min(1).max(MAX_URL_LENGTH).openapi({
  description: 'https, on the public internet. Redirects are not followed.',
  example: 'https://mcp.example.com/mcp',
})
const Headers = z.record(z.string(), z.string()).openapi({
  description: 'Sent with each request to it, and kept sealed: only their names are shown again.',
  example: { authorization: 'Bearer secret-of-yours' },
})
const AllowedTools = z
  .array(z.string().min(1).max(MAX_TOOL_NAME_LENGTH))
  .max(MAX_TOOLS_PER_SERVER)
  .refine((names) => new Set(names).size === names.length, { error: 'expected each tool once' })
  .openapi({ description: 'The tools that runs may use. Without it, none: look at them first.' })
const Description = visibleText().max(MAX_DESCRIPTION_LENGTH).nullish()

export const McpServerRequest = z
  .strictObject({
    label: Label,
    url: Url,
    headers: Headers.nullish(),
    description: Description,
    allowed_tools: AllowedTools.optional(),
  })
  .openapi('McpServerRequest')

export const McpServerPatch = z
  .strictObject({
    label: Label.optional(),
    url: Url.optional().openapi({ description: 'Another address is sent no header of the one before.' }),
    headers: Headers.nullish(),
    description: Description,
    enabled: z.boolean().optional(),
    allowed_tools: AllowedTools.optional(),
  })
  .openapi('McpServerPatch')

export const McpConsent = z
  .strictObject({
    tools: z
      .array(
        z.strictObject({ name: z.string().min(1).max(MAX_TOOL_NAME_LENGTH), hash: z.string().length(64) }),
      )
      .min(1)
      .max(MAX_TOOLS_PER_SERVER),
  })
  .openapi('McpConsent')

const McpTool = z.object({
  name: z.string(),
  title: z.string().nullable(),
  description: z
    .string()
    .nullable()
    .openapi({ description: 'In the words of its server: do not trust them.' }),
  input_schema: z.looseObject({}),
  state: z.enum(['available', 'allowed', 'changed', 'gone']).openapi({
    description:
      '`allowed`: runs may use it. `changed`: its server describes it otherwise than you have let it in; it is not offered until you consent. `gone`: its server has it no more.',
  }),
  needs_approval: z.boolean().openapi({
    description: 'Its server does not say that it changes nothing: each call waits for your word.',
  }),
  hash: z.string().nullable().openapi({ description: 'SHA-256 of its description: consent names it.' }),
  allowed_hash: z.string().nullable(),
  allowed_description: z.string().nullable().openapi({ description: 'As you have let it in.' }),
  offered_as: z.string().nullable().openapi({ description: 'Its name for models, where it is offered.' }),
})

export const McpServer = z
  .object({
    id: z.string().openapi({ example: 'mcps_6921b2a00123456789abcdef' }),
    object: z.literal('mcp.server'),
    label: z.string(),
    url: z.string(),
    description: z.string().nullable(),
    header_names: z.array(z.string()),
    enabled: z.boolean(),
    server: z.string().nullable().openapi({ description: 'Its name and version, in its own words.' }),
    protocol_version: z.string().nullable(),
    checked_at: z.int().nullable(),
    last_error: z.string().nullable(),
    tools: z.array(McpTool),
    created: z.int(),
  })
  .openapi('McpServer')

export const McpServerList = z
  .object({ object: z.literal('list'), data: z.array(McpServer) })
  .openapi('McpServerList')

export const DeletedMcpServer = z
  .object({ id: z.string(), object: z.literal('mcp.server'), deleted: z.literal(true) })
  .openapi('DeletedMcpServer')

function toTool(label: string, row: ToolRow): z.infer<typeof McpTool> {
  const shown = shownTool(row)
  return {
    name: row.name,
    title: shown?.title ?? null,
    description: shown?.description ?? null,
    input_schema: shown?.inputSchema ?? {},
    state: stateOf(row),
    needs_approval: shown === null || !isReadOnly(shown),
    hash: row.seenHash,
    allowed_hash: row.pinnedHash,
    allowed_description: row.pinned?.description ?? null,
    offered_as: isOffered(row) && row.pinnedHash !== null ? offeredName(label, row, row.pinnedHash) : null,
  }
}

export const toMcpServer = ({ server, tools }: ServerWithTools): z.infer<typeof McpServer> => ({
  id: MCP_SERVER_PREFIX + server.id,
  object: 'mcp.server',
  label: server.label,
  url: server.url,
  description: server.description,
  header_names: server.headerNames,
  enabled: server.isEnabled,
  server: server.serverName,
  protocol_version: server.protocolVersion,
  checked_at: server.checkedAt === null ? null : seconds(server.checkedAt),
  last_error: server.lastError,
  tools: tools.map((row) => toTool(server.label, row)),
  created: seconds(server.createdAt),
})
