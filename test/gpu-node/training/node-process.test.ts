import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { ROOT } from '../../../scripts/root.ts'
import type { TrainingReport } from '../../../shared/training.ts'
import type { NodeEvent } from '../../../shared/wire.ts'
import { withOutput } from '../../support/child-output.ts'
import { eventually } from '../../support/eventually.ts'
import { trainingOrder } from '../../support/training-frames.ts'
import { startOf } from '../fake-engine.ts'
import { FakeEdge, type FakeLink } from '../link/fake-edge.ts'
import { ByteServer } from './byte-server.ts'
import { rowsOf } from './training-world.ts'

const STARTER = join(ROOT, 'gpu-node', 'models', 'starter.gguf')
const JOB = { jobId: 'j', attempt: 1 }

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

/** The edge's end of one link: signs and acknowledges by itself, and keeps what it hears. */
class Desk {
  readonly reports: TrainingReport[] = []
  readonly others: NodeEvent[] = []
  #heard = Promise.withResolvers<void>()

  constructor(link: FakeLink, bytes: ByteServer) {
    const listen = async (): Promise<void> => {
      for (;;) {
        const event = await link.next()
        if (event.type === 'train.report') {
          this.reports.push(event.report)
          link.send({ type: 'train.ack', ...JOB, seq: event.seq })
        } else if (event.type === 'train.sign') {
          const { wish, requestId } = event
          const tokens =
            wish.method === 'GET'
              ? wish.parts.map((part) => bytes.sign('GET', `in/${wish.file}/${part}`))
              : wish.parts.map(({ part, bytes: length, sha256 }) =>
                  bytes.sign('PUT', `out/${wish.file}/${part}`, length, sha256),
                )
          link.send({ type: 'train.signed', ...JOB, requestId, tokens })
        } else this.others.push(event)
        this.#heard.resolve()
        this.#heard = Promise.withResolvers()
      }
    }
    void listen()
  }

  async until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find()
      if (found !== undefined) return found
      await this.#heard.promise
    }
  }

  report(kind: TrainingReport['kind']): Promise<TrainingReport> {
    return this.until(() => this.reports.find((report) => report.kind === kind))
  }
}

/** A node process that trains for a long time. */
async function startTraining(stateDir: string) {
  const edge = await FakeEdge.start()
  cleanups.push(() => edge.close())
  const bytes = await ByteServer.start()
  cleanups.push(() => bytes.close())
  edge.handle = (request, response) => void bytes.handle(request, response)
  const args = ['--edge', edge.origin, '--model', STARTER, '--gpu', 'off', '--threads', '1']
  const child = spawn(
    process.execPath,
    [join(ROOT, 'gpu-node', 'main.ts'), ...args, '--state-dir', stateDir],
    {
      env: { ...process.env, SWITCHYARD_TOKEN: 'token' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  cleanups.push(() => child.kill('SIGKILL'))
  const node = withOutput(child)
  const link = await edge.nextLink()
  const hello = await link.welcome({ training: true })
  const desk = new Desk(link, bytes)
  const rows = rowsOf(6).map((row) => JSON.stringify(row))
  const train = await bytes.put('in/train', Buffer.from(rows.join('\n')))
  const wishes = { method: 'lora', rank: 4, batchSize: 1, epochs: 100, sequenceLength: 64 } as const
  const order = trainingOrder({ inputs: { train }, wishes })
  return { ...node, edge, link, desk, hello, order, bytes }
}

async function createStateDir(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-node-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Processes whose command line names a folder. */
const processesOf = (folder: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(join(folder, 'training', '/'))
      } catch {
        return false
      }
    })

describe.runIf(process.platform === 'linux')('a node process that trains', () => {
  it('offers that in its hello, serves beside it, and at SIGTERM stores a checkpoint before it goes', {
    timeout: 180_000,
  }, async () => {
    const stateDir = await createStateDir()
    const { child, ended, output, link, desk, hello, order, bytes } = await startTraining(stateDir)
    expect(hello).toMatchObject({
      hello: {
        models: [{ id: 'starter', architecture: 'llama', precision: 'f16' }],
        training: {
          slots: 1,
          memoryMiB: null,
          running: [],
          architectures: expect.arrayContaining(['llama']),
        },
      },
    })
    link.send({ type: 'train.start', ...JOB, order })
    await desk.report('progress')
    const { request } = startOf('e-1')
    link.send({ ...startOf('e-1'), request: { ...request, model: 'starter', maxTokens: 5 } })
    await desk.until(() => desk.others.find(({ type }) => type === 'call.end'))
    child.kill('SIGTERM')
    expect(await desk.report('stopped')).toMatchObject({ why: 'draining' })
    const checkpoint = desk.reports.find((report) => report.kind === 'checkpoint')
    if (checkpoint?.kind !== 'checkpoint') throw new Error('It stored a checkpoint.')
    expect(bytes.read(`out/state-${checkpoint.step}`, checkpoint.state)).toHaveLength(checkpoint.state.bytes)
    expect((await link.closed()).code).toBe(1001)
    await ended
    expect({ code: child.exitCode, stderr: output.stderr }).toEqual({ code: 0, stderr: '' })
    expect(readdirSync(join(stateDir, 'training'))).toEqual([])
  })

  it('at SIGTERM without a link leaves its steps in its state folder, and names the job when it is back', {
    timeout: 180_000,
  }, async () => {
    const stateDir = await createStateDir()
    const first = await startTraining(stateDir)
    first.link.send({ type: 'train.start', ...JOB, order: first.order })
    await first.desk.report('progress')
    first.link.close(1012)
    await first.edge.nextLink() // which it does not welcome
    first.child.kill('SIGTERM')
    await first.ended
    expect({ code: first.child.exitCode, stderr: first.output.stderr }).toEqual({ code: 0, stderr: '' })
    const { hello, link, desk, bytes } = await startTraining(stateDir)
    expect(hello).toMatchObject({ hello: { training: { running: [JOB] } } })
    link.send({ type: 'train.go', ...JOB, seq: 0 })
    await desk.report('stopped')
    const checkpoint = desk.reports.find((report) => report.kind === 'checkpoint')
    if (checkpoint?.kind !== 'checkpoint') throw new Error('It stored a checkpoint.')
    expect(bytes.read(`out/state-${checkpoint.step}`, checkpoint.state)).toHaveLength(checkpoint.state.bytes)
  })

  it('takes its trainers along when it is killed, and cleans up when it starts again', {
    timeout: 180_000,
  }, async () => {
    const stateDir = await createStateDir()
    const first = await startTraining(stateDir)
    first.link.send({ type: 'train.start', ...JOB, order: first.order })
    await first.desk.report('progress')
    const pids = processesOf(stateDir)
    expect(pids).toHaveLength(1)
    first.child.kill('SIGKILL')
    await first.ended
    await eventually(() => expect(processesOf(stateDir)).toEqual([]))
    expect(readdirSync(join(stateDir, 'training'))).toHaveLength(1)
    const second = await startTraining(stateDir)
    expect(second.hello).toMatchObject({ hello: { training: { running: [] } } })
    expect(readdirSync(join(stateDir, 'training'))).toEqual([])
    expect(existsSync(join(stateDir, 'credential.json'))).toBe(true)
  })
})
