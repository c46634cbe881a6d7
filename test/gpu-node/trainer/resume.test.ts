import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { readRow } from '../../../shared/training-rows.ts'
import { jobOf, RunningTrainer } from './trainer-process.ts'
import { randomModel } from './training-world.ts'

// Trainers stand back behind whatever else runs on the machine.
vi.setConfig({ testTimeout: 120_000 })

let model: string
beforeAll(async () => {
  model = await randomModel({ architecture: 'llama' })
})

describe('a trainer', () => {
  it('reads rows as they travel to nodes, and learns the same from them', async () => {
    const job = jobOf(model)
    const canonical = jobOf(model, { rowType: 'row' })
    const rows = readFileSync(job.rowsPath, 'utf8').split('\n')
    const lines = rows.map((line) => {
      const read = readRow('chatml', JSON.parse(line))
      return 'row' in read ? JSON.stringify(read.row) : ''
    })
    writeFileSync(canonical.rowsPath, lines.join('\n'))
    const { adapter: expected } = await new RunningTrainer(job).event('completed')
    const { adapter } = await new RunningTrainer(canonical).event('completed')
    expect(adapter.sha256).toBe(expected.sha256)
    writeFileSync(canonical.rowsPath, '{"kind":"chat","turns":[],"tools":[]}')
    expect(await new RunningTrainer(canonical).event('failed')).toMatchObject({
      code: 'invalid_rows',
      message: expect.stringContaining('Line 1: "turns"'),
    })
  })

  it('that goes on knows the best adapter until then, and ends as one that was not interrupted', async () => {
    const over = {
      validationShare: 0.34,
      wishes: { ...jobOf(model).wishes, learningRate: 8e-3, epochs: 6, saveSteps: 1 },
    }
    const whole = new RunningTrainer(jobOf(model, over, 9))
    const { adapter: expected, validation } = await whole.event('completed')
    const checkpoints = whole.events.flatMap((event) => (event.type === 'checkpoint' ? [event] : []))
    const after = checkpoints.findLast(({ best }) => best !== null)
    if (after?.best == null) throw new Error('Some checkpoint had a best adapter.')
    const { validation: known, file } = after.best
    expect(after.trainedTokens).toBeGreaterThan(0)
    const further = new RunningTrainer(
      jobOf(
        model,
        { ...over, checkpointPath: after.state.path, best: { path: file.path, validation: known } },
        9,
      ),
    )
    expect((await further.event('started')).step).toBe(after.step)
    const end = await further.event('completed')
    expect(end.adapter.sha256).toBe(expected.sha256)
    expect(end.validation).toEqual(validation)
  })

  it('that is stopped while it validates does so when it goes on', async () => {
    const over = { validationShare: 0.5, wishes: { ...jobOf(model).wishes, batchSize: 1, epochs: 2 } }
    const whole = new RunningTrainer(jobOf(model, over, 60))
    const { validation } = await whole.event('completed')
    const first = new RunningTrainer(jobOf(model, over, 60))
    await first.event('progress', ({ step }) => step >= 28)
    first.send({ type: 'stop', keeps: true })
    const { state, best } = await first.event('checkpoint')
    const go = {
      checkpointPath: state.path,
      ...(best && { best: { path: best.file.path, validation: best.validation } }),
    }
    const second = new RunningTrainer(jobOf(model, { ...over, ...go }, 60))
    expect((await second.event('completed')).validation).toEqual(validation)
  })

  it('that goes on with as many threads says nothing of them, and with others that it may differ in the last bits', async () => {
    const long = { wishes: { ...jobOf(model).wishes, epochs: 60 } }
    const first = new RunningTrainer(jobOf(model, long))
    await first.event('progress')
    first.send({ type: 'stop', keeps: true })
    const { state } = await first.event('checkpoint')
    const go = { ...long, checkpointPath: state.path }
    const [same, other] = [
      new RunningTrainer(jobOf(model, go)),
      new RunningTrainer(jobOf(model, { ...go, threads: 2 })),
    ]
    for (const trainer of [same, other]) {
      await trainer.event('progress')
      trainer.send({ type: 'stop', keeps: false })
      await trainer.event('stopped')
    }
    const codes = ({ events }: RunningTrainer) =>
      events.flatMap((event) => (event.type === 'warning' ? [event.code] : []))
    expect(codes(same)).not.toContain('threads')
    expect(codes(other)).toContain('threads')
  })

  it('that is stopped before it has taken a step writes no second checkpoint of the same one', async () => {
    const long = { wishes: { ...jobOf(model).wishes, epochs: 60 } }
    const first = new RunningTrainer(jobOf(model, long))
    await first.event('progress')
    first.send({ type: 'stop', keeps: true })
    const { state, step } = await first.event('checkpoint')
    const second = new RunningTrainer(jobOf(model, { ...long, checkpointPath: state.path }))
    second.send({ type: 'hold' }) // which holds also what has not begun
    await second.event('started')
    // A sign of life later it would have gone on.
    const alive = () => second.events.filter(({ type }) => type === 'alive').length
    const before = alive()
    await second.event('alive', () => alive() > before)
    second.send({ type: 'stop', keeps: true })
    expect((await second.event('stopped')).step).toBe(step)
    expect(second.events.some(({ type }) => type === 'checkpoint')).toBe(false)
  })

  it('tells without a row what a job would take: as much as it then is reckoned to', async () => {
    const { rowsPath: _, ...plan } = jobOf(model)
    const { memoryMiB, thrift } = await new RunningTrainer(jobOf(model), { type: 'estimate', plan }).event(
      'estimated',
    )
    for (const over of [{}, { reckoned: { memoryMiB, thrift } }]) {
      const { memoryMiB: reckoned } = await new RunningTrainer(jobOf(model, { memoryMiB, ...over })).event(
        'started',
      )
      expect(reckoned).toBe(memoryMiB)
    }
  })

  it.each([
    [
      'memory',
      { memoryMiB: 100 },
      { requirement: 'memory', availableMiB: 100, neededMiB: expect.any(Number) },
    ],
    ['the precision', { wishes: { method: 'full' } } as const, { requirement: 'precision' }],
  ])(
    'says of a job that cannot be done here that it needs another node, for want of %s',
    async (_, over, refusal) => {
      const half = await randomModel({ architecture: 'llama', weights: 'F16' })
      const plan = jobOf(half, over)
      const { refusal: told } = await new RunningTrainer(plan, { type: 'estimate', plan }).event('failed')
      expect(told).toEqual(refusal)
      expect((await new RunningTrainer(plan).event('failed')).refusal).toEqual(refusal)
    },
  )

  it('says of a mixture of experts that it needs another architecture', async () => {
    const experts = await randomModel({
      architecture: 'llama',
      metadata: { 'llama.expert_count': { type: 'uint32', value: 8 } },
    })
    const plan = jobOf(experts)
    expect(await new RunningTrainer(plan, { type: 'estimate', plan }).event('failed')).toMatchObject({
      message: 'Mixtures of experts cannot be trained.',
      refusal: { requirement: 'architecture' },
    })
  })

  it('that trains every weight leaves a whole model, which can be trained again', async () => {
    const full = { wishes: { ...jobOf(model).wishes, method: 'full', learningRate: 1e-3 } } as const
    const first = new RunningTrainer(jobOf(model, full))
    const { adapter: result } = await first.event('completed')
    const lossOf = ({ events }: RunningTrainer) => events.find(({ type }) => type === 'progress')
    const second = new RunningTrainer(jobOf(result.path, full))
    await second.event('completed')
    const [a, b] = [lossOf(first), lossOf(second)]
    if (a?.type !== 'progress' || b?.type !== 'progress') throw new Error('Both told of their progress.')
    expect(b.loss).toBeLessThan(a.loss)
  })

  it.runIf(process.platform === 'linux')(
    'fails in one sentence, without a path, when the disk is full',
    async () => {
      const job = jobOf(model)
      symlinkSync('/dev/full', join(job.outFolder, 'result.gguf.unfinished'))
      const { code, message } = await new RunningTrainer(job).event('failed')
      expect({ code, message }).toEqual({
        code: 'internal',
        message: 'The disk of the node that trained is full.',
      })
    },
  )
})
