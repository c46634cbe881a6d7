import { SELF } from 'cloudflare:test'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { ORIGIN } from '../../world.ts'

export const VERSIONS = ['2026-07-28', '2025-11-25'] as const
export type Version = (typeof VERSIONS)[number]

/** The official client at the edge of a test, in one form of the protocol. */
export async function connected(key: string, version: Version = '2026-07-28') {
  const client = new Client(
    { name: 'test', version: '1.0.0' },
    { versionNegotiation: { mode: version === '2026-07-28' ? { pin: version } : 'legacy' } },
  )
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${ORIGIN}/mcp`), {
      fetch: (url, init) => SELF.fetch(String(url), init),
      requestInit: { headers: { authorization: `Bearer ${key}` } },
    }),
  )
  return client
}

/** A message as a client without a library sends it. */
export const post = (key: string | undefined, body: unknown, headers: Record<string, string> = {}) =>
  SELF.fetch(`${ORIGIN}/mcp`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
