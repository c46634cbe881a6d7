import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { MIN_SHARED_TOKENS } from '../../../gpu-node/engine/decode/prefix-cache.ts'
import type { EngineEvent } from '../../../gpu-node/engine/engine.ts'
import { MAX_ADAPTER_CONTEXTS } from '../../../gpu-node/engine/residency/residency.ts'
import { ModelFiles } from '../../../gpu-node/model-files/model-files.ts'
import type { GenerationRequest } from '../../../shared/generation.ts'
import { createLogger } from '../../../shared/log.ts'
import { writeLora } from './lora.ts'
import { type Call, type Outcome, RunningEngine } from './running-engine.ts'

const BASE = 'starter'
const NONE = 'starter:none'
const ONE = 'starter:one'
const TWO = 'starter:two'
const MODELS = [BASE, NONE, ONE, TWO]
const QUESTIONS = ['Hello!', 'Who are you?', 'What is the capital of France?', 'What is 2+2?']

let folder = ''
let running: RunningEngine | undefined
const pathOf = (suffix: string) => join(folder, `${suffix}.gguf`)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-adapters-'))
  await writeLora(pathOf('none'))
  await writeLora(pathOf('one'), { seed: 1, strength: 10 })
  await writeLora(pathOf('two'), { seed: 2, strength: 10 })
})
afterEach(() => running?.engine.close())
afterAll(() => rm(folder, { recursive: true }))

async function start(suffixes = ['none', 'one', 'two'], slots = 4): Promise<RunningEngine> {
  const adapters = suffixes.map((suffix) => ({ suffix, path: pathOf(suffix) }))
  running = await RunningEngine.create({ slots, contextTokens: 512, adapters })
  return running
}

const ask = (
  engine: RunningEngine,
  model: string,
  content: string,
  over: Partial<GenerationRequest> = {},
): Call => engine.chat(content, { model, maxTokens: 24, ...over })
const cachedOf = ({ end }: Outcome): number => (end.type === 'call.end' ? end.usage.cachedPromptTokens : -1)
const residencesOf = (engine: RunningEngine) =>
  (engine.engine.models[0]?.adapters ?? []).map(
    ({ suffix, residence = 'loaded' }) => `${suffix}:${residence}`,
  )

/** The answers of each model to each question, from an engine that has seen nothing else. */
async function answersAlone(): Promise<Map<string, string[]>> {
  const answers = new Map<string, string[]>()
  for (const model of MODELS) {
    const engine = await start()
    const texts: string[] = []
    for (const question of QUESTIONS) texts.push((await ask(engine, model, question).outcome).text)
    answers.set(model, texts)
    await engine.engine.close()
  }
  return answers
}

describe('a model with adapters', { timeout: 60_000 }, () => {
  it('answers as each adapter alone would, in whatever order and however many at once', async () => {
    const alone = await answersAlone()
    expect(alone.get(NONE)).toEqual(alone.get(BASE))
    expect(alone.get(ONE)).not.toEqual(alone.get(BASE))
    expect(alone.get(TWO)).not.toEqual(alone.get(BASE))
    expect(alone.get(TWO)).not.toEqual(alone.get(ONE))
    const engine = await start()
    for (const [index, question] of QUESTIONS.entries()) {
      for (const model of [BASE, ONE, BASE, NONE, TWO, ONE, BASE]) {
        const { text } = await ask(engine, model, question).outcome
        expect([model, text]).toEqual([model, alone.get(model)?.[index]])
      }
    }
    const calls = MODELS.flatMap((model) =>
      QUESTIONS.map((question, index) => ({ model, index, ...ask(engine, model, question) })),
    )
    for (const { model, index, outcome } of calls) {
      expect([model, (await outcome).text]).toEqual([model, alone.get(model)?.[index]])
    }
  })

  it('loads an adapter when it is asked for, and tells so', async () => {
    const engine = await start()
    expect(residencesOf(engine)).toEqual(['none:disk', 'one:disk', 'two:disk'])
    await ask(engine, TWO, 'Hello!').outcome
    expect(residencesOf(engine)).toEqual(['none:disk', 'one:disk', 'two:loaded'])
    const told = engine.events.flatMap((event) =>
      event.type === 'holdings' ? [event.models[0]?.adapters?.[2]?.residence ?? 'loaded'] : [],
    )
    expect(told).toEqual(['loading', 'loaded'])
    expect(engine.engine.pids).toHaveLength(1)
  })

  it('holds an adapter’s answers to a schema, and resumes and cancels them, as its own', async () => {
    const engine = await start()
    const schema = {
      type: 'object',
      properties: { ok: { type: 'boolean' } },
      required: ['ok'],
      additionalProperties: false,
    }
    const { text } = await ask(engine, ONE, 'Hello!', { format: { schema } }).outcome
    expect(JSON.parse(text)).toEqual({ ok: expect.any(Boolean) })
    const whole = await ask(engine, ONE, 'Who are you?').outcome
    const resume = whole.tokens.slice(0, 5)
    const rest = await ask(engine, ONE, 'Who are you?', { resume }).outcome
    expect([...resume, ...rest.tokens]).toEqual(whole.tokens)
    const call = ask(engine, ONE, 'Hello!', { maxTokens: 400, logitBias: [[2, -100]] })
    await call.started
    call.cancel()
    expect((await call.outcome).end).toMatchObject({ finishReason: 'cancelled' })
  })
})

