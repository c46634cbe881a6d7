import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { RunStore } from '../../../../worker/durable/agent-run/run-store.ts'
import type { Piece } from '../../../../worker/services/agents/run-events.ts'

const piece = (text: string, ...tokens: number[]): Piece => ({ text, tokens })

/** Does something with the store of a run that is nobody else's. */
const inStore = <Result>(work: (store: RunStore, nextLife: () => RunStore) => Result) =>
  runInDurableObject(env.AGENT_RUN.getByName(crypto.randomUUID()), (_instance, state) =>
    work(new RunStore(state), () => new RunStore(state)),
  )

describe('the answer that a run has said', () => {
  it('is known to the next life of its object as far as it was written down, however long it is', async () => {
    const long = '0123456789'.repeat(150_000)
    const known = await inStore((store, nextLife) => {
      store.say(0, piece('It is ', 1, 2))
      store.said.write()
      store.say(6, piece(long, 3))
      store.said.write()
      store.say(6 + long.length, piece(' late', 4))
      return nextLife().takeSaid()
    })
    expect(known.text === `It is ${long}`).toBe(true)
    expect(known.tokens).toEqual([1, 2, 3])
  })

  it('begins anew where its first piece comes again', async () => {
    const known = await inStore((store, nextLife) => {
      store.say(0, piece('It is', 1))
      store.said.write()
      store.say(0, piece('No', 2))
      store.said.write()
      return nextLife().takeSaid()
    })
    expect(known).toEqual(piece('No', 2))
  })

  it.each([
    ['what goes on behind it', piece('It is late', 1, 2), piece('It is late', 1, 2)],
    ['no less than it has', piece('It', 1), piece('It is', 1)],
    ['no other answer', piece('It was late', 7, 8), piece('It is', 1)],
  ])('takes from a listener %s', async (_, heard, known) => {
    const lives = await inStore((store, nextLife) => {
      store.say(0, piece('It is', 1))
      store.said.write()
      const life = nextLife()
      life.said.learn(heard)
      return [life.takeSaid(), nextLife().takeSaid()]
    })
    expect(lives).toEqual([known, known])
  })

  it('takes nothing from a listener once it goes on', async () => {
    const known = await inStore((store) => {
      store.takeSaid()
      store.said.learn(piece('It is late', 1, 2))
      return store.takeSaid()
    })
    expect(known).toEqual(piece(''))
  })

  it('is told from its beginning to a listener who has heard another one', async () => {
    const missed = await inStore((store) => {
      store.say(0, piece('It is late.', 1, 2))
      return ['It is', 'It was'].map((text) =>
        store.missed({ seq: 0, offset: text.length, said: piece(text, 1) }),
      )
    })
    expect(missed).toMatchObject([
      [{ from: 5, text: ' late.', tokens: [2] }],
      [{ from: 0, text: 'It is late.', tokens: [1, 2] }],
    ])
  })
})
