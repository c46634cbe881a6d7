import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { TrainingJobsOptions } from '../../../../gpu-node/training/jobs.ts'
import { KEPT_FOR_MS, LEFT_FOLDER } from '../../../../gpu-node/training/left/left-behind.ts'
import { eventually } from '../../../support/eventually.ts'
import { TrainingWorld } from '../training-world.ts'

// Trainers stand back behind whatever else runs on the machine.
vi.setConfig({ testTimeout: 120_000 })

const worlds: TrainingWorld[] = []
afterEach(async () => {
  for (const world of worlds.splice(0).reverse()) await world.close()
})

async function startWorld(over: Partial<TrainingJobsOptions> = {}): Promise<TrainingWorld> {
  const world = await TrainingWorld.start(over)
  worlds.push(world)
  return world
}

const LONG = { method: 'lora', rank: 4, batchSize: 1, epochs: 100, sequenceLength: 64 } as const
const leftOf = ({ stateDir }: TrainingWorld): string[] => readdirSync(join(stateDir, LEFT_FOLDER))

/** A node that was stopped while its link was down, some steps into a job. */
async function stoppedWithoutLink(wishes: object = LONG): Promise<TrainingWorld> {
  const world = await startWorld()
  await world.start({ wishes: { ...LONG, ...wishes } })
  await world.report('progress')
  world.jobs.detach()
  await world.jobs.leaveBehind()
  await world.jobs.close()
  return world
}

const go = (world: TrainingWorld, seq: number) =>
  world.jobs.receive({ type: 'train.go', jobId: 'j', attempt: 1, seq })
const lastSeq = (world: TrainingWorld): number =>
  Math.max(...world.frames.flatMap((frame) => (frame.type === 'train.report' ? [frame.seq] : [])))

/** The manifests of what was left. */
const manifestsOf = (world: TrainingWorld): string[] =>
  leftOf(world).map((name) => join(world.stateDir, LEFT_FOLDER, name, 'left.json'))

describe('a node that is stopped while its link is down', () => {
  it('keeps its last steps, and stores them when it is back: the job goes on from there', async () => {
    const before = await stoppedWithoutLink()
    expect(before.reports().some(({ kind }) => kind === 'checkpoint')).toBe(false)
    const next = await startWorld({ stateDir: before.stateDir })
    expect(next.jobs.offer.running).toEqual([{ jobId: 'j', attempt: 1 }])
    go(next, lastSeq(before))
    const stopped = await next.report('stopped')
    const { step, state, adapter } = await next.report('checkpoint')
    expect(step).toBeGreaterThan(0)
    expect(stopped).toEqual({ kind: 'stopped', why: 'draining', step })
    expect(next.stored(`state-${step}`, state)).toHaveLength(state.bytes)
    expect(adapter && next.stored(`adapter-${step}`, adapter).subarray(0, 4).toString()).toBe('GGUF')
    await eventually(() =>
      expect({ left: leftOf(next), running: next.jobs.offer.running }).toEqual({ left: [], running: [] }),
    )
    const seqs = next.frames.flatMap((frame) => (frame.type === 'train.report' ? [frame.seq] : []))
    expect(Math.min(...seqs)).toBeGreaterThan(lastSeq(before))
  })

  it('goes on from them itself, when the job has come back to it meanwhile', async () => {
    const before = await stoppedWithoutLink()
    const next = await startWorld({ stateDir: before.stateDir })
    next.stop(false) // its lease is over
    await next.report('stopped')
    await next.start({ wishes: LONG }, 2)
    const { step } = await next.report('started', 2)
    expect(step).toBeGreaterThan(0)
    // Whoever comes next has them too.
    expect(await next.report('checkpoint', 2)).toMatchObject({ step })
    next.stop(false, 2)
    await eventually(() => expect(leftOf(next)).toEqual([]))
  })

  it('has the result stored that was ready', async () => {
    const before = await startWorld()
    await before.start({ wishes: { ...LONG, epochs: 8 } })
    await before.report('progress')
    before.jobs.detach()
    const [pid = 0] = before.jobs.pids
    await vi.waitFor(() => expect(existsSync(`/proc/${pid}`)).toBe(false), 60_000)
    await before.jobs.leaveBehind()
    await before.jobs.close()
    const next = await startWorld({ stateDir: before.stateDir })
    go(next, lastSeq(before))
    const { result } = await next.report('completed')
    expect(next.stored('result', result).subarray(0, 4).toString()).toBe('GGUF')
    await eventually(() => expect(leftOf(next)).toEqual([]))
  })

  it('may be stopped again before it has a link', async () => {
    const before = await stoppedWithoutLink()
    const between = await startWorld({ stateDir: before.stateDir })
    between.jobs.detach()
    await between.jobs.close()
    const next = await startWorld({ stateDir: before.stateDir })
    go(next, lastSeq(before))
    expect((await next.report('checkpoint')).step).toBeGreaterThan(0)
  })

  it('begins at the checkpoint of its order where another node has come further', async () => {
    const before = await stoppedWithoutLink({ saveSteps: 1_000 })
    const [manifest = ''] = manifestsOf(before)
    const left = JSON.parse(readFileSync(manifest, 'utf8'))
    writeFileSync(manifest, JSON.stringify({ ...left, follows: ['f'.repeat(64)] }))
    const next = await startWorld({ stateDir: before.stateDir })
    await next.start({ wishes: LONG }, 2)
    expect((await next.report('started', 2)).step).toBe(0)
  })

  it.each([
    ['older than an hour', (left: object) => ({ ...left, keptAt: Date.now() - KEPT_FOR_MS - 1 })],
    ['cut off', (left: object) => JSON.stringify(left).slice(0, 40)],
    [
      'without their files',
      ({ kept, ...left }: { kept?: object }) => ({ ...left, kept: { ...kept, state: 1 } }),
    ],
  ])('forgets steps that are %s', async (_which, spoil) => {
    const before = await stoppedWithoutLink()
    const [manifest = ''] = manifestsOf(before)
    const spoilt = spoil(JSON.parse(readFileSync(manifest, 'utf8')))
    writeFileSync(manifest, typeof spoilt === 'string' ? spoilt : JSON.stringify(spoilt))
    const next = await startWorld({ stateDir: before.stateDir })
    expect({ running: next.jobs.offer.running, left: leftOf(next) }).toEqual({ running: [], left: [] })
  })
})
