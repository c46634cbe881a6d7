import { afterEach, expect, it } from 'vitest'
import { runNode } from '../../gpu-node/node.ts'
import { createLogger } from '../../shared/log.ts'
import { endOf, FakeEngine, MODEL, startOf } from './fake-engine.ts'
import { FakeEdge } from './link/fake-edge.ts'

const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

it('a node tells the prices of its models with them, each time', async () => {
  const edge = await FakeEdge.start()
  const abort = new AbortController()
  const created = Promise.withResolvers<FakeEngine>()
  const done = runNode(
    {
      edge: edge.origin,
      credential: 'a-secret-credential',
      name: 'test',
      prices: new Map([
        [MODEL.id, 2],
        [`${MODEL.id}:x`, 3],
      ]),
      version: '1.2.3',
      hardware: { os: 'linux', arch: 'x64', cpu: 'test', cores: 2, memoryMiB: 1_024, gpus: [] },
      createEngine: (emit) => {
        created.resolve(new FakeEngine(emit))
        return created.promise
      },
      log: createLogger(() => {}),
    },
    abort.signal,
  )
  stops.push(
    () => edge.close(),
    () => {
      abort.abort()
      return done
    },
  )
  const link = await edge.nextLink()
  const priced = { ...MODEL, pricePer1kTokens: 2 }
  expect(await link.welcome()).toMatchObject({ hello: { models: [priced] } })
  const engine = await created.promise
  // The welcome has arrived when a call has.
  link.send(startOf('e-1'))
  await engine.received(1)
  engine.emit(endOf('e-1'))
  expect(await link.next()).toEqual(endOf('e-1'))
  engine.emit({
    type: 'holdings',
    models: [{ ...MODEL, adapters: ['x', 'y'].map((suffix) => ({ suffix, createdAt: 0 })) }],
  })
  expect(await link.next()).toEqual({
    type: 'holdings',
    models: [
      {
        ...priced,
        adapters: [
          { suffix: 'x', createdAt: 0, pricePer1kTokens: 3 },
          { suffix: 'y', createdAt: 0 },
        ],
      },
    ],
  })
})
