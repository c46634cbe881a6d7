import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { Random } from '../../gpu-node/trainer/training/random.ts'
import { IsolatedEdge } from '../../scripts/isolated-edge.ts'
import { SEED, timesOf } from '../support/property-runs.ts'
import type { ImmortalNode } from './support/immortal-node.ts'
import { clockOf, killedNode } from './support/killed-world.ts'
import { unknownObjects } from './support/stored.ts'
import { trainersOf } from './support/train.ts'
import { until } from './support/until.ts'

const KILLS = timesOf(2, 20)
/** Every kind of process is killed at least once. */
const VICTIMS = ['edge', 'trainer', 'node'] as const
/** At the latest so long after a checkpoint: a job that is lost three times in a row without one has failed. */
const LATEST_KILL_MS = 3_000
/** A job that was cut off while it was cleared is looked after when it was left alone for a minute. */
const CLEARED_LIMIT_MS = 150_000
const JOB_LIMIT_MS = 400_000
const FROZEN_MS = 90_000

const FOLDER = 'data/outputs/killed'
const CONFIG = {
  base_model: 'starter',
  lora_r: 8,
  seed: 3,
  micro_batch_size: 1,
  num_epochs: 75,
  save_steps: 20,
}
const ROWS = Array.from({ length: 8 }, (_, index) => ({
  messages: [
    { role: 'user', content: `Where is thing ${index}?` },
    { role: 'assistant', content: `It is at door ${index * 7}.` },
  ],
}))

interface Job {
  job_id: string
  status: string
  model: string | null
  error_message: string | null
}

let edge: IsolatedEdge
let node: ImmortalNode
let stateDir: string
let stopClock: () => void

beforeAll(async () => {
  edge = await IsolatedEdge.create()
  await edge.start()
  const killed = await killedNode(edge, 'killed', ['--slots', '2', '--tasks', '0'])
  node = killed.node
  stateDir = killed.stateDir
  await edge.serves('starter')
  stopClock = clockOf(edge)
  await put('data/c.yaml', JSON.stringify(CONFIG)) // which is YAML as well
  await put('data/rows.jsonl', ROWS.map((row) => JSON.stringify(row)).join('\n'))
})

afterAll(async () => {
  stopClock()
  await node.stop()
  await edge.stop()
  await edge.remove()
})

const ask = (path: string, init: RequestInit = {}) =>
  fetch(edge.origin + path, {
    ...init,
    headers: { authorization: `Bearer ${edge.key}`, 'content-type': 'application/json' },
  })

async function put(path: string, body: string): Promise<void> {
  const response = await ask(`/v1/workspace/${path}`, { method: 'PUT', body })
  if (!response.ok) throw new Error(await response.text())
}

async function create(): Promise<string> {
  const paths = { config_path: '/data/c.yaml', dataset_path: '/data/rows.jsonl', output_dir: `/${FOLDER}` }
  const body = JSON.stringify({ trainer_type: 'lora', ...paths })
  const response = await ask('/clara/api/training/jobs', { method: 'POST', body })
  const { job_id: id } = (await response.json()) as Job
  return id
}

const jobOf = async (id: string) => (await ask(`/clara/api/training/jobs/${id}`)).json() as Promise<Job>

async function ended(id: string): Promise<Job> {
  let job = await jobOf(id)
  await until(
    async () => {
      job = await jobOf(id)
      if (['pending', 'queued', 'running'].includes(job.status)) throw new Error(JSON.stringify(job))
    },
    // Clara's contract counts requests.
    { limitMs: JOB_LIMIT_MS, intervalMs: 2_000 },
  )
  return job
}

/** The hash of the model that a job has made. */
async function hashOf(id: string): Promise<string> {
  const { model, ...job } = await ended(id)
  expect(job).toMatchObject({ status: 'completed', error_message: null })
  const response = await ask(`/v1/models/${model}/content`)
  await response.body?.cancel()
  return response.headers.get('etag') ?? ''
}

/** Checkpoints and results are models: so many have been made of all jobs. */
async function made(): Promise<{ checkpoints: number; results: number }> {
  const { data } = (await (await ask('/v1/models')).json()) as { data: { id: string }[] }
  const checkpoints = data.filter(({ id }) => id.includes('.step-')).length
  return { checkpoints, results: data.length - checkpoints }
}

/** Waits until there are more checkpoints than before, or the job is over. False in the latter case. */
async function goesOn(before: Awaited<ReturnType<typeof made>>): Promise<boolean> {
  let now = before
  await until(
    async () => {
      now = await made()
      if (now.results === before.results && now.checkpoints <= before.checkpoints)
        throw new Error('There is no new checkpoint.')
    },
    { limitMs: JOB_LIMIT_MS, intervalMs: 100 },
  )
  return now.results === before.results
}

async function kill(victim: (typeof VICTIMS)[number]): Promise<void> {
  if (victim === 'node') node.kill()
  if (victim === 'trainer') for (const pid of trainersOf(stateDir)) process.kill(pid, 'SIGKILL')
  if (victim !== 'edge') return
  edge.kill()
  await edge.start()
}

/** Waits until what was cut off is cleared, with the edge stopped in between. */
async function expectNothingOrphaned(): Promise<void> {
  await until(
    async () => {
      await edge.stop()
      const found = await unknownObjects(join(edge.folder, 'state'))
      await edge.start()
      expect(found).toEqual({ orphans: [], missing: [] })
    },
    { limitMs: CLEARED_LIMIT_MS, intervalMs: 15_000 },
  )
}

describe.runIf(process.platform === 'linux')('a job', () => {
  it(`whose edge, trainer and node are killed, ${KILLS} times, ends with the same adapter (seed ${SEED})`, {
    timeout: 300_000 + KILLS * 90_000,
  }, async () => {
    const random = new Random(SEED)
    const expected = await hashOf(await create())
    let kills = 0
    while (kills < KILLS) {
      const id = await create()
      for (let before = await made(); kills < KILLS && (await goesOn(before)); before = await made()) {
        await pause(random.next() * LATEST_KILL_MS)
        await kill(VICTIMS[kills < VICTIMS.length ? kills : random.below(VICTIMS.length)] ?? 'edge')
        kills += 1
      }
      expect(await hashOf(id)).toBe(expected)
    }
    await expectNothingOrphaned()
  })

  it.runIf(inject('isLongRun'))(
    'whose node is frozen for 90 s and woken ends with the same adapter',
    {
      timeout: 900_000,
    },
    async () => {
      const expected = await hashOf(await create())
      const id = await create()
      await goesOn(await made())
      node.kill('SIGSTOP')
      await pause(FROZEN_MS)
      node.kill('SIGCONT')
      expect(await hashOf(id)).toBe(expected)
      await expectNothingOrphaned()
    },
  )
})
