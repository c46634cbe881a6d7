import { createMcpClients } from '../../../worker/services/mcp/mcp-client.ts'

// A client for the conformance tests of the protocol: the edge's own, which lists and calls every tool of the server that is named.
const url = process.argv.at(-1) ?? ''
const clients = createMcpClients({ refusalOf: async () => undefined, isDevelopment: true })
const { signal } = new AbortController()
const { tools, session } = await clients.list({ url, headers: {} }, signal)
for (const tool of tools)
  await clients.call({ url, headers: {} }, { tool, args: { a: 5, b: 3 }, before: session, signal })
