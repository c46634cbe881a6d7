import { describe, expect, it } from 'vitest'
import { createLogger } from '../../../../shared/log.ts'
import type { EdgeCommand } from '../../../../shared/wire.ts'
import { UNTOLD_WORD } from '../../../../worker/durable/link/node-words.ts'
import { MAX_OPEN_ESTIMATES, TrainingFrames } from '../../../../worker/durable/link/training-frames.ts'
import type { AttemptOf, TrainingRunStub } from '../../../../worker/services/training/training-run.ts'
import { nodeHello } from '../../../support/frames.ts'

const JOB = '0'.repeat(24)
const OFFER = { slots: 1, architectures: ['llama'], memoryMiB: null, running: [] }

function setUp({ trains = true, running = [] as object[] } = {}) {
  const sent: EdgeCommand[] = []
  const told: object[] = []
  const works: Promise<unknown>[] = []
  let link: { linkId: string; nodeId: string } | undefined = { linkId: 'l', nodeId: 'n' }
  const answer = (name: string, reply: object) => async (said: AttemptOf) => {
    told.push({ name, ...said })
    return reply
  }
  const run = {
    greet: answer('greet', { go: 3 }),
    report: answer('report', { ack: 1, stop: { keeps: true } }),
    sign: answer('sign', { tokens: ['t'] }),
  } as unknown as TrainingRunStub // the calls that frames make
  const frames = new TrainingFrames({
    stubs: {
      trainingRun: () => run,
      ringTraining: async () => void told.push({ name: 'ring' }),
    },
    link: () => link,
    hello: () => nodeHello(trains ? { training: { ...OFFER, running: running as [] } } : {}),
    send: (command) => sent.push(command),
    waitUntil: (work) => works.push(work),
    log: createLogger(() => {}),
  })
  return {
    frames,
    sent,
    told,
    relink: (linkId?: string) => {
      link = linkId === undefined ? undefined : { linkId, nodeId: 'n' }
    },
    settled: () => Promise.all(works),
  }
}

const alive = { type: 'train.report', jobId: JOB, attempt: 2, seq: 1, report: { kind: 'alive' } } as const

