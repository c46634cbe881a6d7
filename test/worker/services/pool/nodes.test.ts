import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createDb } from '../../../../worker/db/client.ts'
import { auditLog } from '../../../../worker/db/tables/administration.ts'
import { joinTokens, nodes as nodeRows } from '../../../../worker/db/tables/pool.ts'
import { createAudit } from '../../../../worker/services/audit.ts'
import type { Directory } from '../../../../worker/services/pool/directory.ts'
import { createNodes, JOIN_TOKEN_LIFETIME_SECONDS } from '../../../../worker/services/pool/nodes.ts'
import { nodeView } from '../../samples.ts'
import { freshAccounts } from '../../world.ts'

const db = createDb(env.DB)
const revoke = vi.fn(async () => {})
const withdraw = vi.fn(async (_ids: readonly string[]) => {})
const drain = vi.fn(async (_limitMs: number) => true)
const snapshot = vi.fn<Directory['snapshot']>(async () => [])
const view = vi.fn<Directory['view']>(async () => undefined)
const history: Directory['history'] = async () => new Map()
const fetched = vi.fn(async (_request: Request) => new Response('linked'))
const nodeLink = vi.fn((_nodeId: string) => ({ revoke, drain, withdraw, fetch: fetched }))
const options = { db, audit: createAudit(db), nodeLink, directory: { snapshot, view, history } }
const nodes = createNodes(options)

let accountId: string
beforeAll(async () => {
  const { accounts } = freshAccounts()
  accountId = (await accounts.create({ email: null, username: 'admin-of-nodes', password: 'x', roles: [] }))
    .id
})
afterEach(() => {
  vi.useRealTimers()
  vi.clearAllMocks()
})

const invite = async (name = 'attic') => (await nodes.createJoinToken(accountId, { name })).token
const unknown = { code: 'unauthenticated', message: 'The join token is unknown, used or expired.' }

describe('a join token', () => {
  it('is good for one node', async () => {
    const token = await invite()
    const { id, name, credential } = await nodes.join(token, undefined)
    expect(name).toBe('attic')
    expect(await nodes.authenticate(credential)).toEqual({
      id,
      name: 'attic',
      createdAt: expect.any(Number),
      allowedModels: null,
    })
    await expect(nodes.join(token, undefined)).rejects.toMatchObject(unknown)
  })

  it('gives its node the models that it names', async () => {
    const allowedModels = ['llama', '__proto__']
    const { token } = await nodes.createJoinToken(accountId, { name: 'attic', allowedModels })
    const { credential } = await nodes.join(token, undefined)
    expect(await nodes.authenticate(credential)).toMatchObject({ allowedModels })
  })

  it('is good for one of several nodes that present it at the same time', async () => {
    const token = await invite('contested')
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => nodes.join(token, undefined)))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const rows = await db.select().from(nodeRows)
    expect(rows.filter(({ name }) => name === 'contested')).toHaveLength(1)
  })

  it('expires, at its end and not before', async () => {
    const now = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now })
    const [early, late] = [
      await nodes.createJoinToken(accountId, { name: 'a' }),
      await nodes.createJoinToken(accountId, { name: 'b', lifetimeSeconds: 60 }),
    ]
    expect(early.expiresAt).toBe(now + JOIN_TOKEN_LIFETIME_SECONDS * 1000)
    vi.setSystemTime(early.expiresAt - 1)
    await nodes.join(early.token, undefined)
    await expect(nodes.join(late.token, undefined)).rejects.toMatchObject(unknown)
    vi.setSystemTime(now + 59_999)
    await nodes.join(late.token, undefined)
    const third = await nodes.createJoinToken(accountId, { name: 'c', lifetimeSeconds: 60 })
    vi.setSystemTime(third.expiresAt)
    await expect(nodes.join(third.token, undefined)).rejects.toMatchObject(unknown)
  })

  it('that is unknown makes no node and uses no other token', async () => {
    const token = await invite()
    const count = await db.$count(nodeRows)
    await expect(nodes.join('swj_made-up', 'x')).rejects.toMatchObject(unknown)
    await expect(nodes.join('', 'x')).rejects.toMatchObject(unknown)
    expect(await db.$count(nodeRows)).toBe(count)
    await expect(nodes.join(token, undefined)).resolves.toBeDefined()
  })

  it('is not used up by a join that could not be written: both or neither', async () => {
    const token = await invite()
    const broken = createNodes({
      ...options,
      db: Object.assign(Object.create(db), {
        update: () => db.update(joinTokens).set({ name: null as unknown as string }),
      }),
    })
    const count = await db.$count(nodeRows)
    // The second write breaks a rule of the table; the first must go with it.
    vi.spyOn(db, 'update')
    await expect(broken.join(token, 'half')).rejects.toThrow()
    expect(await db.$count(nodeRows)).toBe(count)
    await expect(nodes.join(token, undefined)).resolves.toBeDefined()
  })

  it('and the credential that it buys are stored as hashes', async () => {
    const token = await invite()
    const { credential } = await nodes.join(token, undefined)
    const stored = JSON.stringify([await db.select().from(joinTokens), await db.select().from(nodeRows)])
    expect(stored).not.toContain(token.slice(4))
    expect(stored).not.toContain(credential.slice(4))
  })
})