describe('what was computed with one adapter', { timeout: 60_000 }, () => {
  const words = (count: number, seed: number): number[] =>
    Array.from({ length: count }, (_, index) => 300 + ((index * 37 + seed * 101) % 900))
  const shared = words(MIN_SHARED_TOKENS + 50, 0)
  const promptOf = (seed: number): GenerationRequest['prompt'] => ({
    kind: 'tokens',
    tokens: [...shared, ...words(8, seed)],
  })
  const complete = (engine: RunningEngine, model: string, seed: number) =>
    engine.generate({ prompt: promptOf(seed), model, maxTokens: 12 }).outcome

  it('is not used for another, neither from a slot nor from a file', async () => {
    const alone = await complete(await start(), ONE, 1)
    await running?.engine.close()
    const engine = await start(['one'], 2)
    // Two calls make the beginning a shared one, and others then push it out of both slots into a file.
    for (const seed of [2, 3]) await complete(engine, BASE, seed)
    for (const seed of [50, 51]) {
      const prompt = { kind: 'tokens' as const, tokens: words(40, seed) }
      await engine.generate({ prompt, maxTokens: 2 }).outcome
      await engine.generate({ prompt, maxTokens: 2, model: ONE }).outcome
    }
    expect(cachedOf(await complete(engine, BASE, 4))).toBe(shared.length)
    const first = await complete(engine, ONE, 1)
    expect(cachedOf(first)).toBe(0)
    expect(first.tokens).toEqual(alone.tokens)
    expect(cachedOf(await complete(engine, ONE, 5))).toBe(shared.length)
    expect(cachedOf(await complete(engine, BASE, 6))).toBe(shared.length)
  })
})

describe('more adapters than contexts', { timeout: 60_000 }, () => {
  it('take each other’s place; those of one file do not take it from each other', async () => {
    const suffixes = Array.from({ length: MAX_ADAPTER_CONTEXTS + 1 }, (_, index) => `v${index}`)
    const adapters = suffixes.map((suffix) => ({ suffix, path: pathOf('one') }))
    running = await RunningEngine.create({ slots: 1, contextTokens: 128, adapters })
    const texts = []
    for (const suffix of [...suffixes, 'v8', 'v0', 'v5']) {
      texts.push((await ask(running, `starter:${suffix}`, 'Hello!').outcome).text)
    }
    expect(new Set(texts).size).toBe(1)
    expect(residencesOf(running).filter((text) => text.endsWith(':loaded'))).toHaveLength(
      MAX_ADAPTER_CONTEXTS,
    )
    expect(residencesOf(running)).toContain('v1:disk')
    expect((await ask(running, BASE, 'Hello!').outcome).text).not.toBe(texts[0])
  })
})

describe('when something goes wrong with an adapter', { timeout: 60_000 }, () => {
  const failures = (engine: RunningEngine) =>
    engine.events.filter((event: EngineEvent) => event.type === 'call.error').length

  it('whose file changed, it is refused and its model goes on', async () => {
    const path = pathOf('changing')
    await writeLora(path, { seed: 5, strength: 10 })
    const files = new ModelFiles(
      folder,
      createLogger(() => {}),
    )
    running = await RunningEngine.create(
      { slots: 1, adapters: [{ suffix: 'changing', path }] },
      { verify: (file, signal) => files.check({ path: file.path }, signal) },
    )
    await writeLora(path, { seed: 6, strength: 10 })
    const { end } = await ask(running, 'starter:changing', 'Hello!').outcome
    expect(end).toMatchObject({ type: 'call.error', code: 'node_failed' })
    expect((await ask(running, BASE, 'Hello!').outcome).end).toMatchObject({ type: 'call.end' })
  })

  it('whose file is gone, its calls fail and its model goes on', async () => {
    const path = pathOf('gone')
    await writeLora(path)
    const engine = await start(['gone'])
    await rm(path)
    const { end } = await ask(engine, 'starter:gone', 'Hello!').outcome
    expect(end).toMatchObject({ type: 'call.error', code: 'node_failed' })
    expect((await ask(engine, BASE, 'Hello!').outcome).end).toMatchObject({ type: 'call.end' })
  })

  it('such as the end of its process, it comes back with it', async () => {
    const engine = await start(['one'])
    const { text } = await ask(engine, ONE, 'Hello!').outcome
    const call = ask(engine, ONE, 'Hello!', { maxTokens: 400, logitBias: [[2, -100]] })
    await call.started
    const isBack = engine.next(
      (event): event is Extract<EngineEvent, { type: 'holdings' }> =>
        event.type === 'holdings' && event.models.length > 0,
    )
    for (const pid of engine.engine.pids) process.kill(pid, 'SIGKILL')
    expect((await call.outcome).end).toMatchObject({ type: 'call.error', code: 'node_failed' })
    expect((await isBack).models[0]?.adapters).toMatchObject([{ residence: 'disk' }])
    expect((await ask(engine, ONE, 'Hello!').outcome).text).toBe(text)
    expect(failures(engine)).toBe(1)
  })
})
