import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { Random } from '../../../gpu-node/trainer/training/random.ts'
import { LAST_REPORTS, type TrainingOrder, type TrainingReport } from '../../../shared/training.ts'
import { SEED, timesOf } from '../../support/property-runs.ts'
import { rowsOf, TrainingWorld } from './training-world.ts'

type Checkpoint = Extract<TrainingReport, { kind: 'checkpoint' }>

const KILLS = timesOf(2, 20)
/** Longer than an attempt takes to begin, and shorter than it takes in all. */
const LATEST_KILL_MS = 2_500

let world: TrainingWorld | undefined
afterEach(() => world?.close())

const JOB = {
  validationShare: 0.2,
  wishes: {
    method: 'lora',
    rank: 4,
    batchSize: 1,
    epochs: 20,
    saveSteps: 9,
    sequenceLength: 64,
    learningRate: 4e-3,
  },
} as const
const ROWS = rowsOf(10)

/** The order that goes on from a checkpoint of an attempt. */
async function orderFrom(at: TrainingWorld, last: { checkpoint: Checkpoint; attempt: number } | undefined) {
  const order = await at.order(JOB, ROWS)
  if (last === undefined) return order
  const { checkpoint, attempt } = last
  const { best, step, state } = checkpoint
  const further: TrainingOrder = {
    ...order,
    inputs: {
      ...order.inputs,
      checkpoint: await at.input('checkpoint', `state-${step}`, state, attempt),
      ...(best && { best: await at.input('best', `best-${best.validation.step}`, best.file, attempt) }),
    },
    ...(best && { best: best.validation }),
  }
  return further
}

async function endOf(at: TrainingWorld, attempt: number): Promise<TrainingReport> {
  for (;;) {
    const end = at.reports(attempt).find(({ kind }) => LAST_REPORTS.has(kind))
    if (end) return end
    await at.heard()
  }
}

describe('a trainer that is killed', () => {
  it(`at random moments, ${KILLS} times, changes nothing of what is learned (seed ${SEED})`, {
    timeout: 120_000 + KILLS * 20_000,
  }, async () => {
    world = await TrainingWorld.start()
    const random = new Random(SEED)
    await world.start(JOB, 1, ROWS)
    const { result: expected } = await world.report('completed')
    let last: { checkpoint: Checkpoint; attempt: number } | undefined
    for (let attempt = 2; ; attempt += 1) {
      const order = await orderFrom(world, last)
      world.jobs.receive({ type: 'train.start', jobId: 'j', attempt, order })
      if (attempt < KILLS + 2) {
        await Promise.race([endOf(world, attempt), sleep(random.next() * LATEST_KILL_MS)])
        for (const pid of world.jobs.pids) if (existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGKILL')
      }
      const end = await endOf(world, attempt)
      const checkpoint = world.reports(attempt).findLast((report) => report.kind === 'checkpoint')
      if (checkpoint) last = { checkpoint, attempt }
      if (end.kind === 'completed') {
        expect(end.result.sha256).toBe(expected.sha256)
        last = undefined
        if (attempt >= KILLS + 2) return
      } else expect(end).toMatchObject({ kind: 'stopped', why: 'died' })
    }
  })

  it('because it is frozen, has ended so', { timeout: 180_000 }, async () => {
    world = await TrainingWorld.start()
    await world.start({ ...JOB, wishes: { ...JOB.wishes, epochs: 100 } }, 1, ROWS)
    await world.report('progress')
    const [pid = 0] = world.jobs.pids
    process.kill(pid, 'SIGSTOP')
    expect(await endOf(world, 1)).toMatchObject({ kind: 'stopped', why: 'died' })
    expect(existsSync(`/proc/${pid}`)).toBe(false)
  })
})
