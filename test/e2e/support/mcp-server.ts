import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createMcpHandler, Server } from '@modelcontextprotocol/server'

/** Somebody's MCP server, by the official library: it has one tool, which closes tickets, and one ticket. */
export interface TicketServer {
  url: string
  /** The tickets that were closed, in order. */
  closed: readonly string[]
  stop(): void
}

const TOOL = {
  name: 'close',
  description: 'Closes a ticket.',
  inputSchema: {
    type: 'object' as const,
    // So that also a model that understands nothing calls it rightly.
    properties: { id: { type: 'string', enum: ['7'] } },
    required: ['id'],
    additionalProperties: false,
  },
}

/** Starts one on this machine. */
export async function startTicketServer(): Promise<TicketServer> {
  const closed: string[] = []
  const handler = createMcpHandler(() => {
    const server = new Server({ name: 'tickets', version: '1.0.0' }, { capabilities: { tools: {} } })
    server.setRequestHandler('tools/list', () => ({ tools: [TOOL] }))
    server.setRequestHandler('tools/call', ({ params }) => {
      const id = String(params.arguments?.id)
      closed.push(id)
      return { content: [{ type: 'text' as const, text: `Ticket ${id} is closed.` }] }
    })
    return server
  })
  const server = createServer(async (asked, answer) => {
    const headers = Object.entries(asked.headers).map(([name, value]): [string, string] => [name, `${value}`])
    const body = await text(asked)
    const request = new Request(`http://127.0.0.1${asked.url}`, {
      method: asked.method ?? 'POST',
      headers,
      ...(body === '' ? {} : { body }),
    })
    const answered = await handler.fetch(request)
    answer.writeHead(answered.status, Object.fromEntries(answered.headers))
    answer.end(await answered.text())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // The address of a TCP server is never a text.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    closed,
    stop: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
