import { and, eq, inArray } from 'drizzle-orm'
import { z } from 'zod'
import { AppError, toAppError } from '../../../shared/errors.ts'
import type { Db } from '../../db/client.ts'
import { type McpTool, mcpServers } from '../../db/tables/agents.ts'
import type { Tool, ToolContext, ToolOutcome } from '../agent-tools/tool.ts'
import type { ToolSource } from '../agent-tools/toolbox.ts'
import { CALL_LIMIT_MS, MAX_SERVERS_PER_RUN } from './limits.ts'
import type { McpClients } from './mcp-client.ts'
import type { McpServers } from './mcp-servers.ts'
import { outcomeOf } from './result-text.ts'
import { createServerRows, isOffered, type ServerRow, type ServerWithTools } from './server-rows.ts'
import type { ServerSecrets } from './server-secrets.ts'
import { argumentsSchema, hashOf, isReadOnly, offeredName } from './tool-definition.ts'

/** Arguments are an object; the server holds them to its own schema. */
const Arguments = z.record(z.string(), z.unknown())

export interface McpToolsOptions {
  db: Db
  secrets: ServerSecrets
  clients: Pick<McpClients, 'call'>
  servers: Pick<McpServers, 'look'>
}

const CLOSED = 'What is sent to the server can no longer be opened: its owner has to give the headers anew.'

const CHANGED = 'Its server describes it otherwise by now, or has it no more: its owner has to consent first.'

export type McpTools = ReturnType<typeof createMcpTools>

/** The tools of an account's MCP servers, for the runs that name those. */
export function createMcpTools({ db, secrets, clients, servers }: McpToolsOptions) {
  const rows = createServerRows(db)

  /** Calls a tool as its owner has let it in, and keeps the memory of the conversation. */
  async function call(server: ServerRow, tool: McpTool, args: Record<string, unknown>, signal: AbortSignal) {
    const { id, url } = server
    const headers = await secrets.openHeaders(id, server.headers)
    if (!headers) throw new AppError('unprocessable', CLOSED)
    const before = await secrets.openSession(id, server.session)
    const { result, session } = await clients.call({ url, headers }, { tool, args, before, signal })
    if (JSON.stringify(session) !== JSON.stringify(before))
      await db
        .update(mcpServers)
        .set({ session: await secrets.sealSession(id, session) })
        .where(and(eq(mcpServers.id, id), eq(mcpServers.url, url)))
    return outcomeOf(result)
  }

  const toTool = (server: ServerRow, pinned: McpTool, hash: string, missing: string | undefined): Tool => ({
    name: offeredName(server.label, pinned, hash),
    description: pinned.description ?? pinned.title ?? pinned.name,
    arguments: Arguments,
    schema: argumentsSchema(pinned),
    effect: isReadOnly(pinned) ? 'reads' : 'changes',
    needsApproval: !isReadOnly(pinned),
    brings: 'untrusted text',
    limitMs: CALL_LIMIT_MS,
    offered: async () => missing,
    run: (args, { signal }) => call(server, pinned, Arguments.parse(args), signal),
  })

  /** The tools of a server that its owner has let in, as they were described then; of those described otherwise by now that they cannot be had. */
  const offeredOf = ({ server, tools }: ServerWithTools, missing: string | undefined): Tool[] =>
    tools.flatMap((row) => {
      const { pinned, pinnedHash } = row
      if (!pinned || pinnedHash === null) return []
      return [toTool(server, pinned, pinnedHash, missing ?? (isOffered(row) ? undefined : CHANGED))]
    })

  async function read({ accountId, mcpServers: ids = [] }: ToolContext): Promise<ServerWithTools[]> {
    if (ids.length === 0) return []
    const wanted = inArray(mcpServers.id, ids.slice(0, MAX_SERVERS_PER_RUN))
    const found = await db
      .select()
      .from(mcpServers)
      .where(and(eq(mcpServers.accountId, accountId), eq(mcpServers.isEnabled, true), wanted))
    return rows.withTools(found)
  }

  /** Looks at the servers as a run begins: a tool that is described otherwise by now is not offered to it. */
  async function begin(context: ToolContext): Promise<Tool[]> {
    const known = await read(context)
    const missing = new Map<string, string>()
    await Promise.all(
      known.map(async ({ server }) => {
        try {
          await servers.look(server, context.signal)
        } catch (thrown) {
          context.signal.throwIfAborted()
          missing.set(server.id, toAppError(thrown).message)
        }
      }),
    )
    return (await read(context)).flatMap((one) => offeredOf(one, missing.get(one.server.id)))
  }

  const source: ToolSource = async (context) => {
    // Step 0 is the look around before the first one.
    if (context.step === 0) return begin(context)
    return (await read(context)).flatMap((one) => offeredOf(one, undefined))
  }

  return {
    source,

    /** The tools of one server that its owner has let in. */
    async offeredBy(accountId: string, serverId: string): Promise<McpTool[]> {
      const [found] = await rows.withTools([await rows.find(accountId, serverId)])
      return (found?.tools ?? []).flatMap((row) => (isOffered(row) && row.pinned ? [row.pinned] : []))
    },

    /** Calls a tool of one, if its owner still lets it be called as it was described. */
    async callStored(
      accountId: string,
      serverId: string,
      tool: McpTool,
      args: Record<string, unknown>,
      signal: AbortSignal,
    ): Promise<ToolOutcome> {
      const [found] = await rows.withTools([await rows.find(accountId, serverId)])
      const row = found?.tools.find(({ name }) => name === tool.name)
      if (
        !found?.server.isEnabled ||
        !row?.pinned ||
        !isOffered(row) ||
        row.pinnedHash !== (await hashOf(tool))
      )
        throw new AppError('conflict', CHANGED)
      return call(found.server, row.pinned, args, signal)
    },
  }
}
