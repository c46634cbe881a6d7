import { describe, expect, it } from 'vitest'
import { createLogger } from '../../../../../shared/log.ts'
import type { EdgeCommand } from '../../../../../shared/wire.ts'
import { ErrandFrames } from '../../../../../worker/durable/link/errands/errand-frames.ts'
import type { Errand } from '../../../../../worker/services/pool/errand.ts'
import { nodeHello } from '../../../../support/frames.ts'

const errand = (errandId: string, over: Partial<Errand> = {}): Errand => ({
  ...{ errandId, kind: 'math', input: '1 + 1', limitMs: 1_000, accountId: 'a' },
  ...over,
})

function setUp({ slots = 3, offers = true, graceMs = 60_000 } = {}) {
  const sent: EdgeCommand[] = []
  const at = { link: true, draining: false, trusted: true }
  const frames = new ErrandFrames({
    link: () => (at.link ? { nodeId: 'n', draining: at.draining } : undefined),
    hello: () => nodeHello(offers ? { errands: { kinds: ['math', 'dream'], slots } } : {}),
    isTrusted: () => at.trusted,
    send: (command) => sent.push(command),
    log: createLogger(() => {}),
    graceMs,
  })
  const end = (errandId: string, output = '2') =>
    frames.receive({ type: 'errand.end', errandId, output, failed: false })
  const fail = (errandId: string, code: string, message = 'No.') =>
    frames.receive({ type: 'errand.error', errandId, code, message })
  return { frames, sent, at, end, fail }
}

describe('an errand', () => {
  it('is given to the node at once, and its first answer counts', async () => {
    const { frames, sent, end } = setUp()
    const answer = frames.run(errand('1'))
    expect(sent).toEqual([
      { type: 'errand.start', errandId: '1', kind: 'math', input: '1 + 1', limitMs: 1_000 },
    ])
    expect(end('1')).toBeUndefined()
    expect(end('1', '3')).toBeUndefined()
    expect(await answer).toEqual({ output: '2', failed: false })
    const notFound = frames.run(errand('2'))
    const result = { output: 'None.', failed: true, notFound: true } as const
    frames.receive({ type: 'errand.end', errandId: '2', ...result })
    expect(await notFound).toEqual(result)
  })

  it('is refused by a node that is away, silent, drained or does no such thing', async () => {
    for (const change of [{ link: false }, { trusted: false }]) {
      const { frames, at } = setUp()
      Object.assign(at, change)
      expect(await frames.run(errand('1'))).toEqual({ refused: 'away' })
    }
    const { frames, at } = setUp()
    expect(await frames.run(errand('1', { kind: 'python' }))).toEqual({ refused: 'away' })
    expect(await setUp({ offers: false }).frames.run(errand('1'))).toEqual({ refused: 'away' })
    at.draining = true
    expect(await frames.run(errand('1'))).toEqual({ refused: 'draining' })
  })

  it('finds a slot up to their number and none beyond, one account leaving the last for others', async () => {
    const { frames, end } = setUp({ slots: 3 })
    void frames.run(errand('1'))
    void frames.run(errand('2'))
    expect(await frames.run(errand('3'))).toEqual({ refused: 'busy' })
    void frames.run(errand('4', { accountId: 'b' }))
    expect(await frames.run(errand('5', { accountId: 'c' }))).toEqual({ refused: 'busy' })
    end('1')
    const last = frames.run(errand('6', { accountId: 'c' }))
    end('6')
    expect(await last).toEqual({ output: '2', failed: false })
    const single = setUp({ slots: 1 })
    void single.frames.run(errand('1'))
    expect(await single.frames.run(errand('2', { accountId: 'b' }))).toEqual({ refused: 'busy' })
  })

  it('that is cancelled is stopped on the node, and an answer behind that changes nothing', async () => {
    const { frames, sent, end } = setUp()
    const answer = frames.run(errand('1'))
    frames.cancel('1')
    expect(await answer).toEqual({ cancelled: true })
    expect(sent.at(-1)).toEqual({ type: 'errand.cancel', errandId: '1' })
    expect(end('1')).toBeUndefined()
    frames.cancel('1')
    frames.cancel('unknown')
    expect(sent).toHaveLength(2)
  })

  it('has faults of its own, and faults of the node', async () => {
    const { frames, fail } = setUp({ slots: 16 })
    const told = async (code: string, message?: string) => {
      const answer = frames.run(errand(code))
      fail(code, code, message)
      return await answer
    }
    expect(await told('time_limit', 'Of /srv/node/x.py.')).toEqual({
      fault: 'time_limit',
      message: 'Of [path].',
    })
    expect(await told('no_slot')).toEqual({ refused: 'busy' })
    expect(await told('died')).toEqual({ lost: true })
    expect(await told('constructor')).toEqual({ lost: true })
  })

  it('is lost with its link, and when nothing is heard of it', async () => {
    const { frames } = setUp()
    const answer = frames.run(errand('1'))
    frames.lost()
    expect(await answer).toEqual({ lost: true })
    const quiet = setUp({ graceMs: 0 })
    expect(await quiet.frames.run(errand('1', { limitMs: 5 }))).toEqual({ lost: true })
    expect(quiet.sent.at(-1)).toEqual({ type: 'errand.cancel', errandId: '1' })
  })

  it('of a node that said nothing of errands is a fault', () => {
    expect(setUp({ offers: false }).end('1')).toMatch(/hello said nothing/)
  })
})
