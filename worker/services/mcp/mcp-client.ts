import type { CallToolResult, Client, ClientOptions, DiscoverResult } from '@modelcontextprotocol/client'
import { AppError, toAppError } from '../../../shared/errors.ts'
import type { McpTool } from '../../db/tables/agents.ts'
import { lazily } from '../lazily.ts'
import { type GuardedWay, type GuardOptions, guardedWay } from './guarded-fetch.ts'
import { CALL_LIMIT_MS, LIST_LIMIT_MS, MAX_SERVER_NAME_LENGTH, MAX_TOOLS_PER_SERVER } from './limits.ts'
import { definitionOf } from './tool-definition.ts'

/** The memory of a conversation with a server, by which the next one begins sooner. */
export type McpSession =
  | { era: 'modern'; discover: DiscoverResult }
  /** The session is null where the server keeps none. */
  | { era: 'legacy'; id: string | null; protocolVersion: string }

/** A server as it is spoken to. */
export interface McpPeer {
  url: string
  headers: Readonly<Record<string, string>>
}

/** A server as it has shown itself. */
export interface McpListing {
  tools: McpTool[]
  serverName: string | null
  protocolVersion: string | null
  session: McpSession | null
}

/** The end of a call: what the tool answered, and the memory of the conversation where it is another one now. */
export interface McpCalled {
  result: CallToolResult
  session: McpSession | null
}

export type McpClients = ReturnType<typeof createMcpClients>

/** The statuses by which servers say that they know a session no more. */
const NO_SUCH_SESSION = 404

const unavailable = (message: string, cause?: unknown) => new AppError('unprocessable', message, { cause })

/** Nobody here lets a server's own patterns loose on its own texts. */
const noValidation: NonNullable<ClientOptions['jsonSchemaValidator']> = {
  // Whatever it is, it is read with care.
  getValidator: () => (input) => ({ valid: true, data: input as never, errorMessage: undefined }),
}

/** A server may close a stream and have its answer fetched a little later (SEP-1699), when it says, or else like this. */
const RECONNECTION = {
  maxRetries: 3,
  initialReconnectionDelay: 500,
  maxReconnectionDelay: 5_000,
  reconnectionDelayGrowFactor: 2,
}

/** Loaded by those alone who speak to a server: a start of the edge does without. */
const library = lazily(() => import('@modelcontextprotocol/client'))

/** The status in an error of the library's transport. */
function statusIn(thrown: unknown): number | undefined {
  const data: unknown = thrown instanceof Error && 'data' in thrown ? thrown.data : undefined
  const status = typeof data === 'object' && data !== null && 'status' in data ? data.status : undefined
  if (typeof status === 'number') return status
  return thrown instanceof Error && thrown.cause !== undefined ? statusIn(thrown.cause) : undefined
}

/** A failure in words of ours: those of the server are a stranger's. */
async function failureOf(thrown: unknown): Promise<AppError> {
  const known = toAppError(thrown)
  if (known.code !== 'internal') return known
  const { ProtocolError } = await library()
  const status = statusIn(thrown)
  if (status === 401 || status === 403)
    return unavailable(`It refuses the headers that it is sent (${status}).`)
  if (status !== undefined) return unavailable(`It answered ${status}.`)
  if (ProtocolError.isInstance(thrown))
    return unavailable(`It refused the request with code ${thrown.code}.`, thrown)
  return unavailable('It could not be reached, or does not speak the protocol.', thrown)
}

