import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createDb } from '../../../../worker/db/client.ts'
import { createMcpClients } from '../../../../worker/services/mcp/mcp-client.ts'
import { createMcpServers } from '../../../../worker/services/mcp/mcp-servers.ts'
import { createServerSecrets } from '../../../../worker/services/mcp/server-secrets.ts'
import { newAccount } from '../../../contracts/contract-client.ts'
import { mockNet, strangerAt } from './stranger.ts'

beforeEach(mockNet)
afterEach(() => vi.restoreAllMocks())

const { signal } = new AbortController()
const [OLD, NEW] = ['o'.repeat(32), 'n'.repeat(32)]
const serversWith = (...secrets: [string, ...string[]]) =>
  createMcpServers({
    db: createDb(env.DB),
    secrets: createServerSecrets(secrets),
    clients: createMcpClients({ refusalOf: async () => undefined, isDevelopment: false }),
    isDevelopment: false,
  })

it('headers go over to a new secret of the deployment, and the old one can be taken away', async () => {
  const url = `https://mcp.example.com/${crypto.randomUUID()}`
  const stranger = strangerAt(url)
  const { account } = await newAccount()
  const { server } = await serversWith(OLD).create(
    account.id,
    { label: 'a', url, headers: { 'x-key': 'v' } },
    signal,
  )
  await expect(serversWith(NEW).refresh(account.id, server.id, signal)).rejects.toMatchObject({
    code: 'unprocessable',
    message: expect.stringMatching(/give its headers anew/),
  })
  expect(await serversWith(NEW, OLD).reseal()).toBeGreaterThanOrEqual(1)
  await serversWith(NEW).refresh(account.id, server.id, signal)
  expect(stranger.heard.at(-1)?.headers['x-key']).toBe('v')
  expect(await serversWith(NEW).reseal()).toBe(0)
})
