import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { TrainingJobsOptions } from '../../../gpu-node/training/jobs.ts'
import type { TrainingOrder } from '../../../shared/training.ts'
import { eventually } from '../../support/eventually.ts'
import { HOLDING, rowsOf, TrainingWorld } from './training-world.ts'

// Trainers stand back behind whatever else runs on the machine.
vi.setConfig({ testTimeout: 120_000 })
const PATIENCE = { limitMs: 100_000 }

const worlds: TrainingWorld[] = []
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close()
})

async function startWorld(over: Partial<TrainingJobsOptions> = {}): Promise<TrainingWorld> {
  const world = await TrainingWorld.start(over)
  worlds.push(world)
  return world
}

/** Long enough that a test comes in between. */
const LONG = {
  method: 'lora',
  rank: 4,
  batchSize: 1,
  epochs: 100,
  sequenceLength: 64,
  learningRate: 2e-3,
} as const

const filesOf = (world: TrainingWorld): string[] => readdirSync(join(world.stateDir, 'training'))
/** Neither files nor a job that it offers to go on with: in which order they go is its own affair. */
const hasNothingLeft = (world: TrainingWorld): Promise<void> =>
  eventually(
    () =>
      expect({ files: filesOf(world), running: world.jobs.offer.running }).toEqual({
        files: [],
        running: [],
      }),
    PATIENCE,
  )
