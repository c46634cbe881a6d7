import { env } from 'cloudflare:workers'
import { asc, eq } from 'drizzle-orm'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { ModelHolding } from '../../../../shared/node.ts'
import { createDb, newId } from '../../../../worker/db/client.ts'
import { nodeModels, nodes } from '../../../../worker/db/tables/pool.ts'
import { createModelClaims, MAX_KEPT_CLAIMS } from '../../../../worker/services/pool/model-claims.ts'
import { modelHolding } from '../../../support/frames.ts'

const db = createDb(env.DB)
const { claim } = createModelClaims(db)

const [ONE, OTHER, THIRD] = ['1', '2', '3'].map((digit) => digit.repeat(64))
const hashed = (id: string, sha256?: string, adapters?: ModelHolding['adapters']) =>
  modelHolding({ id, ...(sha256 && { sha256 }), ...(adapters && { adapters }) })
const adapter = (suffix: string, sha256?: string) => ({ suffix, createdAt: 0, ...(sha256 && { sha256 }) })

async function newNode(allowedModels: readonly string[] | null = null): Promise<string> {
  const id = newId()
  await db.insert(nodes).values({ id, name: 'n', credentialHash: id, createdAt: 1, allowedModels })
  return id
}

const claimsOf = async (nodeId: string) => {
  const rows = await db
    .select()
    .from(nodeModels)
    .where(eq(nodeModels.nodeId, nodeId))
    .orderBy(asc(nodeModels.modelId))
  return rows.map(({ modelId, sha256 }) => [modelId, sha256])
}

let model: string
let owner: string
beforeEach(async () => {
  model = `model-${crypto.randomUUID().slice(0, 8)}`
  owner = await newNode()
})

describe('a name that another node serves', () => {
  const taken = { reason: 'taken' as const }
  beforeEach(async () => {
    expect(await claim(owner, [hashed(model, ONE)])).toBeUndefined()
  })

  it('may be served by a new node with the same file', async () => {
    const node = await newNode()
    expect(await claim(node, [hashed(model, ONE)])).toBeUndefined()
    expect(await claimsOf(node)).toEqual([[model, ONE]])
  })

  it.each([
    ['with another file', OTHER],
    ['by one that tells no hash', undefined],
  ])('may not be served by a new node %s, and nothing of it is kept', async (_how, sha256) => {
    const node = await newNode()
    const own = hashed(`${model}-own`, sha256)
    expect(await claim(node, [own, hashed(model, sha256), own])).toEqual({ ...taken, id: model })
    expect(await claimsOf(node)).toEqual([])
    expect(await claimsOf(owner)).toEqual([[model, ONE]])
  })

  it('is free when that one has never told a hash', async () => {
    const older = await newNode()
    const name = `${model}-older`
    await claim(older, [hashed(name)])
    expect(await claim(await newNode(), [hashed(name)])).toBeUndefined()
    expect(await claim(await newNode(), [hashed(name, OTHER)])).toBeUndefined()
    expect(await claim(await newNode(), [hashed(name)])).toEqual({ ...taken, id: name })
    expect(await claim(older, [hashed(name)])).toBeUndefined()
  })

  it('stays that one’s when it serves it no more', async () => {
    await claim(owner, [])
    expect(await claim(await newNode(), [hashed(model, OTHER)])).toEqual({ ...taken, id: model })
    expect(await claim(owner, [hashed(model, OTHER)])).toBeUndefined()
  })

  it('may be served with a new file by that one, and then by others', async () => {
    expect(await claim(owner, [hashed(model, OTHER)])).toBeUndefined()
    expect(await claimsOf(owner)).toEqual([[model, OTHER]])
    expect(await claim(await newNode(), [hashed(model, ONE)])).toEqual({ ...taken, id: model })
    expect(await claim(await newNode(), [hashed(model, OTHER)])).toBeUndefined()
  })

  it('keeps its hash when its node tells none any more', async () => {
    await claim(owner, [hashed(model)])
    expect(await claimsOf(owner)).toEqual([[model, ONE]])
  })

  it('may be served with any file that one of its nodes has', async () => {
    const replica = await newNode()
    await claim(replica, [hashed(model, ONE)])
    await claim(owner, [hashed(model, OTHER)])
    for (const sha256 of [ONE, OTHER])
      expect(await claim(await newNode(), [hashed(model, sha256)])).toBeUndefined()
    expect(await claim(await newNode(), [hashed(model, THIRD)])).toEqual({ ...taken, id: model })
  })

  it('is that of an adapter, whichever way it comes', async () => {
    await claim(owner, [hashed(model, ONE, [adapter('x', ONE)])])
    const node = await newNode()
    const id = `${model}:x`
    expect(await claim(node, [hashed(model, ONE, [adapter('x', OTHER)])])).toEqual({ ...taken, id })
    expect(await claim(node, [hashed(model, ONE, [adapter('x')])])).toEqual({ ...taken, id })
    expect(await claim(node, [hashed(id, OTHER)])).toEqual({ ...taken, id })
    expect(await claim(node, [hashed(model, ONE, [adapter('x', ONE)])])).toBeUndefined()
  })

  it('is not that of an adapter which was trained on the pool', async () => {
    const trained = `ft-${newId()}`
    await claim(owner, [hashed(model, ONE, [adapter(trained, ONE)])])
    expect(await claim(await newNode(), [hashed(model, ONE, [adapter(trained)])])).toBeUndefined()
  })

  it('goes to one of two that are new and come at the same time', async () => {
    const name = `${model}-contested`
    const [first, second] = [await newNode(), await newNode()]
    const answers = await Promise.all([
      claim(first, [hashed(name, ONE)]),
      claim(second, [hashed(name, OTHER)]),
    ])
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(1)
  })

  it.each(['__proto__', 'constructor', "' OR 1=1 --", '漢字'])('is no more than a name: %s', async (name) => {
    const node = await newNode()
    expect(await claim(node, [hashed(`${model}${name}`, ONE)])).toBeUndefined()
    expect(await claimsOf(node)).toEqual([[`${model}${name}`, ONE]])
  })
})

