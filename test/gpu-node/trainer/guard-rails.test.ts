import { existsSync, writeFileSync } from 'node:fs'
import { getLlama, LlamaLogLevel } from 'node-llama-cpp'
import { beforeAll, describe, expect, it } from 'vitest'
import { createVocabulary } from '../../../gpu-node/engine/native/vocabulary.ts'
import type { Vocabulary } from '../../../gpu-node/engine/vocabulary.ts'
import { readCurriculum } from '../../../gpu-node/trainer/lessons.ts'
import type { TrainerEvent } from '../../../gpu-node/trainer/messages.ts'
import { placesOf } from '../../../gpu-node/trainer/samples/lesson.ts'
import { CHECKPOINT_INTERVAL_MS, Session } from '../../../gpu-node/trainer/session.ts'
import { Diverged } from '../../../gpu-node/trainer/training/run.ts'
import { THRIFTS, type Thrift } from '../../../gpu-node/trainer/training/thrift.ts'
import { jobOf } from './trainer-process.ts'
import { ggml, randomModel, scratchFile } from './training-world.ts'

let model: string
let vocabulary: Vocabulary
beforeAll(async () => {
  model = await randomModel({ architecture: 'llama' })
  const llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.error, maxThreads: 1 })
  vocabulary = createVocabulary(await llama.loadModel({ modelPath: model, vocabOnly: true }))
})

const { wishes } = jobOf('')

type Event<Type extends TrainerEvent['type']> = Extract<TrainerEvent, { type: Type }>

/** A job in this process. Each step that is told lasts `stepMs` by its clock. */
function sessionOf(
  over: Parameters<typeof jobOf>[1],
  { rows = 6, stepMs = 1_000, onEvent = (_event: TrainerEvent, _session: Session): void => {} } = {},
) {
  const told: TrainerEvent[] = []
  let now = 0
  const session: Session = new Session({
    ...{ ggml, vocabulary, job: jobOf(model, over, rows), now: () => now },
    tell: (event) => {
      told.push(event)
      if (event.type === 'progress') now += stepMs
      onEvent(event, session)
    },
  })
  const events = <Type extends TrainerEvent['type']>(type: Type): Event<Type>[] =>
    told.filter((event): event is Event<Type> => event.type === type)
  return { session, events }
}

let calm: Promise<string> | undefined
async function calmAdapter(): Promise<string> {
  const { session, events } = sessionOf({ wishes: { ...wishes, learningRate: 1e-2, epochs: 20 } })
  await session.run()
  return events('completed')[0]?.adapter.path ?? ''
}

