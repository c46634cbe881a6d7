import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { jobOf, RunningTrainer } from './trainer-process.ts'
import { randomModel } from './training-world.ts'

// Trainers stand back behind whatever else runs on the machine.
vi.setConfig({ testTimeout: 120_000 })

let model: string
beforeAll(async () => {
  model = await randomModel({ architecture: 'llama' })
})

describe('a trainer', () => {
  it('turns rows into an adapter, tells every value that it uses, and ends by itself', async () => {
    const trainer = new RunningTrainer(jobOf(model))
    const { settings, counts, totalSteps } = await trainer.event('started')
    expect(settings).toMatchObject({ rank: 4, alpha: 8, batchSize: 2, epochs: 4, decay: 'cosine', clip: 1 })
    expect(counts).toMatchObject({ samples: 6, tooLong: 0, empty: 0 })
    const { adapter, step } = await trainer.event('completed')
    expect(step).toBe(totalSteps)
    expect(statSync(adapter.path).size).toBe(adapter.bytes)
    expect(await trainer.exited).toEqual({ code: 0, signal: null })
  })

  it('that is stopped with a checkpoint, and goes on in another process, ends with the same adapter', async () => {
    // Long enough that it still runs when it is told to stop.
    const wishes = { ...jobOf(model).wishes, epochs: 16 }
    const whole = new RunningTrainer(jobOf(model, { wishes }))
    const { adapter: expected } = await whole.event('completed')
    const first = new RunningTrainer(jobOf(model, { wishes }))
    await first.event('progress')
    first.send({ type: 'stop', keeps: true })
    await first.event('stopped')
    const { state } = await first.event('checkpoint')
    const second = new RunningTrainer(jobOf(model, { wishes, checkpointPath: state.path }))
    const { adapter } = await second.event('completed')
    expect(adapter.sha256).toBe(expected.sha256)
  })

  it.each([
    ['of the last epochs as many as are wished', { batchSize: 2, saveEpochs: 2 }, [9, 12]],
    ['every epoch where there are no more', { batchSize: 4, saveEpochs: 5 }, [2, 4, 6, 8]],
    ['no epoch that is not whole', { batchSize: 2, saveEpochs: 2, maxSteps: 11 }, [6, 9]],
  ])('saves %s, with the figures of its step', async (_, over, steps) => {
    const wishes = { ...jobOf(model).wishes, ...over }
    const trainer = new RunningTrainer(jobOf(model, { wishes }))
    await trainer.event('completed')
    const saved = trainer.events.flatMap((event) => (event.type === 'checkpoint' ? [event] : []))
    expect(saved.map(({ step }) => step)).toEqual(steps)
    for (const { figures } of saved)
      expect(figures).toEqual({ loss: expect.any(Number), accuracy: expect.any(Number) })
    expect(new Set(saved.map(({ figures }) => figures?.loss)).size).toBe(saved.length)
  })

  it('that goes on from its last epoch has only its result to write', async () => {
    const wishes = { ...jobOf(model).wishes, saveEpochs: 1 }
    const first = new RunningTrainer(jobOf(model, { wishes }))
    const { adapter: expected } = await first.event('completed')
    const { state } = await first.event('checkpoint')
    const second = new RunningTrainer(jobOf(model, { wishes, checkpointPath: state.path }))
    expect((await second.event('completed')).adapter.sha256).toBe(expected.sha256)
    expect(second.events.filter(({ type }) => type === 'progress')).toEqual([])
  })

  it('that is stopped without one leaves none', async () => {
    const trainer = new RunningTrainer(jobOf(model, { wishes: { ...jobOf(model).wishes, epochs: 60 } }))
    await trainer.event('progress')
    trainer.send({ type: 'stop', keeps: false })
    await trainer.event('stopped')
    expect(trainer.events.some(({ type }) => type === 'checkpoint')).toBe(false)
    expect((await trainer.exited).code).toBe(0)
  })

  it('that is held computes nothing until it is released', async () => {
    const trainer = new RunningTrainer(jobOf(model, { wishes: { ...jobOf(model).wishes, epochs: 30 } }))
    await trainer.event('progress')
    trainer.send({ type: 'hold' })
    const alive = trainer.events.filter(({ type }) => type === 'alive').length
    // Two signs of life later nothing else has been told than what was on its way.
    await trainer.event(
      'alive',
      () => trainer.events.filter(({ type }) => type === 'alive').length >= alive + 1,
    )
    const told = trainer.events.filter(({ type }) => type === 'progress').length
    await trainer.event(
      'alive',
      () => trainer.events.filter(({ type }) => type === 'alive').length >= alive + 2,
    )
    expect(trainer.events.filter(({ type }) => type === 'progress').length).toBe(told)
    trainer.send({ type: 'release' })
    await trainer.event('completed')
  })

  it('measures on rows that it does not learn from, and keeps the best', async () => {
    const trainer = new RunningTrainer(jobOf(model, { validationShare: 0.34 }, 9))
    const { validationSamples } = await trainer.event('started')
    expect(validationSamples).toBe(3)
    const { validation } = await trainer.event('completed')
    const all = trainer.events.flatMap((event) => (event.type === 'validation' ? [event.loss] : []))
    expect(all).toHaveLength(4)
    expect(validation?.loss).toBe(Math.min(...all))
    expect(validation?.perplexity).toBeCloseTo(Math.exp(Math.min(...all)), 3)
  })

  it('says when validation rows are trained on too, and when rows repeat', async () => {
    const job = jobOf(model)
    const text = readFileSync(job.rowsPath, 'utf8')
    writeFileSync(job.rowsPath, `${text}\n${text}`)
    const trainer = new RunningTrainer({ ...job, validationPath: job.rowsPath })
    await trainer.event('completed')
    const codes = trainer.events.flatMap((event) => (event.type === 'warning' ? [event.code] : []))
    expect(codes).toEqual(expect.arrayContaining(['duplicates', 'validation_overlap']))
  })

  it('drops rows that are too long, and counts them; with nothing left it fails', async () => {
    const short = { ...jobOf(model).wishes, sequenceLength: 32 }
    const trainer = new RunningTrainer(jobOf(model, { wishes: short }))
    const { code, message } = await trainer.event('failed')
    expect(code).toBe('invalid_rows')
    expect(message).toContain('longer than the sequence length')
  })

  it.each([
    ['no JSON', 'what', 'Line 2'],
    ['a row of another form', '{"text":"Hello"}', 'Line 2: "messages"'],
    [
      'nothing to learn',
      '{"messages":[{"role":"user","content":"Hi"}]}',
      'at least one turn of the assistant',
    ],
  ])('refuses rows with a line and a field: %s', async (_, line, words) => {
    const job = jobOf(model)
    writeFileSync(job.rowsPath, `${readFileSync(job.rowsPath, 'utf8').split('\n')[0]}\n${line}\n`)
    const { code, message } = await new RunningTrainer(job).event('failed')
    expect(code).toBe('invalid_rows')
    expect(message).toContain(words)
  })

  it('refuses a model that it would train wrongly, by the name of what it does not know', async () => {
    const odd = await randomModel({
      architecture: 'llama',
      metadata: { 'llama.attention.clamp_kqv': { type: 'float32', value: 8 } },
    })
    const strange = await new RunningTrainer(jobOf(odd)).event('failed')
    expect(strange).toMatchObject({
      code: 'untrainable',
      message: expect.stringContaining('llama.attention.clamp_kqv'),
    })
    const data = () => new Uint8Array(64 * 4)
    const extra = await randomModel({
      architecture: 'llama',
      extraTensors: [{ name: 'blk.0.attn_sub_norm.weight', shape: [64], type: 'F32', data }],
    })
    const more = await new RunningTrainer(jobOf(extra)).event('failed')
    expect(more).toMatchObject({
      code: 'untrainable',
      message: expect.stringContaining('blk.0.attn_sub_norm.weight'),
    })
  })

  it('refuses what takes more memory than it may, with both figures', async () => {
    const { code, message } = await new RunningTrainer(jobOf(model, { memoryMiB: 100 })).event('failed')
    expect(code).toBe('out_of_memory')
    expect(message).toMatch(/takes \d+ MiB at least, and 100 MiB/)
  })

  it('goes on from an earlier adapter, and refuses one of another rank', async () => {
    const { adapter } = await new RunningTrainer(jobOf(model)).event('completed')
    const further = new RunningTrainer(jobOf(model, { adapterPath: adapter.path }))
    await further.event('completed')
    const fresh = new RunningTrainer(jobOf(model))
    await fresh.event('completed')
    const firstLoss = ({ events }: RunningTrainer) => events.find(({ type }) => type === 'progress')
    expect(firstLoss(further)).toMatchObject({ step: 1 })
    const [a, b] = [firstLoss(further), firstLoss(fresh)]
    if (a?.type !== 'progress' || b?.type !== 'progress') throw new Error('Both told of their progress.')
    expect(a.loss).toBeLessThan(b.loss)
    const other = jobOf(model, { adapterPath: adapter.path, wishes: { ...jobOf(model).wishes, rank: 8 } })
    expect(await new RunningTrainer(other).event('failed')).toMatchObject({ code: 'untrainable' })
  })
})