describe('a token that names models', () => {
  it('lets its node serve these with their adapters, and nothing else', async () => {
    const node = await newNode([model])
    const own = hashed(model, ONE, [adapter('x', ONE)])
    expect(await claim(node, [own])).toBeUndefined()
    const other = `${model}-other`
    expect(await claim(node, [own, hashed(other, ONE)])).toEqual({ reason: 'unlisted', id: other })
    expect(await claim(node, [hashed(other, ONE, [adapter('x', ONE)])])).toMatchObject({ reason: 'unlisted' })
    // Called as an adapter of it, but a model.
    expect(await claim(node, [hashed(`${model}:y`, ONE)])).toMatchObject({ reason: 'unlisted' })
    expect(await claimsOf(node)).toEqual([
      [model, ONE],
      [`${model}:x`, ONE],
    ])
  })

  it('lets its node serve them whoever else does, with another file or with none told', async () => {
    await claim(owner, [hashed(model, ONE)])
    expect(await claim(await newNode([model]), [hashed(model, OTHER)])).toBeUndefined()
    expect(await claim(await newNode([model]), [hashed(model)])).toBeUndefined()
  })

  it('lets it take another node’s adapter only by the name of that', async () => {
    await claim(owner, [hashed(model, ONE, [adapter('x', ONE)])])
    const models = [hashed(model, OTHER, [adapter('x', OTHER)])]
    expect(await claim(await newNode([model]), models)).toEqual({ reason: 'taken', id: `${model}:x` })
    expect(await claim(await newNode([model, `${model}:x`]), models)).toBeUndefined()
  })
})

describe('a node', () => {
  it('that was revoked claims nothing', async () => {
    await db.update(nodes).set({ revokedAt: 1 }).where(eq(nodes.id, owner))
    expect(await claim(owner, [hashed(model, ONE)])).toEqual({ reason: 'revoked' })
    expect(await claim('nobody', [hashed(model, ONE)])).toEqual({ reason: 'revoked' })
    expect(await claimsOf(owner)).toEqual([])
  })

  it(`keeps ${MAX_KEPT_CLAIMS} names that it does not serve, the newest`, async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_000 })
    try {
      await claim(owner, [hashed('oldest'), hashed('served')])
      vi.setSystemTime(2_000)
      const batch = (from: number) => Array.from({ length: 256 }, (_, index) => hashed(`m${from + index}`))
      for (let from = 0; from < MAX_KEPT_CLAIMS; from += 256)
        await claim(owner, [hashed('served'), ...batch(from)])
      const kept = async () => (await claimsOf(owner)).map(([name]) => name)
      expect(await kept()).toHaveLength(MAX_KEPT_CLAIMS + 1)
      expect(await kept()).not.toContain('oldest')
      expect(await kept()).toContain('served')
    } finally {
      vi.useRealTimers()
    }
  })
})