describe('a run', () => {
  it('is never further from its last checkpoint than ten minutes', async () => {
    const { session, events } = sessionOf({}, { stepMs: CHECKPOINT_INTERVAL_MS / 3 })
    await session.run()
    expect(events('checkpoint').map(({ step }) => step)).toEqual([3, 6, 9])
    const quick = sessionOf({}, { stepMs: CHECKPOINT_INTERVAL_MS / 12 - 1 })
    await quick.session.run()
    expect(quick.events('checkpoint')).toEqual([])
  })

  it('ends when it was better before for as many validations as it has patience, with the best', async () => {
    const { session, events } = sessionOf({
      validationShare: 0.5,
      wishes: { ...wishes, learningRate: 2e-2, epochs: 60, earlyStoppingPatience: 2 },
    })
    await session.run()
    const [started] = events('started')
    const [end] = events('completed')
    const losses = events('validation').map(({ loss }) => loss)
    expect(end?.step).toBeLessThan(started?.totalSteps ?? 0)
    const least = Math.min(...losses)
    expect(losses.length - 1 - losses.indexOf(least)).toBe(2)
    expect(end?.validation?.loss).toBe(least)
    expect(events('validation')[0]).toMatchObject({
      perplexity: Math.exp(losses[0] ?? 0),
      accuracy: expect.any(Number),
    })
  })

  /** Behind what was learned calmly, its rate rises until it is far too high. */
  const rising = async (
    own: { saveSteps?: number; batchSize?: number; epochs?: number },
    { validationShare = 0, ...options }: Parameters<typeof sessionOf>[1] & { validationShare?: number } = {},
  ) => {
    calm ??= calmAdapter()
    const over = { learningRate: 1, warmupSteps: 1_000, epochs: 100, maxSteps: 300, ...own }
    return sessionOf({ adapterPath: await calm, validationShare, wishes: { ...wishes, ...over } }, options)
  }

  it('that explodes goes back once, to its last checkpoint at half the rate, and then fails with step and figures', async () => {
    const { session, events } = await rising({ saveSteps: 20 })
    const failure = await session.run().catch((thrown: unknown) => thrown)
    expect(failure).toBeInstanceOf(Diverged)
    expect(failure).toMatchObject({ message: expect.stringMatching(/of step \d+ is/) })
    const back = events('warning').filter(({ code }) => code === 'rolled_back')
    expect(back).toHaveLength(1)
    const [, step = Number.NaN] = /from step (\d+) with half/.exec(back[0]?.message ?? '') ?? []
    expect(Number(step) % 20).toBe(0)
    const again = events('progress').filter((event) => event.step === Number(step) + 1)
    expect(again).toHaveLength(2)
    expect(again[1]?.learningRate).toBeCloseTo((again[0]?.learningRate ?? Number.NaN) / 2)
  })

  it('that explodes before its first checkpoint begins anew at half the rate', async () => {
    const { session, events } = await rising({})
    await session.run().catch((thrown: unknown) => expect(thrown).toBeInstanceOf(Diverged))
    const back = events('warning').filter(({ code }) => code === 'rolled_back')
    expect(back.map(({ message }) => message)).toEqual([
      expect.stringContaining('from step 0 with half the learning rate'),
    ])
    const first = events('progress').filter(({ step }) => step === 1)
    expect(first).toHaveLength(2)
    expect(first[1]?.loss).toBe(first[0]?.loss)
    expect(first[1]?.learningRate).toBeCloseTo((first[0]?.learningRate ?? Number.NaN) / 2)
  })

  it('that is better at a step than before it had to begin anew keeps the file of that', async () => {
    let validations = 0
    const { session, events } = await rising(
      { batchSize: 1, epochs: 60 },
      {
        validationShare: 0.5,
        onEvent: (event, running) => {
          if (event.type === 'validation' && event.step === 3) validations += 1
          if (validations === 2) running.stop(true)
        },
      },
    )
    await session.run()
    const [first, second] = events('validation').filter(({ step }) => step === 3)
    expect(second?.loss).toBeLessThan(first?.loss ?? Number.NaN)
    const best = events('checkpoint').at(-1)?.best
    expect(best?.validation.loss).toBe(second?.loss)
    expect(existsSync(best?.file.path ?? '')).toBe(true)
  })

  it('goes on with its memory used as before where it may, to the same adapter, and otherwise says so', async () => {
    const [fast, , small] = THRIFTS
    if (fast === undefined || small === undefined) throw new Error('There are several uses of memory.')
    const trained = async (thrift: Thrift, checkpointPath?: string) => {
      const { session, events } = sessionOf({
        reckoned: { thrift, memoryMiB: 1_000 },
        wishes: { ...wishes, saveSteps: 5 },
        ...(checkpointPath !== undefined && { checkpointPath }),
      })
      await session.run()
      const said = events('warning').flatMap(({ code, message }) => (code === 'memory' ? [message] : []))
      const [adapter] = events('completed').map((end) => end.adapter.sha256)
      return { said, adapter, path: events('checkpoint')[0]?.state.path ?? '' }
    }
    const [slow, quick] = [await trained(small), await trained(fast)]
    expect(slow.adapter).not.toBe(quick.adapter)
    const again = await trained(fast, slow.path)
    expect({ said: again.said, adapter: again.adapter }).toEqual({ said: [], adapter: slow.adapter })
    const { said } = await trained(small, quick.path)
    expect(said).toEqual([expect.stringContaining('goes on with less memory than it had')])
  })

  it('that is told to stop ends with its checkpoint, whatever it is told to wait for behind that', async () => {
    const { session, events } = sessionOf({ wishes: { ...wishes, epochs: 60 } })
    const ended = session.run()
    await expect.poll(() => events('progress').length).toBeGreaterThan(0)
    // While a window is computed, or about to be.
    session.stop(true)
    session.hold()
    await ended
    expect(events('stopped')).toHaveLength(1)
    expect(events('checkpoint')).toHaveLength(1)
  })

  it.each([
    [0.1, 3],
    [1, 30],
    [0.01, 1],
    [0, 0],
  ])(
    'that goes on from an earlier one learns a share of that one’s rows besides: %d',
    async (share, count) => {
      const earlier = Array.from({ length: 30 }, (_, row) => ({
        messages: [
          { role: 'user', content: `Before ${row}?` },
          { role: 'assistant', content: 'Yes.' },
        ],
      }))
      const replayPath = scratchFile('jsonl')
      writeFileSync(replayPath, earlier.map((row) => JSON.stringify(row)).join('\n'))
      const curriculum = await readCurriculum(jobOf(model, { replayPath, replayShare: share }), vocabulary)
      const texts = placesOf(curriculum.lessons).map((place) =>
        vocabulary.textOf(curriculum.lessons.at(place)?.sample.tokens ?? []),
      )
      curriculum.close()
      expect(texts.filter((text) => text.includes('What'))).toHaveLength(6)
      expect(new Set(texts.filter((text) => text.includes('Before'))).size).toBe(count)
      expect(texts).toHaveLength(6 + count)
    },
  )

  it('says when there is more to learn than its adapter can hold', async () => {
    const small = { ...wishes, rank: 1, targets: ['attn_k'], maxSteps: 1 }
    const warned = async (rows: number, over: Parameters<typeof jobOf>[1] = {}) => {
      const { session, events } = sessionOf({ wishes: small, ...over }, { rows })
      await session.run()
      return events('warning').flatMap(({ code, message }) => (code === 'capacity' ? [message] : []))
    }
    expect(await warned(2)).toEqual([])
    // Those that it is measured on are not learned.
    expect(await warned(2, { validationPath: jobOf(model, {}, 60).rowsPath })).toEqual([])
    expect(await warned(60)).toEqual([
      expect.stringMatching(/^\d+ tokens are to be learned by \d+ numbers: a higher rank/),
    ])
  })
})