describe('what an administrator does to nodes', () => {
  it('leaves a row each: who, what, before and after, and no secret', async () => {
    const token = await invite('cellar')
    const { id, credential } = await nodes.join(token, undefined)
    drain.mockResolvedValueOnce(true)
    await nodes.drain(id, accountId, 7)
    await nodes.revoke(id, accountId)
    const rows = (await db.select().from(auditLog)).filter(
      ({ target }) => target === id || target === 'cellar',
    )
    expect(rows).toMatchObject([
      { actorId: accountId, action: 'node.invite', before: null, after: { name: 'cellar' } },
      { actorId: accountId, action: 'node.join', target: id, after: { name: 'cellar' } },
      { actorId: accountId, action: 'node.drain', after: { limitSeconds: 7 } },
      { actorId: accountId, action: 'node.revoke', before: { id, name: 'cellar' } },
    ])
    expect(JSON.stringify(rows)).not.toMatch(new RegExp(`${token.slice(4)}|${credential.slice(4)}`))
  })

  it('leaves none when it was not done', async () => {
    const { id } = await nodes.join(await invite(), undefined)
    const count = await db.$count(auditLog)
    drain.mockResolvedValueOnce(false)
    await expect(nodes.drain(id, accountId)).rejects.toMatchObject({ code: 'conflict' })
    await expect(nodes.revoke('0'.repeat(24), accountId)).rejects.toMatchObject({ code: 'not_found' })
    expect(await db.$count(auditLog)).toBe(count)
  })
})

describe('a node', () => {
  it('that is revoked is refused from then on, and its link is told at once', async () => {
    const { id, credential } = await nodes.join(await invite(), undefined)
    await nodes.revoke(id, accountId)
    expect(nodeLink).toHaveBeenCalledWith(id)
    expect(revoke).toHaveBeenCalledTimes(1)
    await expect(nodes.authenticate(credential)).rejects.toMatchObject({ code: 'unauthenticated' })
    await expect(nodes.get(id)).rejects.toMatchObject({ code: 'not_found' })
    await expect(nodes.revoke(id, accountId)).rejects.toMatchObject({ code: 'not_found' })
    expect(revoke).toHaveBeenCalledTimes(1)
  })

  it('whose link could not be told is not revoked, and can be revoked again', async () => {
    const { id, credential } = await nodes.join(await invite(), undefined)
    revoke.mockRejectedValueOnce(new Error('the object is gone'))
    await expect(nodes.revoke(id, accountId)).rejects.toThrow('the object is gone')
    expect(await nodes.authenticate(credential)).toMatchObject({ id })
    await nodes.revoke(id, accountId)
    await expect(nodes.authenticate(credential)).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('is refused in the same words whether its credential is unknown or revoked', async () => {
    const { id, credential } = await nodes.join(await invite(), undefined)
    await nodes.revoke(id, accountId)
    const words = { message: 'The node credential is unknown or revoked.' }
    await expect(nodes.authenticate(credential)).rejects.toMatchObject(words)
    await expect(nodes.authenticate('swn_made-up')).rejects.toMatchObject(words)
  })

  it('is listed with what the directory knows of it, and without what it knows of others', async () => {
    const { id } = await nodes.join(await invite('listed'), undefined)
    const viewed = { ...nodeView(id), region: 'eu' }
    snapshot.mockResolvedValue([viewed, { ...nodeView('a-stranger'), region: 'eu' }])
    const listed = await nodes.list()
    expect(listed.find((node) => node.id === id)).toEqual({
      id,
      name: 'listed',
      createdAt: expect.any(Number),
      allowedModels: null,
      jobs: [],
      view: viewed,
    })
    expect(listed.some((node) => node.id === 'a-stranger')).toBe(false)
    view.mockResolvedValue(viewed)
    expect(await nodes.get(id)).toMatchObject({ view: viewed })
  })

  it('is linked under the id that its credential says, and its credential goes no further', async () => {
    const { id, credential } = await nodes.join(await invite(), undefined)
    const request = new Request('http://edge/nodes/link', {
      headers: { authorization: `Bearer ${credential}`, 'x-node-id': 'somebody-else' },
    })
    await nodes.link(await nodes.authenticate(credential), request)
    expect(nodeLink).toHaveBeenCalledWith(id)
    const [handed] = fetched.mock.calls[0] ?? []
    expect(handed?.headers.get('x-node-id')).toBe(id)
    expect(handed?.headers.has('authorization')).toBe(false)
  })
})