/** Speaks to servers of the Model Context Protocol, in the newest of its forms that they know. */
export function createMcpClients(guard: GuardOptions) {
  async function connect(
    { url, headers }: McpPeer,
    way: GuardedWay,
    before: McpSession | null,
    timeout: number,
  ) {
    const { Client, StreamableHTTPClientTransport } = await library()
    const client = new Client(
      { name: 'switchyard', version: '1.0.0' },
      { versionNegotiation: { mode: 'auto' }, jsonSchemaValidator: noValidation },
    )
    const resumed = before?.era === 'legacy' && before.id !== null ? { ...before, id: before.id } : undefined
    const transport = new StreamableHTTPClientTransport(new URL(url), {
      fetch: way.fetch,
      requestInit: { headers: { ...headers } },
      reconnectionOptions: RECONNECTION,
      ...(resumed && { sessionId: resumed.id, protocolVersion: resumed.protocolVersion }),
    })
    const prior =
      before?.era === 'modern'
        ? { kind: 'modern' as const, discover: before.discover }
        : before && { kind: 'legacy' as const }
    await client.connect(transport, { timeout, ...(prior ? { prior } : {}) })
    const sessionNow = (): McpSession | null => {
      const discover = client.getDiscoverResult()
      if (discover) return { era: 'modern', discover }
      const protocolVersion = client.getNegotiatedProtocolVersion() ?? resumed?.protocolVersion
      return protocolVersion === undefined
        ? null
        : { era: 'legacy', id: transport.sessionId ?? null, protocolVersion }
    }
    return { client, sessionNow }
  }

  /** One deed with a server, within its time; the way to it is closed behind. */
  async function speak<T>(
    peer: McpPeer,
    { before, limitMs, signal }: { before: McpSession | null; limitMs: number; signal: AbortSignal },
    deed: (client: Client, sessionNow: () => McpSession | null, stop: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const stop = new AbortController()
    const end = () => stop.abort(signal.reason)
    signal.addEventListener('abort', end, { once: true })
    const late = setTimeout(
      () => stop.abort(unavailable(`It took longer than ${limitMs / 1_000} seconds.`)),
      limitMs, // a server may be silent for ever
    )
    const way = guardedWay(guard, peer.url, stop)
    let client: Client | undefined
    try {
      signal.throwIfAborted()
      const opened = await connect(peer, way, before, limitMs)
      client = opened.client
      return await deed(client, opened.sessionNow, stop.signal)
    } catch (thrown) {
      signal.throwIfAborted()
      const broken = way.broken()
      if (broken) throw broken
      if (stop.signal.aborted) throw toAppError(stop.signal.reason)
      throw thrown
    } finally {
      clearTimeout(late)
      signal.removeEventListener('abort', end)
      await client?.close().catch(() => {})
      stop.abort()
    }
  }

  return {
    /** The tools of a server. Begins anew. Throws `unprocessable` with what hinders it. */
    async list(peer: McpPeer, signal: AbortSignal): Promise<McpListing> {
      try {
        return await speak(
          peer,
          { before: null, limitMs: LIST_LIMIT_MS, signal },
          async (client, sessionNow, stop) => {
            const { tools: listed } = await client.listTools(undefined, {
              signal: stop,
              timeout: LIST_LIMIT_MS,
            })
            if (listed.length > MAX_TOOLS_PER_SERVER)
              throw unavailable(`It has ${listed.length} tools: at most ${MAX_TOOLS_PER_SERVER} are taken.`)
            const named = new Map(
              listed.flatMap((tool) => definitionOf({ ...tool }) ?? []).map((tool) => [tool.name, tool]),
            )
            const { name, version } = client.getServerVersion() ?? { name: '', version: '' }
            return {
              tools: [...named.values()],
              serverName: `${name} ${version}`.trim().slice(0, MAX_SERVER_NAME_LENGTH).toWellFormed() || null,
              protocolVersion: client.getNegotiatedProtocolVersion() ?? null,
              session: sessionNow(),
            }
          },
        )
      } catch (thrown) {
        signal.throwIfAborted()
        throw await failureOf(thrown)
      }
    },

    /**
     * Calls a tool. A session that the server knows no more is begun anew, once: what it has refused it has not done. Throws
     * `unprocessable`, in words of ours.
     */
    async call(
      peer: McpPeer,
      {
        tool,
        args,
        before,
        signal,
      }: { tool: McpTool; args: Record<string, unknown>; before: McpSession | null; signal: AbortSignal },
    ): Promise<McpCalled> {
      const once = (session: McpSession | null) =>
        speak(peer, { before: session, limitMs: CALL_LIMIT_MS, signal }, async (client, sessionNow, stop) => {
          // The definition as it was listed: the library's own type of it is wider than what is kept.
          const toolDefinition = { ...tool, inputSchema: { ...tool.inputSchema, type: 'object' as const } }
          const result = await client.callTool(
            { name: tool.name, arguments: args },
            { signal: stop, timeout: CALL_LIMIT_MS, toolDefinition: toolDefinition as never },
          )
          return { result, session: sessionNow() }
        })
      try {
        return await once(before).catch((thrown) => {
          const isOld = before?.era === 'legacy' && before.id !== null
          if (!isOld || statusIn(thrown) !== NO_SUCH_SESSION) throw thrown
          return once(null)
        })
      } catch (thrown) {
        signal.throwIfAborted()
        throw await failureOf(thrown)
      }
    },
  }
}
