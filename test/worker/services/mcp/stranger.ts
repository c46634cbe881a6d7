import {
  createMcpHandler,
  isLegacyRequest,
  Server,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server'
import { vi } from 'vitest'

/** A tool of somebody else's server, and what it answers. */
export interface StrangeTool {
  name: string
  description?: string
  inputSchema?: { type: 'object'; [keyword: string]: unknown }
  annotations?: { readOnlyHint?: boolean }
  answer?: (args: Record<string, unknown>) => Promise<object> | object
}

export const said = (text: string) => ({ content: [{ type: 'text' as const, text }] })

/** Looks something up, and says that it changes nothing. */
export const lookUp: StrangeTool = {
  name: 'look_up',
  description: 'Looks a ticket up.',
  inputSchema: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
  annotations: { readOnlyHint: true },
  answer: ({ id }) => said(`Ticket ${String(id)} is open.`),
}

/** Changes something. */
export const close: StrangeTool = {
  name: 'close',
  description: 'Closes a ticket.',
  inputSchema: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
  answer: ({ id }) => said(`Ticket ${String(id)} is closed.`),
}

export interface Heard {
  method: string
  headers: Record<string, string>
  message: { method?: string; params?: Record<string, unknown> } | undefined
}

/**
 * Somebody else's MCP server, by the official library, at an address of the net that a test has in its hands. `forms` are those of the
 * protocol that it knows; with `sessions` it keeps one for each client of the older form, until `forget`.
 */
export function strangerAt(
  address: string,
  { forms = 'both', sessions = false }: { forms?: 'both' | 'older' | 'newer'; sessions?: boolean } = {},
) {
  const stranger = {
    tools: [lookUp, close] as StrangeTool[],
    heard: [] as Heard[],
    /** Answers instead of the server. */
    instead: undefined as
      | ((request: Request) => Response | Promise<Response | undefined> | undefined)
      | undefined,
    forget: () => open.clear(),
    calls: () =>
      stranger.heard.flatMap(({ message }) =>
        message?.method === 'tools/call' ? [message.params ?? {}] : [],
      ),
    methods: () => stranger.heard.map(({ method, message }) => message?.method ?? method),
  }
  const open = new Map<string, WebStandardStreamableHTTPServerTransport>()

  function build() {
    const server = new Server({ name: 'tickets', version: '2.1.0' }, { capabilities: { tools: {} } })
    server.setRequestHandler('tools/list', () => ({
      tools: stranger.tools.map(({ answer: _, ...tool }) => ({
        inputSchema: { type: 'object' as const },
        ...tool,
      })),
    }))
    server.setRequestHandler('tools/call', async ({ params }) => {
      const tool = stranger.tools.find(({ name }) => name === params.name)
      // The shape is the library's, which checks it.
      return ((await tool?.answer?.(params.arguments ?? {})) ?? said('nothing')) as ReturnType<typeof said>
    })
    return server
  }
  const newer = createMcpHandler(build, { legacy: forms === 'newer' || sessions ? 'reject' : 'stateless' })

  async function withSession(request: Request): Promise<Response> {
    const id = request.headers.get('mcp-session-id')
    const known = id === null ? undefined : open.get(id)
    if (known) return known.handleRequest(request)
    if (id !== null) return new Response('{}', { status: 404 })
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (made) => void open.set(made, transport),
    })
    await build().connect(transport)
    return transport.handleRequest(request)
  }

  async function serve(request: Request): Promise<Response> {
    const text = await request.clone().text()
    stranger.heard.push({
      method: request.method,
      headers: Object.fromEntries(request.headers),
      message: text === '' ? undefined : JSON.parse(text),
    })
    const other = await stranger.instead?.(request.clone())
    if (other) return other
    const isOlder = await isLegacyRequest(request.clone())
    if (forms === 'older' && !isOlder) return new Response('Bad Request', { status: 400 })
    return sessions && isOlder ? withSession(request) : newer.fetch(request)
  }

  servers.set(address, serve)
  return stranger
}

const servers = new Map<string, (request: Request) => Promise<Response>>()

/** Where names lead; all others to a public address. */
export const names = new Map<string, string>()

/** The net of a test: names that exist, and the servers that a test has put there. */
export function mockNet(): void {
  servers.clear()
  names.clear()
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (asked, init) => {
    const request = new Request(asked, init)
    const url = new URL(request.url)
    if (url.hostname === 'cloudflare-dns.com') {
      const data = names.get(url.searchParams.get('name') ?? '') ?? '8.8.8.8'
      return Response.json({ Status: 0, Answer: [{ type: 1, data }] })
    }
    const serve = servers.get(request.url)
    if (!serve) throw new TypeError(`Nobody is at ${request.url}`)
    return serve(request)
  })
}
