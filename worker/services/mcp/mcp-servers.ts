import { and, asc, eq, ne, sql } from 'drizzle-orm'
import { AppError, toAppError } from '../../../shared/errors.ts'
import { type Db, newId } from '../../db/client.ts'
import { mcpServers } from '../../db/tables/agents.ts'
import { createAudit } from '../audit.ts'
import { sweep } from '../sweep.ts'
import { checkedTarget } from '../webhooks/targets.ts'
import { MAX_SERVERS_PER_ACCOUNT } from './limits.ts'
import type { McpClients, McpListing, McpSession } from './mcp-client.ts'
import { createServerRows, noSuchServer, type ServerRow, type ServerWithTools } from './server-rows.ts'
import { checkedHeaders, type ServerSecrets } from './server-secrets.ts'

/** A server as it is added. */
export interface NewMcpServer {
  label: string
  url: string
  headers?: Readonly<Record<string, string>> | null | undefined
  description?: string | null | undefined
  /** The tools that runs may use; none where none are named. */
  allowedTools?: readonly string[] | undefined
}

/** A change of a server. Without `headers`, another address is sent none: they were meant for the one before. */
export interface McpServerPatch {
  label?: string | undefined
  url?: string | undefined
  headers?: Readonly<Record<string, string>> | null | undefined
  description?: string | null | undefined
  isEnabled?: boolean | undefined
  allowedTools?: readonly string[] | undefined
}

export interface McpServersOptions {
  db: Db
  secrets: ServerSecrets
  clients: Pick<McpClients, 'list'>
  isDevelopment: boolean
  now?: () => number
}

export type McpServers = ReturnType<typeof createMcpServers>

const hostOf = (url: string | undefined) => (url === undefined ? undefined : new URL(url).host)

const CLOSED = 'What is sent to it can no longer be opened: give its headers anew.'

const noSuchTool = (name: string, at: number) =>
  new AppError(
    'invalid_request',
    `Invalid 'allowed_tools[${at}]': the server has no tool '${name.slice(0, 128)}'.`,
    {
      param: `allowed_tools[${at}]`,
    },
  )

/** An error of a server, about the field that names it. */
const aboutUrl = (thrown: unknown): AppError => {
  const { code, message, cause } = toAppError(thrown)
  return code === 'unprocessable'
    ? new AppError(code, `The MCP server cannot be used. ${message}`, { param: 'url', cause })
    : toAppError(thrown)
}

