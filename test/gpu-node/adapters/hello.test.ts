import { afterEach, describe, expect, it } from 'vitest'
import { runNode } from '../../../gpu-node/node.ts'
import { createLogger } from '../../../shared/log.ts'
import { FakeEngine } from '../fake-engine.ts'
import { FakeEdge } from '../link/fake-edge.ts'

const ID = '6a0b1c2d0123456789abcdef'

const ending: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

/** The hello of a node with this engine, and its link. */
async function linkOf(engine: FakeEngine) {
  const edge = await FakeEdge.start()
  ending.push(() => edge.close())
  const abort = new AbortController()
  const ended = runNode(
    {
      edge: edge.origin,
      credential: 'a-secret-credential',
      name: 'test',
      version: '1.2.3',
      hardware: { os: 'linux', arch: 'x64', cpu: 'test', cores: 2, memoryMiB: 1_024, gpus: [] },
      createEngine: async () => engine,
      log: createLogger(() => {}),
    },
    abort.signal,
  )
  ending.push(() => {
    abort.abort()
    return ended
  })
  const link = await edge.nextLink()
  return { link, hello: await link.welcome() }
}

describe('a node', () => {
  it('says that it fetches adapters where its engine does, and is told of those that are withdrawn', async () => {
    const withdrawn = Promise.withResolvers<readonly string[]>()
    const engine = Object.assign(new FakeEngine(), {
      withdraw: (ids: readonly string[]) => withdrawn.resolve(ids),
    })
    const { link, hello } = await linkOf(engine)
    expect(hello).toMatchObject({ hello: { fetchesAdapters: true } })
    link.send({ type: 'adapters.withdraw', ids: [ID] })
    expect(await withdrawn.promise).toEqual([ID])
  })

  it('that fetches none does not say so, and takes a word of one for a fault', async () => {
    const { link, hello } = await linkOf(new FakeEngine())
    expect(JSON.stringify(hello)).not.toContain('fetchesAdapters')
    link.send({ type: 'adapters.withdraw', ids: [ID] })
    expect(await link.closed()).toMatchObject({ code: 4400 })
  })
})
