import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { MIB } from '../../../shared/units.ts'
import { RunningEngine } from '../engine/running-engine.ts'
import { TrainingWorld } from './training-world.ts'

const LONG = { method: 'lora', rank: 4, batchSize: 1, epochs: 100, sequenceLength: 64 } as const

// Trainers stand back behind whatever else runs on the machine.
vi.setConfig({ testTimeout: 120_000 })

/** A gauge is told once a second, by a machine that may be busy. */
const PATIENCE_MS = 25_000

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

async function startWorld(over: Parameters<typeof TrainingWorld.start>[0] = {}): Promise<TrainingWorld> {
  const world = await TrainingWorld.start(over)
  cleanups.push(() => world.close())
  return world
}

async function startEngine(...given: Parameters<typeof RunningEngine.create>): Promise<RunningEngine> {
  const running = await RunningEngine.create(...given)
  cleanups.push(() => running.engine.close())
  return running
}

/** The file of an adapter of the starter model. */
async function adapterFile(): Promise<string> {
  const world = await startWorld()
  await world.start()
  const { result } = await world.report('completed')
  const folder = mkdtempSync(join(tmpdir(), 'switchyard-beside-'))
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'adapter.gguf')
  writeFileSync(path, world.stored('result', result))
  return path
}

describe('a job beside an engine', () => {
  it('counts in the memory that the node tells', async () => {
    const running = await startEngine()
    const { engine, events } = running
    const gauges = () => events.flatMap((event) => (event.type === 'gauge' ? [event.gauge] : []))
    // What is beyond this process, which is the node here and grows as it likes.
    const childrenMiB = () => (gauges().at(-1)?.rssMiB ?? 0) - process.memoryUsage.rss() / MIB
    await vi.waitFor(() => expect(childrenMiB()).toBeGreaterThan(0), PATIENCE_MS)
    const modelMiB = childrenMiB()
    const world = await startWorld({ spare: engine.spare })
    await world.start({ wishes: LONG })
    await world.report('progress')
    const ownMiB = () => {
      const memory = world.jobs.read().find(({ name }) => name === 'switchyard_node_training_memory_bytes')
      return memory?.type === 'gauge' ? (memory.samples[0]?.value ?? 0) / MIB : 0
    }
    await vi.waitFor(() => expect(ownMiB()).toBeGreaterThan(50), PATIENCE_MS)
    await vi.waitFor(() => expect(childrenMiB()).toBeGreaterThan(modelMiB + ownMiB() / 2), PATIENCE_MS)
    const trainerMiB = ownMiB()
    world.stop(false)
    await world.report('stopped')
    await vi.waitFor(() => expect(childrenMiB()).toBeLessThan(modelMiB + trainerMiB / 2), PATIENCE_MS)
  })

  it('leaves with a checkpoint when a call needs its memory, which is then served', {
    timeout: 180_000,
  }, async () => {
    const path = await adapterFile()
    // Many slots, so that a context with the adapter takes much.
    const model = { slots: 64, contextTokens: 512, adapters: [{ suffix: 'late', path }] }
    const large = await startEngine(model, { memoryMiB: 100_000 })
    const modelMiB = 100_000 - large.engine.spare.freeMiB
    await large.chat('Hello', { model: 'starter:late', maxTokens: 1 }).outcome
    const adapterMiB = 100_000 - large.engine.spare.freeMiB - modelMiB
    expect(adapterMiB).toBeGreaterThan(20)
    await large.engine.close()
    const jobMiB = await memoryOfJob()
    const running = await startEngine(model, { memoryMiB: modelMiB + jobMiB + Math.floor(adapterMiB / 2) })
    const world = await startWorld({ spare: running.engine.spare })
    await world.start({ wishes: LONG })
    await world.report('progress')
    const { end, text } = await running.chat('Hello', { model: 'starter:late', maxTokens: 5 }).outcome
    expect(end).toMatchObject({ type: 'call.end' })
    expect(text).not.toBe('')
    expect(await world.report('stopped')).toMatchObject({ why: 'memory' })
    expect(world.reports().some(({ kind }) => kind === 'checkpoint')).toBe(true)
  })
})

/** The memory that such a job is reckoned to take. */
async function memoryOfJob(): Promise<number> {
  const world = await startWorld()
  world.jobs.receive({ type: 'train.estimate', requestId: 'r', model: 'starter', wishes: LONG })
  for (;;) {
    const told = world.frames.find((frame) => frame.type === 'train.estimated')
    if (told?.type === 'train.estimated') return told.memoryMiB ?? 0
    await world.heard()
  }
}
