import { AppError, toAppError } from '../../../shared/errors.ts'
import type { McpTool } from '../../db/tables/agents.ts'
import type { ToolOutcome } from '../agent-tools/tool.ts'
import { checkedTarget } from '../webhooks/targets.ts'
import type { McpClients, McpSession } from './mcp-client.ts'
import type { McpServers } from './mcp-servers.ts'
import type { McpTools } from './mcp-tools.ts'
import { outcomeOf } from './result-text.ts'
import { checkedHeaders, type ServerSecrets } from './server-secrets.ts'

/** A server that a request names: one of the account's, or by its address, with what it is sent sealed for the request's id. */
export type McpRef = { serverId: string } | { url: string; sealedFor: string; headers: string | null }

/** A server with the tools that a request may use. */
export interface McpOffer {
  ref: McpRef
  tools: McpTool[]
}

export interface McpCallsOptions {
  secrets: ServerSecrets
  clients: Pick<McpClients, 'list' | 'call'>
  servers: Pick<McpServers, 'named' | 'look'>
  tools: Pick<McpTools, 'offeredBy' | 'callStored'>
  isDevelopment: boolean
}

export type McpCalls = ReturnType<typeof createMcpCalls>

const CLOSED = 'What is sent to the server can no longer be opened.'

/** The same failure about the field of a request that names the server. */
const about = (param: string, thrown: unknown): AppError => {
  const { code, message, retryAfterSeconds, cause } = toAppError(thrown)
  return new AppError(code, message, { param, retryAfterSeconds, cause })
}

/** Tools of servers for one request, those of the account and any other. */
export function createMcpCalls({ secrets, clients, servers, tools, isDevelopment }: McpCallsOptions) {
  return {
    /** One of the account's servers, looked at now, with the tools that its owner has let in. */
    async stored(accountId: string, label: string, param: string, signal: AbortSignal): Promise<McpOffer> {
      try {
        const [server] = await servers.named(accountId, [label], param)
        if (!server) throw new AppError('not_found', `There is no MCP server '${label}'.`)
        await servers.look(server, signal)
        return { ref: { serverId: server.id }, tools: await tools.offeredBy(accountId, server.id) }
      } catch (thrown) {
        signal.throwIfAborted()
        throw about(param, thrown)
      }
    },

    /** Any server, by its address: its caller answers for it. `id` is the request's. */
    async at(
      {
        id,
        url,
        headers,
        param,
      }: { id: string; url: string; headers: Readonly<Record<string, string>>; param: string },
      signal: AbortSignal,
    ): Promise<McpOffer> {
      const sent = checkedHeaders(headers, `${param}.headers`)
      try {
        checkedTarget(url, { isDevelopment })
        const { tools: listed } = await clients.list({ url, headers: sent }, signal)
        return { ref: { url, sealedFor: id, headers: await secrets.sealHeaders(id, sent) }, tools: listed }
      } catch (thrown) {
        signal.throwIfAborted()
        const failure = about(`${param}.server_url`, thrown)
        throw failure.code === 'unprocessable'
          ? new AppError('unprocessable', `The MCP server cannot be used. ${failure.message}`, {
              param: failure.param,
            })
          : failure
      }
    },

    /** A caller of tools of a server, which remembers the conversation with it from one to the next. */
    caller(accountId: string, ref: McpRef) {
      let session: McpSession | null = null
      return async (
        tool: McpTool,
        args: Record<string, unknown>,
        signal: AbortSignal,
      ): Promise<ToolOutcome> => {
        if ('serverId' in ref) return tools.callStored(accountId, ref.serverId, tool, args, signal)
        const headers = await secrets.openHeaders(ref.sealedFor, ref.headers)
        if (!headers) throw new AppError('unprocessable', CLOSED)
        const called = await clients.call({ url: ref.url, headers }, { tool, args, before: session, signal })
        session = called.session
        return outcomeOf(called.result)
      }
    },
  }
}
