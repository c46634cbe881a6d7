import { and, asc, eq, inArray, or, sql } from 'drizzle-orm'
import { AppError } from '../../../shared/errors.ts'
import type { Db } from '../../db/client.ts'
import { type McpTool, mcpServers, mcpTools } from '../../db/tables/agents.ts'
import type { McpListing } from './mcp-client.ts'
import { hashOf } from './tool-definition.ts'

export type ServerRow = typeof mcpServers.$inferSelect
export type ToolRow = typeof mcpTools.$inferSelect

/** A server with its tools. */
export interface ServerWithTools {
  server: ServerRow
  tools: ToolRow[]
}

export const noSuchServer = () =>
  new AppError('not_found', 'There is no such MCP server.', { param: 'server_id' })

export type ServerRows = ReturnType<typeof createServerRows>

/** The rows of MCP servers. Whatever belongs to another account does not exist. */
export function createServerRows(db: Db) {
  const ownedBy = (accountId: string, id: string) =>
    and(eq(mcpServers.id, id), eq(mcpServers.accountId, accountId))

  async function withTools(servers: ServerRow[]): Promise<ServerWithTools[]> {
    if (servers.length === 0) return []
    const ids = servers.map(({ id }) => id)
    const tools = await db
      .select()
      .from(mcpTools)
      .where(inArray(mcpTools.serverId, ids))
      .orderBy(asc(mcpTools.serverId), asc(mcpTools.name))
    return servers.map((server) => ({
      server,
      tools: tools.filter(({ serverId }) => serverId === server.id),
    }))
  }

  return {
    ownedBy,
    withTools,

    /** Throws `not_found`. */
    async find(accountId: string, id: string): Promise<ServerRow> {
      const [row] = await db.select().from(mcpServers).where(ownedBy(accountId, id))
      if (!row) throw noSuchServer()
      return row
    },

    /** Those of an account that are named so, by their ids or their labels. */
    named: async (accountId: string, names: readonly string[]): Promise<ServerRow[]> =>
      names.length === 0
        ? []
        : db
            .select()
            .from(mcpServers)
            .where(
              and(
                eq(mcpServers.accountId, accountId),
                or(inArray(mcpServers.id, [...names]), inArray(mcpServers.label, [...names])),
              ),
            )
            .orderBy(asc(mcpServers.id)),

    /** The statements that write down what a server has shown: its tools as they are seen now, all in one batch. */
    async seeing(
      id: string,
      { tools, serverName, protocolVersion }: McpListing,
      sealedSession: string | null,
      now: number,
    ) {
      const seen = await Promise.all(tools.map(async (tool) => ({ tool, hash: await hashOf(tool) })))
      const names = JSON.stringify(seen.map(({ tool }) => tool.name))
      const columns = { serverName, protocolVersion, session: sealedSession, checkedAt: now, lastError: null }
      const isThere = sql`exists (select 1 from mcp_servers where id = ${id})`
      return [
        db.update(mcpServers).set(columns).where(eq(mcpServers.id, id)),
        db
          .update(mcpTools)
          .set({ seen: null, seenHash: null })
          .where(
            and(
              eq(mcpTools.serverId, id),
              sql`${mcpTools.name} not in (select value from json_each(${names}))`,
            ),
          ),
        ...seen.map(({ tool, hash }) =>
          db
            .insert(mcpTools)
            .select(
              sql`select ${id}, ${tool.name}, ${JSON.stringify(tool)}, ${hash}, null, null where ${isThere}`,
            )
            .onConflictDoUpdate({
              target: [mcpTools.serverId, mcpTools.name],
              set: { seen: tool, seenHash: hash },
            }),
        ),
        // What its owner has not let in, and its server has no more, is nothing.
        db
          .delete(mcpTools)
          .where(
            and(
              eq(mcpTools.serverId, id),
              sql`${mcpTools.pinnedHash} is null and ${mcpTools.seenHash} is null`,
            ),
          ),
      ] as const
    },

    /** The statements that let in tools as they were seen: of these hashes, where those are given. */
    pinning: (id: string, wanted: readonly { name: string; hash?: string | undefined }[]) =>
      wanted.map(({ name, hash }) =>
        db
          .update(mcpTools)
          .set({ pinned: sql`${mcpTools.seen}`, pinnedHash: sql`${mcpTools.seenHash}` })
          .where(
            and(
              eq(mcpTools.serverId, id),
              eq(mcpTools.name, name),
              hash === undefined ? sql`${mcpTools.seenHash} is not null` : eq(mcpTools.seenHash, hash),
            ),
          )
          .returning({ name: mcpTools.name }),
      ),

    /** The statement that lets in none but these. */
    unpinning: (id: string, kept: readonly string[]) =>
      db
        .update(mcpTools)
        .set({ pinned: null, pinnedHash: null })
        .where(
          and(
            eq(mcpTools.serverId, id),
            sql`${mcpTools.name} not in (select value from json_each(${JSON.stringify(kept)}))`,
          ),
        ),
  }
}

/** Whether runs may use a tool: its owner has let it in, and its server still describes it so. */
export const isOffered = ({ pinnedHash, seenHash }: ToolRow): boolean =>
  pinnedHash !== null && pinnedHash === seenHash

export type ToolState = 'available' | 'allowed' | 'changed' | 'gone'

/** How a tool stands. */
export function stateOf({ pinnedHash, seenHash }: ToolRow): ToolState {
  if (pinnedHash === null) return 'available'
  if (seenHash === null) return 'gone'
  return pinnedHash === seenHash ? 'allowed' : 'changed'
}

/** A tool as its owner is shown it: as it is described now. */
export const shownTool = ({ seen, pinned }: ToolRow): McpTool | null => seen ?? pinned
