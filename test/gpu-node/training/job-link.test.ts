import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  JobLink,
  MAX_KEPT_REPORTS,
  SAY_AGAIN_MS,
  SignRefused,
  type TrainingEvent,
} from '../../../gpu-node/training/job-link.ts'
import { PROGRESS_INTERVAL_MS, TRAINING_ALIVE_MS, type TrainingReport } from '../../../shared/training.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const warning = (message: string): TrainingReport => ({ kind: 'warning', code: 'c', message })
const stopped: TrainingReport = { kind: 'stopped', step: 3, why: 'told' }
const progress = (step: number): TrainingReport => ({
  kind: 'progress',
  ...{ step, totalSteps: 9, epoch: 0, loss: 1, learningRate: 1, gradientNorm: 1, accuracy: 0 },
  ...{ trainedTokens: 1, tokensPerSecond: null, etaSeconds: null },
})

function createLink(isLinked = true) {
  const sent: TrainingEvent[] = []
  let settled = 0
  const send = (event: TrainingEvent) => void sent.push(event)
  const link = new JobLink({ jobId: 'j', attempt: 2 }, isLinked ? send : undefined, () => (settled += 1))
  const told = () =>
    sent.flatMap((event) => (event.type === 'train.report' ? [`${event.seq} ${event.report.kind}`] : []))
  return { link, sent, send, told, settled: () => settled }
}

describe('the reports of an attempt', () => {
  it('are numbered from 1, and name the job and the attempt', () => {
    const { link, sent } = createLink()
    link.tell(warning('a'))
    link.tell(stopped)
    expect(sent).toEqual([
      { type: 'train.report', jobId: 'j', attempt: 2, seq: 1, report: warning('a') },
      { type: 'train.report', jobId: 'j', attempt: 2, seq: 2, report: stopped },
    ])
  })

  it('end with the last one, and are settled when that is acknowledged', () => {
    const { link, told, settled } = createLink()
    link.tell(stopped)
    link.tell(warning('late'))
    expect(told()).toEqual(['1 stopped'])
    expect(settled()).toBe(0)
    link.acknowledge(1)
    expect(settled()).toBe(1)
  })

  it('tell of progress at most twice a second, and always of the last one', () => {
    const { link, told, sent } = createLink()
    for (const step of [1, 2, 3]) link.tell(progress(step))
    expect(told()).toEqual(['1 progress'])
    vi.advanceTimersByTime(PROGRESS_INTERVAL_MS)
    expect(sent.at(-1)).toMatchObject({ seq: 2, report: { step: 3 } })
    link.tell(progress(4))
    link.tell(stopped)
    expect(told()).toEqual(['1 progress', '2 progress', '3 progress', '4 stopped'])
  })

  it('are never further apart than the lease wants, until the last', () => {
    const { link, told } = createLink()
    vi.advanceTimersByTime(TRAINING_ALIVE_MS)
    expect(told()).toEqual(['1 alive'])
    link.tell(stopped)
    link.acknowledge(2)
    vi.advanceTimersByTime(10 * TRAINING_ALIVE_MS)
    expect(told()).toEqual(['1 alive', '2 stopped'])
  })

  it('are said again on the next link, those that are not known, when the edge says that the job goes on', () => {
    const { link, told, send } = createLink()
    for (const text of ['a', 'b', 'c']) link.tell(warning(text))
    link.acknowledge(1)
    link.mute()
    link.tell(progress(1))
    link.tell(stopped)
    expect(told()).toEqual(['1 warning', '2 warning', '3 warning'])
    link.goOn(send, 2)
    expect(told().slice(3)).toEqual(['3 warning', '5 stopped'])
  })

  it('are said again after a while on the same link, when nobody has written them down', () => {
    const { link, told } = createLink()
    link.tell(stopped)
    vi.advanceTimersByTime(SAY_AGAIN_MS * 2 - 1)
    expect(told()).toEqual(['1 stopped', '1 stopped'])
    link.acknowledge(1)
    vi.advanceTimersByTime(SAY_AGAIN_MS * 5)
    expect(told()).toHaveLength(2)
  })

  it(`are kept up to ${MAX_KEPT_REPORTS}; beyond that the oldest that matters least is forgotten`, () => {
    const { link, told, send } = createLink(false)
    const checkpointless: TrainingReport = { kind: 'stopped', step: 1, why: 'memory' }
    for (let count = 0; count < MAX_KEPT_REPORTS; count += 1) link.tell(warning(`${count}`))
    link.tell(checkpointless)
    link.goOn(send, 0)
    expect(told()).toHaveLength(MAX_KEPT_REPORTS)
    expect([told()[0], told().at(-1)]).toEqual(['2 warning', `${MAX_KEPT_REPORTS + 1} stopped`])
  })
})

describe('addresses for parts', () => {
  const wish = { method: 'GET', file: 'train', parts: [0, 1] } as const
  const ask = (link: JobLink) => link.sign({ ...wish, parts: [...wish.parts] })

  it('are asked for, and come with the answer', async () => {
    const { link, sent } = createLink()
    const asked = ask(link)
    expect(sent).toMatchObject([{ type: 'train.sign', jobId: 'j', attempt: 2, requestId: '1', wish }])
    link.signed('1', ['a', 'b'])
    expect(await asked).toEqual(['a', 'b'])
  })

  it('are refused with the sentence of the edge, and where they are not as many as were asked for', async () => {
    const { link } = createLink()
    const first = ask(link)
    link.signed('1', [], 'There is no room.')
    await expect(first).rejects.toThrow(new SignRefused('There is no room.'))
    const second = ask(link)
    link.signed('2', ['a'])
    await expect(second).rejects.toThrow(SignRefused)
  })

  it('are asked for again on the next link, and after a while', async () => {
    const { link, sent, send } = createLink()
    const asked = ask(link)
    link.mute()
    link.goOn(send, 0)
    expect(sent).toHaveLength(2)
    vi.advanceTimersByTime(SAY_AGAIN_MS)
    expect(sent.filter(({ type }) => type === 'train.sign')).toHaveLength(3)
    link.signed('1', ['a', 'b'])
    expect(await asked).toEqual(['a', 'b'])
  })

  it('are no longer waited for when the job is over', async () => {
    const { link } = createLink()
    const asked = ask(link)
    link.close()
    await expect(asked).rejects.toThrow(SignRefused)
  })
})