/** The MCP servers of accounts. What belongs to another account does not exist. */
export function createMcpServers({ db, secrets, clients, isDevelopment, now = Date.now }: McpServersOptions) {
  const rows = createServerRows(db)
  const audit = createAudit(db, now)

  /** The record of what an account does to a server of its own, where there is one. Of an address its host, of headers their names. */
  const recorded = (
    accountId: string,
    action: string,
    id: string,
    after?: Readonly<Record<string, unknown>>,
  ) =>
    audit.rowWhere(
      { actorId: accountId, action: `mcp_server.${action}`, target: id, after },
      mcpServers,
      rows.ownedBy(accountId, id),
    )

  async function list(
    server: Pick<ServerRow, 'id' | 'url'>,
    headers: Record<string, string>,
    signal: AbortSignal,
  ) {
    return clients.list({ url: server.url, headers }, signal)
  }

  function checkNames(wanted: readonly string[], { tools }: McpListing): void {
    const known = new Set(tools.map(({ name }) => name))
    const at = wanted.findIndex((name) => !known.has(name))
    if (at >= 0) throw noSuchTool(wanted[at] ?? '', at)
  }

  const labelTaken = (label: string) =>
    new AppError('conflict', `An MCP server of yours is labelled '${label}' already.`, { param: 'label' })

  async function requireFree(accountId: string, label: string, but = ''): Promise<void> {
    const taken = await db.$count(
      mcpServers,
      and(eq(mcpServers.accountId, accountId), eq(mcpServers.label, label), ne(mcpServers.id, but)),
    )
    if (taken > 0) throw labelTaken(label)
  }

  async function get(accountId: string, id: string): Promise<ServerWithTools> {
    const [found] = await rows.withTools([await rows.find(accountId, id)])
    if (!found) throw noSuchServer()
    return found
  }

  /** Looks at a server again. What hinders it is written down, and thrown. */
  async function look(server: ServerRow, signal: AbortSignal): Promise<McpListing> {
    const { id } = server
    try {
      const headers = await secrets.openHeaders(id, server.headers)
      if (!headers) throw new AppError('unprocessable', CLOSED)
      const listing = await list(server, headers, signal)
      const [first, ...others] = await rows.seeing(
        id,
        listing,
        await secrets.sealSession(id, listing.session),
        now(),
      )
      await db.batch([first, ...others])
      return listing
    } catch (thrown) {
      signal.throwIfAborted()
      const error = aboutUrl(thrown)
      if (error.code === 'unprocessable')
        await db
          .update(mcpServers)
          .set({ lastError: error.message, checkedAt: now() })
          .where(eq(mcpServers.id, id))
      throw error
    }
  }

  return {
    get,
    look,

    /** Adds a server, which must answer. Throws `invalid_request`, `unprocessable`, `conflict` and `limit_exceeded`; then nothing is left of it. */
    async create(
      accountId: string,
      { label, url, headers: given, description = null, allowedTools = [] }: NewMcpServer,
      signal: AbortSignal,
    ): Promise<ServerWithTools> {
      checkedTarget(url, { isDevelopment })
      const headers = checkedHeaders(given ?? {})
      await requireFree(accountId, label)
      const tooMany = new AppError(
        'limit_exceeded',
        `An account has at most ${MAX_SERVERS_PER_ACCOUNT} MCP servers.`,
      )
      if ((await db.$count(mcpServers, eq(mcpServers.accountId, accountId))) >= MAX_SERVERS_PER_ACCOUNT)
        throw tooMany
      const id = newId()
      const listing = await list({ id, url }, headers, signal).catch((thrown) => {
        signal.throwIfAborted()
        throw aboutUrl(thrown)
      })
      checkNames(allowedTools, listing)
      const [sealed, session, sealedBy] = await Promise.all([
        secrets.sealHeaders(id, headers),
        secrets.sealSession(id, listing.session),
        secrets.sealedBy(),
      ])
      const time = now()
      const count = sql`(select count(*) from mcp_servers where account_id = ${accountId})`
      const names = JSON.stringify(Object.keys(headers))
      // In one transaction: of many at once, no more are left than may be.
      const added = db
        .insert(mcpServers)
        .select(
          sql`select ${id}, ${accountId}, ${label}, ${url}, ${description}, ${sealed}, ${names}, ${session}, ${sealedBy}, 1, null, null, null, null, ${time}, ${time}
            where ${count} < ${MAX_SERVERS_PER_ACCOUNT}`,
        )
        .onConflictDoNothing()
        .returning({ id: mcpServers.id })
      const seeing = await rows.seeing(id, listing, session, time)
      const wanted = allowedTools.map((name) => ({ name }))
      const after = { label, host: hostOf(url), headers: Object.keys(headers), tools: allowedTools }
      const results = await db.batch([
        added,
        ...seeing,
        ...rows.pinning(id, wanted),
        recorded(accountId, 'create', id, after),
      ])
      if (results[0].length === 0) {
        await requireFree(accountId, label)
        throw tooMany
      }
      return get(accountId, id)
    },

    /** The oldest first; there are few. */
    list: async (accountId: string): Promise<ServerWithTools[]> =>
      rows.withTools(
        await db
          .select()
          .from(mcpServers)
          .where(eq(mcpServers.accountId, accountId))
          .orderBy(asc(mcpServers.id)),
      ),

    /** Those of an account, by ids or labels. Throws `not_found` naming the first that is none, and `conflict` for one that is disabled. */
    async named(accountId: string, names: readonly string[], param: string): Promise<ServerRow[]> {
      const found = await rows.named(accountId, names)
      return names.map((name, at) => {
        const server = found.find(({ id, label }) => id === name || label === name)
        const field = `${param}[${at}]`
        if (!server)
          throw new AppError('not_found', `There is no MCP server '${name.slice(0, 64)}'.`, { param: field })
        if (!server.isEnabled)
          throw new AppError('conflict', `The MCP server '${server.label}' is disabled.`, { param: field })
        return server
      })
    },

    /** Changes a server. Another address, or other headers, must answer; then nothing is changed where they do not. */
    async update(
      accountId: string,
      id: string,
      patch: McpServerPatch,
      signal: AbortSignal,
    ): Promise<ServerWithTools> {
      const before = await rows.find(accountId, id)
      const { label, url, description, isEnabled, allowedTools } = patch
      if (label !== undefined) await requireFree(accountId, label, id)
      if (url !== undefined) checkedTarget(url, { isDevelopment })
      const isMoved = url !== undefined && url !== before.url
      const given = isMoved || patch.headers !== undefined ? checkedHeaders(patch.headers ?? {}) : undefined
      const headers = given ?? (await secrets.openHeaders(id, before.headers))
      const isAnother = isMoved || given !== undefined
      const needsLook = isAnother || (allowedTools?.length ?? 0) > 0
      if (needsLook && !headers) throw new AppError('unprocessable', CLOSED, { param: 'headers' })
      const listing =
        needsLook && headers
          ? await list({ id, url: url ?? before.url }, headers, signal).catch((thrown) => {
              signal.throwIfAborted()
              throw aboutUrl(thrown)
            })
          : undefined
      if (listing && allowedTools) checkNames(allowedTools, listing)
      const session: McpSession | null = listing?.session ?? null
      const set = {
        ...(label === undefined ? {} : { label }),
        ...(url === undefined ? {} : { url }),
        ...(description === undefined ? {} : { description }),
        ...(isEnabled === undefined ? {} : { isEnabled }),
        ...(given
          ? {
              headers: await secrets.sealHeaders(id, given),
              headerNames: Object.keys(given),
              sealedBy: await secrets.sealedBy(),
            }
          : {}),
        updatedAt: now(),
      }
      const kept = allowedTools ?? (isMoved ? [] : undefined)
      const pinned = new Set(
        (await rows.withTools([before]))[0]?.tools.flatMap((tool) =>
          tool.pinnedHash === null ? [] : [tool.name],
        ),
      )
      // What was let in before stays as it was consented to: a change of it has its own word.
      const wanted = (allowedTools ?? [])
        .filter((name) => isMoved || !pinned.has(name))
        .map((name) => ({ name }))
      const changed = {
        ...{ label, isEnabled, host: hostOf(url) },
        ...{ headers: given && Object.keys(given), tools: allowedTools },
      }
      await db.batch([
        db.update(mcpServers).set(set).where(rows.ownedBy(accountId, id)),
        ...(listing ? await rows.seeing(id, listing, await secrets.sealSession(id, session), now()) : []),
        ...(kept ? [rows.unpinning(id, kept)] : []),
        ...rows.pinning(id, wanted),
        recorded(accountId, 'update', id, changed),
      ])
      return get(accountId, id)
    },

    /** Looks at a server again: which tools it has now, and how it describes them. Throws `unprocessable`. */
    async refresh(accountId: string, id: string, signal: AbortSignal): Promise<ServerWithTools> {
      await look(await rows.find(accountId, id), signal)
      return get(accountId, id)
    },

    /**
     * Lets tools in as they are described now, by the hashes that their owner has seen. Throws `conflict`, and lets none in, where one is
     * described otherwise by now.
     */
    async consent(
      accountId: string,
      id: string,
      wanted: readonly { name: string; hash: string }[],
    ): Promise<ServerWithTools> {
      const { server, tools } = await get(accountId, id)
      const at = wanted.findIndex(
        ({ name, hash }) => !tools.some((tool) => tool.name === name && tool.seenHash === hash),
      )
      if (at >= 0) {
        const name = wanted[at]?.name.slice(0, 128)
        throw new AppError(
          'conflict',
          `The tool '${name}' is described otherwise by now, or is gone: look at it again.`,
          {
            param: `tools[${at}]`,
          },
        )
      }
      const names = { tools: wanted.map(({ name }) => name) }
      await db.batch([recorded(accountId, 'consent', id, names), ...rows.pinning(server.id, wanted)])
      return get(accountId, id)
    },

    /** Throws `not_found`. */
    async remove(accountId: string, id: string): Promise<void> {
      const [, removed] = await db.batch([
        recorded(accountId, 'delete', id),
        db.delete(mcpServers).where(rows.ownedBy(accountId, id)).returning({ id: mcpServers.id }),
      ])
      if (removed.length === 0) throw noSuchServer()
    },

    /** Seals anew what an earlier secret of the deployment has sealed, so that it can be taken away. */
    reseal: (): Promise<number> =>
      sweep(async (limit) => {
        const sealedBy = await secrets.sealedBy()
        const old = await db.select().from(mcpServers).where(ne(mcpServers.sealedBy, sealedBy)).limit(limit)
        for (const row of old) {
          const headers = await secrets.openHeaders(row.id, row.headers)
          // Those that cannot be opened any more stay, and say so when they are needed.
          const sealed = headers ? await secrets.sealHeaders(row.id, headers) : row.headers
          await db
            .update(mcpServers)
            .set({ headers: sealed, session: null, sealedBy })
            .where(and(eq(mcpServers.id, row.id), eq(mcpServers.updatedAt, row.updatedAt)))
        }
        return old.length
      }),
  }
}