describe('frames of jobs', () => {
  it('go to the object of the job with the node that says them, and its answer goes back', async () => {
    const { frames, sent, told, settled } = setUp()
    expect(frames.receive(alive)).toBeUndefined()
    const wish = { method: 'GET' as const, file: 'train' as const, parts: [0] }
    expect(
      frames.receive({ type: 'train.sign', jobId: JOB, attempt: 2, requestId: 'r', wish }),
    ).toBeUndefined()
    await settled()
    const job = { jobId: JOB, attempt: 2 }
    expect(told).toEqual([
      { name: 'report', nodeId: 'n', ...job, seq: 1, report: { kind: 'alive' } },
      { name: 'sign', nodeId: 'n', ...job, wish },
    ])
    expect(sent).toEqual([
      { type: 'train.ack', ...job, seq: 1 },
      { type: 'train.stop', ...job, keeps: true },
      { type: 'train.signed', ...job, requestId: 'r', tokens: ['t'], message: undefined },
    ])
  })

  it('tell callers no path of the node’s machine', async () => {
    const { frames, told, settled } = setUp()
    const message = 'It cannot open /srv/attic/.switchyard/models/a.gguf.'
    const reports = [
      { kind: 'warning', code: 'w', message },
      { kind: 'refused', requirement: 'base', message },
      { kind: 'failed', code: 'internal', message },
    ] as const
    for (const report of reports) frames.receive({ ...alive, report })
    await settled()
    expect(told).toMatchObject(
      reports.map((report) => ({ report: { ...report, message: 'It cannot open [path].' } })),
    )
  })

  it('tell callers no settings and words that nodes make up', async () => {
    const { frames, told, settled } = setUp()
    const settings = {
      ...{
        method: 'lora',
        rank: 8,
        targets: ['attn_q', '/srv/attic/x', 'a b'],
        saveSteps: null,
        totalSteps: 40,
      },
      ...{ decay: '/srv/attic/.switchyard', path: '/srv/attic', host: 'attic', isRankStabilised: true },
    }
    const started = {
      kind: 'started',
      ...{ settings, validationSamples: 0, totalSteps: 40, step: 0, memoryMiB: 1 },
      counts: { samples: 1, tooLong: 0, truncated: 0, empty: 0, lossTokens: 1 },
    } as const
    frames.receive({ ...alive, report: started })
    frames.receive({ ...alive, report: { kind: 'warning', code: 'see /srv/attic', message: 'm' } })
    await settled()
    expect(told).toMatchObject([{ report: { kind: 'started' } }, { report: { code: UNTOLD_WORD } }])
    expect((told[0] as { report: typeof started }).report.settings).toEqual({
      ...{ method: 'lora', rank: 8, targets: ['attn_q'], saveSteps: null, totalSteps: 40 },
      ...{ decay: UNTOLD_WORD, isRankStabilised: true },
    })
  })

  it('of a node that said nothing of training are a fault, and so is a job that cannot be', async () => {
    const { frames, told } = setUp({ trains: false })
    expect(frames.receive(alive)).toMatch(/hello said nothing/)
    expect(setUp().frames.receive({ ...alive, jobId: '../x' })).toMatch(/jobId/)
    expect(told).toEqual([])
  })

  it('name the jobs of a hello: each goes on or stops, and the bell rings', async () => {
    const running = [
      { jobId: JOB, attempt: 2 },
      { jobId: 'made up', attempt: 1 },
    ]
    const { frames, sent, told, settled } = setUp({ running })
    frames.greet()
    await settled()
    expect(told).toEqual([{ name: 'greet', nodeId: 'n', jobId: JOB, attempt: 2 }, { name: 'ring' }])
    expect(sent).toEqual([
      { type: 'train.stop', jobId: 'made up', attempt: 1, keeps: false },
      { type: 'train.go', jobId: JOB, attempt: 2, seq: 3 },
    ])
  })

  it('are not answered by another link than the one that they came by', async () => {
    const { frames, sent, relink, settled } = setUp()
    frames.receive(alive)
    relink('another')
    await settled()
    expect(sent).toEqual([])
  })
})

describe('a command', () => {
  const stop = { type: 'train.stop', jobId: JOB, attempt: 1, keeps: true } as const
  it('is sent to a node that is there and trains', () => {
    const { frames, sent, relink } = setUp()
    expect(frames.command(stop)).toBe(true)
    relink()
    expect(frames.command(stop)).toBe(false)
    expect(sent).toEqual([stop])
    expect(setUp({ trains: false }).frames.command(stop)).toBe(false)
  })
})

describe('an estimate', () => {
  const question = { model: 'm', wishes: { method: 'lora' as const } }
  it('is answered by the node, in whatever order', async () => {
    const { frames, sent } = setUp()
    const answers = [frames.estimate(question), frames.estimate(question)]
    const ids = sent.map((command) => ('requestId' in command ? command.requestId : ''))
    frames.receive({ type: 'train.estimated', requestId: ids[1] ?? '', message: 'no' })
    frames.receive({ type: 'train.estimated', requestId: 'nobody asked', memoryMiB: 1 })
    frames.receive({ type: 'train.estimated', requestId: ids[0] ?? '', memoryMiB: 7 })
    expect(await Promise.all(answers)).toMatchObject([{ memoryMiB: 7 }, { message: 'no' }])
  })

  it('is null where nobody can be asked, and where too many ask', async () => {
    expect(await setUp({ trains: false }).frames.estimate(question)).toBeNull()
    const { frames, sent } = setUp()
    const open = Array.from({ length: MAX_OPEN_ESTIMATES }, () => frames.estimate(question))
    expect(await frames.estimate(question)).toBeNull()
    for (const command of sent)
      if ('requestId' in command) frames.receive({ type: 'train.estimated', requestId: command.requestId })
    await Promise.all(open)
    expect(sent).toHaveLength(MAX_OPEN_ESTIMATES)
  })
})