const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`)

describe('a job', () => {
  it('goes from its rows to an adapter that is stored, tells every value, and leaves nothing here', async () => {
    const world = await startWorld()
    await world.start()
    const { settings, memoryMiB, step, counts } = await world.report('started')
    expect(settings).toMatchObject({ rank: 4, batchSize: 2, epochs: 4, method: 'lora', targets: null })
    expect({ step, samples: counts.samples }).toEqual({ step: 0, samples: 6 })
    expect(memoryMiB).toBeGreaterThan(100)
    const { result, step: last, trainedTokens } = await world.report('completed')
    expect(last).toBe(12)
    expect(trainedTokens).toBeGreaterThan(0)
    expect(world.stored('result', result).subarray(0, 4).toString()).toBe('GGUF')
    await hasNothingLeft(world)
    expect(world.spare.freeMiB).toBe(world.spare.totalMiB)
    const seqs = world.frames.flatMap((frame) => (frame.type === 'train.report' ? [frame.seq] : []))
    expect(seqs).toEqual(seqs.map((_, index) => index + 1))
  })

  it('that is cancelled ends within a moment, and keeps nothing', async () => {
    const world = await startWorld()
    await world.start({ wishes: LONG })
    await world.report('progress')
    const [pid = 0] = world.jobs.pids
    world.stop(false)
    const { why } = await world.report('stopped')
    expect(why).toBe('told')
    expect(isAlive(pid)).toBe(false)
    expect(world.reports().some(({ kind }) => kind === 'checkpoint')).toBe(false)
    await hasNothingLeft(world)
  })

  it('that is paused stores a checkpoint first', async () => {
    const world = await startWorld()
    await world.start({ wishes: LONG })
    const { step } = await world.report('progress')
    world.stop(true)
    const stopped = await world.report('stopped')
    const checkpoint = await world.report('checkpoint')
    expect(stopped).toEqual({ kind: 'stopped', why: 'told', step: checkpoint.step })
    expect(checkpoint.step).toBeGreaterThanOrEqual(step)
    expect(world.stored(`state-${checkpoint.step}`, checkpoint.state).length).toBe(checkpoint.state.bytes)
  })

  it('leaves the memory to a call, with a checkpoint', async () => {
    const world = await startWorld()
    await world.start({ wishes: LONG })
    await world.report('progress')
    const [guest] = world.spare.guests
    expect(guest?.takenMiB).toBeGreaterThan(100)
    const [pid = 0] = world.jobs.pids
    await guest?.leave()
    expect(isAlive(pid)).toBe(false)
    expect(world.spare.guests.size).toBe(0)
    expect(await world.report('stopped')).toMatchObject({ why: 'memory' })
    expect(world.reports().some(({ kind }) => kind === 'checkpoint')).toBe(true)
  })

  it('of a node that drains stores a checkpoint, and the drain is over when the edge has written that down', async () => {
    const world = await startWorld()
    await world.start({ wishes: LONG })
    await world.report('progress')
    world.acknowledges = false
    let isOver = false
    const drained = world.jobs.drain().then(() => {
      isOver = true
    })
    expect(await world.report('stopped')).toMatchObject({ why: 'draining' })
    expect(isOver).toBe(false)
    world.jobs.receive({ type: 'train.ack', jobId: 'j', attempt: 1, seq: 1_000 })
    await drained
    await world.start({}, 2)
    expect(await world.report('refused', 2)).toMatchObject({ requirement: 'slots' })
  })

  it('trains on without a link, and says on the next one what the edge has not written down', async () => {
    const world = await startWorld()
    const rows = rowsOf(4)
    await world.start({ wishes: { ...LONG, epochs: 8, saveSteps: 16 } }, 1, rows)
    await world.report('progress')
    const known = world.frames.flatMap((frame) => (frame.type === 'train.report' ? [frame.seq] : []))
    world.jobs.detach()
    const before = world.frames.length
    await eventually(() => expect(world.jobs.pids.some(isAlive)).toBe(false), PATIENCE)
    expect(world.frames).toHaveLength(before)
    expect(world.jobs.offer.running).toEqual([{ jobId: 'j', attempt: 1 }])
    world.link()
    expect(world.frames).toHaveLength(before)
    world.jobs.receive({ type: 'train.go', jobId: 'j', attempt: 1, seq: Math.max(...known) })
    const { result } = await world.report('completed')
    expect(world.stored('result', result).length).toBe(result.bytes)
    expect(world.reports().filter(({ kind }) => kind === 'checkpoint').length).toBeGreaterThan(0)
    expect(world.reports().filter(({ kind }) => kind === 'started')).toHaveLength(1)
    await eventually(() => expect(world.jobs.offer.running).toEqual([]), PATIENCE)
  })

  it('whose link is lost while it waits for addresses asks for them on the next one', async () => {
    const world = await startWorld()
    world.isSilent = true
    await world.start()
    const asked = () => world.frames.filter(({ type }) => type === 'train.sign').length
    while (asked() === 0) await world.heard()
    world.jobs.detach()
    world.isSilent = false
    world.link()
    expect(asked()).toBe(1)
    world.jobs.receive({ type: 'train.go', jobId: 'j', attempt: 1, seq: 0 })
    expect(asked()).toBe(2)
    await world.report('completed')
  })

  it('of which the edge forgets to say whether it goes on is told of all the same', async () => {
    const world = await startWorld({ greetingLimitMs: 50 })
    await world.start()
    await world.report('started')
    world.jobs.detach()
    world.link()
    await world.report('completed')
    await eventually(() => expect(world.jobs.offer.running).toEqual([]), PATIENCE)
  })

  it('that does not go on after a lost link is dropped', async () => {
    const world = await startWorld()
    await world.start({ wishes: LONG })
    await world.report('progress')
    const [pid = 0] = world.jobs.pids
    world.jobs.detach()
    world.link()
    world.stop(false)
    await eventually(() => expect(isAlive(pid)).toBe(false), PATIENCE)
    await eventually(() => expect(world.jobs.offer.running).toEqual([]), PATIENCE)
  })

  it('is dropped without a word when the edge has given it to another node', async () => {
    const world = await startWorld()
    await world.start({ wishes: { ...LONG, saveSteps: 5 } })
    await world.report('progress')
    world.bytes.isOutdated = true
    await hasNothingLeft(world)
    expect(world.reports().some(({ kind }) => kind === 'stopped' || kind === 'failed')).toBe(false)
  })

  it('of a later attempt takes the place of an earlier one, and not the other way round', async () => {
    const world = await startWorld()
    await world.start({ wishes: LONG }, 2)
    await world.report('progress', 2)
    await world.start({ wishes: LONG }, 1)
    expect(world.jobs.offer.running).toEqual([{ jobId: 'j', attempt: 2 }])
    await world.start({}, 3)
    await world.report('completed', 3)
    expect(world.reports(1)).toEqual([])
    expect(world.reports(2).some(({ kind }) => kind === 'stopped')).toBe(false)
  })

  it('fails with the sentence of an edge that does not store its files', async () => {
    const world = await startWorld()
    await world.start({ wishes: { ...LONG, saveSteps: 5 } })
    await world.report('progress')
    world.signRefusal = 'The account has no room for this file.'
    expect(await world.report('failed')).toMatchObject({ message: world.signRefusal })
    await eventually(() => expect(world.jobs.pids.some(isAlive)).toBe(false), PATIENCE)
  })
})

describe('a job that cannot be done here', () => {
  const odd = { path: 'x', holding: { ...HOLDING, architecture: 'gpt2' } }
  it.each<[string, Partial<TrainingOrder>, Partial<TrainingJobsOptions>]>([
    ['base', { model: 'other' }, {}],
    ['base', {}, { verify: () => Promise.reject(new Error('Another file lies there.')) }],
    ['precision', { precisions: ['quantised'] }, {}],
    ['precision', { wishes: { method: 'full' } }, {}],
    ['architecture', {}, { modelOf: () => odd }],
  ])('says what is missing: %s', async (requirement, order, node) => {
    const world = await startWorld(node)
    await world.start(order)
    expect(await world.report('refused')).toMatchObject({ requirement })
    expect(world.bytes.asked).toEqual([])
    await hasNothingLeft(world)
  })

  it('says so with both figures where it is memory, before anything is fetched', async () => {
    const world = await startWorld({ memoryMiB: 50 })
    await world.start()
    const refused = await world.report('refused')
    expect(refused).toMatchObject({ requirement: 'memory', availableMiB: 50 })
    expect(refused.neededMiB).toBeGreaterThan(100)
    expect(world.bytes.asked).toEqual([])
  })

  it('takes no more memory than models leave, and says truly how much would be enough', async () => {
    const world = await startWorld()
    world.spare.totalMiB = 0
    await world.start()
    const { requirement, neededMiB = 0 } = await world.report('refused')
    expect(requirement).toBe('memory')
    world.spare.totalMiB = neededMiB - 1
    await world.start({}, 2)
    expect(await world.report('refused', 2)).toMatchObject({ neededMiB, availableMiB: neededMiB - 1 })
    world.spare.totalMiB = neededMiB
    await world.start({}, 3)
    expect((await world.report('started', 3)).memoryMiB).toBe(neededMiB)
    await world.report('completed', 3)
  })

  it('is refused while as many run as may', async () => {
    const world = await startWorld()
    await world.start({ wishes: LONG })
    world.jobs.receive({ type: 'train.start', jobId: 'k', attempt: 1, order: await world.order() })
    expect(await world.report('refused')).toMatchObject({ requirement: 'slots' })
    expect(world.jobs.offer.running).toEqual([{ jobId: 'j', attempt: 1 }])
  })

  it('fails by the name of what does not fit in an earlier adapter', async () => {
    const world = await startWorld()
    await world.start()
    const { result } = await world.report('completed')
    const adapter = await world.bytes.put('in/adapter', world.stored('result', result))
    const { train } = (await world.order()).inputs
    await world.start({ wishes: { ...LONG, rank: 8 }, inputs: { train, adapter } }, 2)
    expect(await world.report('failed', 2)).toMatchObject({
      code: 'untrainable',
      message: expect.stringContaining('blk.0.'),
    })
  })
})

describe('a question for memory', () => {
  const ask = (world: TrainingWorld, model: string) =>
    world.jobs.receive({ type: 'train.estimate', requestId: 'r', model, wishes: { method: 'lora', rank: 4 } })
  const answerOf = async (world: TrainingWorld) => {
    for (;;) {
      const found = world.frames.find((frame) => frame.type === 'train.estimated')
      if (found) return found
      await world.heard()
    }
  }

  it('is answered without a job', async () => {
    const world = await startWorld()
    ask(world, 'starter')
    expect(await answerOf(world)).toMatchObject({ requestId: 'r', memoryMiB: expect.any(Number) })
  })

  it('is answered with a sentence where there is no answer', async () => {
    const world = await startWorld()
    ask(world, 'other')
    expect(await answerOf(world)).toMatchObject({ message: expect.stringContaining('"other"') })
  })
})

describe('a node that was killed', () => {
  it('leaves nothing: what it left behind goes when it starts again', async () => {
    const world = await startWorld()
    await world.start({ wishes: LONG })
    await world.report('progress')
    const [pid = 0] = world.jobs.pids
    process.kill(pid, 'SIGSTOP') // it does not even see that its node is gone
    const next = await startWorld({ stateDir: world.stateDir })
    expect(filesOf(next)).toEqual([])
    await eventually(() => expect(world.jobs.pids.some(isAlive)).toBe(false), PATIENCE)
  })
})
