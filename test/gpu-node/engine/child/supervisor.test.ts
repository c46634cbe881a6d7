import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { LOAD_LIMIT_MS, Supervisor } from '../../../../gpu-node/engine/child/supervisor.ts'
import type { EngineEvent } from '../../../../gpu-node/engine/engine.ts'
import { createLlamaEngine } from '../../../../gpu-node/engine/llama.ts'
import { createLogger } from '../../../../shared/log.ts'
import { isAlive } from '../../../support/is-alive.ts'
import { GREEDY } from '../../../support/sampling.ts'
import { RunningEngine, STARTER } from '../running-engine.ts'

type Holdings = Extract<EngineEvent, { type: 'holdings' }>
const holds =
  (count: number) =>
  (event: EngineEvent): event is Holdings =>
    event.type === 'holdings' && event.models.length === count

const endless = (running: RunningEngine) =>
  running.chat('Tell me a story.', {
    format: 'json_object',
    sampling: { ...GREEDY, temperature: 2, seed: 5 },
  })

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-engine-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('a model that is not loaded in time', () => {
  afterEach(() => vi.useRealTimers())

  it('is given up at the limit, and not before', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const supervisor = new Supervisor({
      load: { type: 'load', model: { id: 'starter', path: STARTER }, threads: 1, gpu: false },
      log: createLogger(() => {}),
      onEvent: () => {},
      onChange: () => {},
    })
    const started = supervisor.start()
    const outcome = vi.fn()
    started.catch(outcome)
    await expect.poll(() => supervisor.pid).toBeDefined()
    // It says nothing more: each of its words is a sign of life.
    process.kill(supervisor.pid ?? 0, 'SIGSTOP')
    await vi.advanceTimersByTimeAsync(LOAD_LIMIT_MS - 1)
    expect(outcome).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    await expect(started).rejects.toThrow('It was not loaded in time.')
  })
})

describe('a supervised model', () => {
  it('fails its calls at once when its process dies, and is served again by another', async () => {
    const running = await RunningEngine.create({ slots: 2 })
    const [pid = 0] = running.engine.pids
    const calls = [endless(running), endless(running), endless(running)]
    await calls[0]?.started
    const gone = running.next(holds(0))
    const back = running.next(holds(1))
    process.kill(pid, 'SIGKILL')
    const ends = await Promise.all(calls.map(async ({ outcome }) => outcome))
    for (const { end } of ends) expect(end).toMatchObject({ type: 'call.error', code: 'node_failed' })
    // The first had run well until then; the last had not begun.
    const suspected = ends.map(({ end }) => end.type === 'call.error' && end.endedEngine === true)
    expect([suspected[0], suspected[2]]).toEqual([false, true])
    await gone
    expect(running.engine.models).toEqual([])
    expect((await running.chat('Hello!').outcome).end).toMatchObject({
      type: 'call.error',
      code: 'no_capacity',
    })
    await back
    expect(running.engine.pids).not.toContain(pid)
    expect((await running.chat('Hello!').outcome).text).toBe('Hello! How can I help you?')
    await running.engine.close()
  })

  it('ends its calls as cancelled, and its process, when the engine is closed', async () => {
    const running = await RunningEngine.create({ slots: 2 })
    const [pid = 0] = running.engine.pids
    const calls = [endless(running), endless(running), running.chat('Hello!'), running.embed(['a'])]
    await calls[0]?.started
    await running.engine.close()
    for (const call of calls) {
      expect((await call.outcome).end).toMatchObject({ type: 'call.end' })
    }
    expect(isAlive(pid)).toBe(false)
  })

  it('tells the gauge of its node', async () => {
    const running = await RunningEngine.create({ slots: 1 })
    const event = await running.next((candidate) => candidate.type === 'gauge')
    expect(event).toMatchObject({ gauge: { vramUsedMiB: null, vramTotalMiB: null, tokensPerSecond: 0 } })
    await running.engine.close()
  })
})

describe('createLlamaEngine', () => {
  const create = (models: { id: string; path: string }[]) =>
    createLlamaEngine({ models, threads: 1, gpu: false, log: createLogger(() => {}) }, () => {})

  it('refuses a file that is no model, and leaves no process', async () => {
    const path = join(folder, 'broken.gguf')
    await writeFile(path, `GGUF${'\u0000'.repeat(500)}`)
    await expect(create([{ id: 'broken', path }])).rejects.toThrow(
      /^The model "broken" could not be loaded: /u,
    )
  })

  it('refuses two models with one id', async () => {
    const model = { id: 'starter', path: STARTER }
    await expect(create([model, model])).rejects.toThrow('Two models have the id "starter".')
  })
})
