import { afterEach, expect, it, vi } from 'vitest'
import { Random } from '../../../gpu-node/trainer/training/random.ts'
import type { TrainingCommand } from '../../../gpu-node/training/jobs.ts'
import { SEED, timesOf } from '../../support/property-runs.ts'
import { TrainingWorld } from './training-world.ts'

// Trainers stand back behind whatever else runs on the machine.
vi.setConfig({ testTimeout: 120_000 })

let world: TrainingWorld | undefined
afterEach(() => world?.close())

it(`commands about jobs that are not there, or not so, harm none that is (seed ${SEED})`, async () => {
  const at = await TrainingWorld.start()
  world = at
  const random = new Random(SEED)
  await at.start()
  const order = await at.order()
  for (let count = 0; count < timesOf(200, 5_000); count += 1) {
    // The job itself is only told what is known already, and asked nothing.
    const key =
      random.below(2) === 0 ? { jobId: 'other', attempt: 1 } : { jobId: 'j', attempt: 2 + random.below(3) }
    const commands: TrainingCommand[] = [
      { type: 'train.go', ...key, seq: random.below(9) },
      { type: 'train.ack', ...key, seq: random.below(9) },
      { type: 'train.stop', ...key, keeps: random.below(2) === 0 },
      { type: 'train.signed', ...key, requestId: String(random.below(9)), tokens: ['made-up'] },
      { type: 'train.signed', jobId: 'j', attempt: 1, requestId: 'never', tokens: [] },
      { type: 'train.start', jobId: 'j', attempt: 1, order },
    ]
    const command = commands[random.below(commands.length)]
    if (command) at.jobs.receive(command)
    if (random.below(20) === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  const { result } = await at.report('completed')
  expect(at.stored('result', result)).toHaveLength(result.bytes)
  expect(at.reports().filter(({ kind }) => kind === 'started')).toHaveLength(1)
})
