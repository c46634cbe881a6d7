import { readdirSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { afterEach, expect, it, vi } from 'vitest'
import { TrainingWorld } from './training-world.ts'

// Trainers stand back behind whatever else runs on the machine.
vi.setConfig({ testTimeout: 120_000 })

let world: TrainingWorld | undefined
afterEach(() => world?.close())

const LONG = { method: 'lora', rank: 4, batchSize: 1, epochs: 100, sequenceLength: 64 } as const

it.runIf(process.platform === 'linux')(
  'the process of a job sees no secret, and all its threads that compute stand back',
  async () => {
    const secrets = { SWITCHYARD_TOKEN: 'join-secret', HF_TOKEN: 'hub-secret' }
    Object.assign(process.env, secrets)
    world = await TrainingWorld.start()
    await world.start({ wishes: LONG })
    for (const name of Object.keys(secrets)) delete process.env[name]
    await world.report('progress')
    const [pid = 0] = world.jobs.pids
    const seen = readFileSync(`/proc/${pid}/environ`, 'utf8')
    expect(seen).toContain('PATH=')
    expect(seen).not.toMatch(/SWITCHYARD_|HF_TOKEN|secret/)
    const threads = readdirSync(`/proc/${pid}/task`).map(Number)
    expect(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8').trim()).toBe('900')
    expect(new Set(threads.map((thread) => getPriority(thread)))).toEqual(new Set([15]))
  },
)

it('its memory is told as long as it runs', async () => {
  world = await TrainingWorld.start()
  await world.start({ wishes: LONG })
  await world.report('progress')
  const [guest] = world.spare.guests
  expect(guest?.memory?.rssMiB).toBeGreaterThan(50)
  const metric = (name: string) =>
    world?.jobs.read().find((found) => found.name === `switchyard_node_${name}`)
  expect(metric('training_jobs')).toMatchObject({ samples: [{ value: 1 }] })
  world.stop(false)
  await world.report('stopped')
  expect(world.spare.guests.size).toBe(0)
  expect(metric('training_jobs')).toMatchObject({ samples: [{ value: 0 }] })
})
