import { createMcpCalls } from '../services/mcp/mcp-calls.ts'
import { createMcpClients } from '../services/mcp/mcp-client.ts'
import { createMcpServers } from '../services/mcp/mcp-servers.ts'
import { createMcpTools } from '../services/mcp/mcp-tools.ts'
import { createServerSecrets } from '../services/mcp/server-secrets.ts'
import { createHostCheck } from '../services/webhooks/host-check.ts'
import { createResolver } from '../services/webhooks/resolver.ts'
import { type Ground, sealingSecrets } from './ground.ts'

/** The MCP servers of accounts, and their tools. */
export function wireMcp({ config, db, isDevelopment }: Ground) {
  const refusalOf = createHostCheck({ resolve: createResolver(config.DNS_RESOLVER_URL), isDevelopment })
  const clients = createMcpClients({ refusalOf, isDevelopment })
  const secrets = createServerSecrets(sealingSecrets(config))
  const mcpServers = createMcpServers({ db, secrets, clients, isDevelopment })
  const mcpTools = createMcpTools({ db, secrets, clients, servers: mcpServers })
  const mcpCalls = createMcpCalls({ secrets, clients, servers: mcpServers, tools: mcpTools, isDevelopment })
  /** Pages that may call our own MCP server. */
  const mcpOrigins = config.MCP_ALLOWED_ORIGINS
  return { mcpServers, mcpTools, mcpCalls, mcpOrigins }
}
