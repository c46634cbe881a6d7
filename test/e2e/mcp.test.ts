import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { timesOf } from '../support/property-runs.ts'
import type { EdgeClient } from './support/edge-client.ts'
import { sharedEdge } from './support/shared-edge.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const CONFORMANCE = join(ROOT, 'node_modules', '@modelcontextprotocol', 'conformance', 'dist', 'index.js')
const CLIENT = join(import.meta.dirname, 'support', 'conformance-client.ts')

/** Each is a process of its own: the first ones in every run, all in the long one. Those that ask for nothing but what the protocol says; the others ask for tools and prompts of a server that is made for them. */
const SERVER_SCENARIOS = [
  'server-initialize',
  'ping',
  'tools-list',
  'resources-list',
  'dns-rebinding-protection',
]
const CLIENT_SCENARIOS = ['tools_call', 'initialize']

let edge: EdgeClient
let keyed: Server
let address: string

/** The conformance tests send no key: one is put on their requests on the way, of which nothing else is changed. */
beforeAll(async () => {
  edge = await sharedEdge()
  keyed = createServer((asked, answer) => {
    const headers = { ...asked.headers, authorization: `Bearer ${edge.key}` }
    const { hostname, port } = new URL(edge.url)
    const sent = request({ hostname, port, path: asked.url, method: asked.method, headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 500, answered.headers)
      answered.pipe(answer)
    })
    sent.on('error', () => answer.destroy())
    asked.pipe(sent)
  })
  keyed.listen(0, '127.0.0.1')
  await once(keyed, 'listening')
  // The address of a TCP server is never a text.
  address = `http://localhost:${(keyed.address() as AddressInfo).port}/mcp`
})
afterAll(() => keyed?.close())

const conformance = (...args: string[]) =>
  promisify(execFile)(process.execPath, [CONFORMANCE, ...args], { cwd: ROOT })

/** The words of a scenario for clients, however it ends. */
async function clientScenario(scenario: string): Promise<string> {
  const command = `${process.execPath} ${CLIENT}`
  const told = await conformance('client', '--command', command, '--scenario', scenario).catch(
    (failed) => failed,
  )
  return `${told.stdout}${told.stderr}`
}

describe('MCP', () => {
  it.each(SERVER_SCENARIOS.slice(0, timesOf(2, 5)))('the edge conforms: %s', async (scenario) => {
    const { stdout } = await conformance('server', '--url', address, '--scenario', scenario)
    expect(stdout).toMatch(/, 0 failed/)
  })

  it.each(CLIENT_SCENARIOS.slice(0, timesOf(1, 2)))('its client conforms: %s', async (scenario) => {
    expect(await clientScenario(scenario)).toMatch(/, 0 failed/)
  })

  it.runIf(inject('isLongRun'))(
    'its client fetches the rest of an answer whose stream was closed',
    async () => {
      const told = await clientScenario('sse-retry')
      // Not whether it was in time to the millisecond: the machine may be busy.
      expect(told).toMatch(/client-sse-graceful-reconnect[^\n]*SUCCESS/)
      expect(told).toMatch(/client-sse-last-event-id[^\n]*SUCCESS/)
    },
  )

  it('the official client asks the starter in the newest form', async () => {
    const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } })
    await client.connect(new StreamableHTTPClientTransport(new URL(address)))
    expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28')
    const asked = { prompt: 'What is the capital of France?', model: 'starter', temperature: 0 }
    const { content } = await client.callTool({ name: 'ask_model', arguments: asked })
    expect(content).toEqual([{ type: 'text', text: 'The capital of France is Paris.' }])
    await client.close()
  })

  it('an agent’s servers may be ones of this machine in development, as our own', async () => {
    const made = await edge.json<{ id: string; tools: { name: string }[] }>('/v1/mcp/servers', {
      label: 'itself',
      url: `${edge.url}/mcp`,
      headers: { authorization: `Bearer ${edge.key}` },
    })
    expect(made.tools.map(({ name }) => name)).toContain('ask_model')
    expect((await edge.request(`/v1/mcp/servers/${made.id}`, { method: 'DELETE' })).status).toBe(200)
  })
})
