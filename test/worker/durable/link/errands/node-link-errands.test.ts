import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { MAX_ERRAND_OUTPUT_LENGTH } from '../../../../../shared/tasks/errands.ts'
import { CloseCode } from '../../../../../shared/wire.ts'
import type { Errand } from '../../../../../worker/services/pool/errand.ts'
import { createStubs } from '../../../../../worker/services/stubs.ts'
import { uniqueModel } from '../../../samples.ts'
import { createWorld, type TestNode, type World } from '../../../world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})

const linked = () =>
  world.addNode({ models: [uniqueModel().holding], errands: { kinds: ['math'], slots: 3 } })

const link = (node: TestNode) => createStubs(env).nodeLink(node.id)

const errand = (errandId: string): Errand => ({
  ...{ errandId, kind: 'math', input: '1 + 1', limitMs: 1_000, accountId: 'a' },
})

describe('an errand by a real link', () => {
  it('is given to its node at once, and the answer comes back', async () => {
    const node = await linked()
    const answer = link(node).errand(errand('1'))
    expect(await node.next('errand.start')).toMatchObject({ errandId: '1', input: '1 + 1' })
    node.send({ type: 'errand.end', errandId: '1', output: '2', failed: false })
    expect(await answer).toEqual({ output: '2', failed: false })
    node.close()
  })

  it('that is cancelled is stopped on the node; answers behind that, twice and of nothing change nothing', async () => {
    const node = await linked()
    const answer = link(node).errand(errand('1'))
    await node.next('errand.start')
    await link(node).cancelErrand('1')
    expect(await answer).toEqual({ cancelled: true })
    expect(await node.next('errand.cancel')).toMatchObject({ errandId: '1' })
    for (const errandId of ['1', '1', 'nothing'])
      node.send({ type: 'errand.end', errandId, output: 'too late', failed: false })
    const next = link(node).errand(errand('2'))
    await node.next('errand.start')
    node.send({ type: 'errand.end', errandId: '2', output: '2', failed: false })
    expect(await next).toEqual({ output: '2', failed: false })
    node.close()
  })

  it('is lost with a node that goes, or that answers with more than may be', async () => {
    const gone = await linked()
    const first = link(gone).errand(errand('1'))
    await gone.next('errand.start')
    gone.close()
    expect(await first).toEqual({ lost: true })
    const flooding = await linked()
    const second = link(flooding).errand(errand('2'))
    await flooding.next('errand.start')
    const output = 'x'.repeat(MAX_ERRAND_OUTPUT_LENGTH + 1)
    flooding.send({ type: 'errand.end', errandId: '2', output, failed: false })
    expect(await second).toEqual({ lost: true })
    expect((await flooding.closed).code).toBe(CloseCode.badFrame)
  })

  it('of a node that offers none closes the link', async () => {
    const node = await world.addNode({ models: [uniqueModel().holding] })
    expect(await link(node).errand(errand('1'))).toEqual({ refused: 'away' })
    node.send({ type: 'errand.end', errandId: '1', output: '2', failed: false })
    expect((await node.closed).code).toBe(CloseCode.badFrame)
  })
})
