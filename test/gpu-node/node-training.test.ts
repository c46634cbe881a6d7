import { afterEach, describe, expect, it } from 'vitest'
import { Drain } from '../../gpu-node/drain.ts'
import { type NodeTraining, runNode } from '../../gpu-node/node.ts'
import type { TrainingEvent } from '../../gpu-node/training/job-link.ts'
import type { TrainingCommand } from '../../gpu-node/training/jobs.ts'
import { createLogger } from '../../shared/log.ts'
import { CloseCode } from '../../shared/wire.ts'
import { trainingOrder } from '../support/training-frames.ts'
import { endOf, FakeEngine, startOf } from './fake-engine.ts'
import { FakeEdge } from './link/fake-edge.ts'

const running: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop()
})

const KEY = { jobId: 'j', attempt: 1 }
const start: TrainingCommand = { type: 'train.start', ...KEY, order: trainingOrder() }
const alive: TrainingEvent = { type: 'train.report', ...KEY, seq: 1, report: { kind: 'alive' } }

/** Jobs that only remember; the test says what they report. */
class FakeTraining implements NodeTraining {
  readonly commands: TrainingCommand[] = []
  send: ((event: TrainingEvent) => void) | undefined
  isClosed = false
  offer = { slots: 2, architectures: ['llama'], memoryMiB: null, running: [] as (typeof KEY)[] }
  #received = Promise.withResolvers<void>()
  readonly drained = Promise.withResolvers<void>()
  isDraining = false

  attach(send: (event: TrainingEvent) => void): void {
    this.send = send
  }

  detach(): void {
    this.send = undefined
  }

  receive(command: TrainingCommand): void {
    this.commands.push(command)
    this.#received.resolve()
  }

  received(): Promise<void> {
    return this.#received.promise
  }

  drain(): Promise<void> {
    this.isDraining = true
    return this.drained.promise
  }

  readonly left = Promise.withResolvers<void>()
  isLeaving = false

  leaveBehind(): Promise<void> {
    this.isLeaving = true
    return this.left.promise
  }

  close(): Promise<void> {
    this.isClosed = true
    return Promise.resolve()
  }
}

async function startNode() {
  const edge = await FakeEdge.start()
  running.push(() => edge.close())
  const log = createLogger(() => {})
  const drain = new Drain(log)
  const training = new FakeTraining()
  const engine = Promise.withResolvers<FakeEngine>()
  const done = runNode(
    {
      edge: edge.origin,
      credential: 'secret',
      name: 'test',
      version: '1.2.3',
      hardware: { os: 'linux', arch: 'x64', cpu: 'test', cores: 2, memoryMiB: 1_024, gpus: [] },
      createEngine: (emit) => {
        engine.resolve(new FakeEngine(emit))
        return engine.promise
      },
      createTraining: () => training,
      log,
      drain,
      wait: () => Promise.resolve(),
    },
    drain.over,
  )
  running.push(() => {
    drain.stop()
    return done
  })
  return { edge, training, drain, done, engine: engine.promise, link: await edge.nextLink() }
}

describe('a node that trains', () => {
  it('says so, takes commands of jobs and tells of them, where the edge knows of jobs', async () => {
    const { link, training } = await startNode()
    const hello = await link.welcome({ training: true })
    expect(hello).toMatchObject({ hello: { training: training.offer } })
    link.send(start)
    await training.received()
    expect(training.commands).toEqual([start])
    training.send?.(alive)
    expect(await link.next()).toEqual(alive)
  })

  it('closes the link over such a command where the edge said nothing of jobs, and tells it of none', async () => {
    const { link, training } = await startNode()
    await link.welcome()
    expect(training.send).toBeUndefined()
    link.send(start)
    expect((await link.closed()).code).toBe(CloseCode.badFrame)
    expect(training.commands).toEqual([])
  })

  it('goes on without a link, and names in the next one’s hello what runs', async () => {
    const { edge, link, training } = await startNode()
    await link.welcome({ training: true })
    link.send(start)
    await training.received()
    training.offer = { ...training.offer, running: [KEY] }
    link.close(1012)
    const next = await edge.nextLink()
    expect(training.send).toBeUndefined()
    expect(await next.welcome({ training: true })).toMatchObject({ hello: { training: { running: [KEY] } } })
    next.send({ type: 'train.go', ...KEY, seq: 0 })
    next.send(startOf('e-1'))
    expect(training.isClosed).toBe(false)
  })

  it('drains when its calls are over and its jobs have left, whichever is last', async () => {
    for (const isCallLast of [true, false]) {
      const { link, training, drain, engine } = await startNode()
      await link.welcome({ training: true })
      link.send(startOf('e-1'))
      const serving = await engine
      await serving.received(1)
      drain.begin(60_000)
      expect(await link.next()).toEqual({ type: 'draining' })
      expect(training.isDraining).toBe(true)
      const endings = [() => training.drained.resolve(), () => serving.emit(endOf('e-1'))]
      const [first, last] = isCallLast ? endings : endings.toReversed()
      first?.()
      await new Promise((resolve) => setImmediate(resolve))
      expect(drain.over.aborted).toBe(false)
      last?.()
      expect((await link.closed()).code).toBe(1001)
      expect(drain.over.aborted).toBe(true)
    }
  })

  it.each(['when it has no link', 'when its link is lost meanwhile'])(
    'lets its jobs leave their steps behind %s',
    async (when) => {
      const { edge, link, training, drain, done } = await startNode()
      await link.welcome({ training: true })
      const isLostFirst = when === 'when it has no link'
      if (!isLostFirst) drain.begin(60_000)
      link.close(1012)
      await edge.nextLink() // which it does not welcome
      if (isLostFirst) drain.begin(60_000)
      expect({ isLeaving: training.isLeaving, isOver: drain.over.aborted }).toEqual({
        isLeaving: true,
        isOver: false,
      })
      training.left.resolve()
      await done
      expect(training.isClosed).toBe(true)
    },
  )

  it('ends its jobs when it ends', async () => {
    const { link, training, drain, done } = await startNode()
    await link.welcome({ training: true })
    drain.stop()
    await done
    expect(training.isClosed).toBe(true)
  })
})
