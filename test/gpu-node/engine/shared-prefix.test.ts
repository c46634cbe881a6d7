import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { MIN_SHARED_TOKENS } from '../../../gpu-node/engine/decode/prefix-cache.ts'
import type { GenerationRequest } from '../../../shared/generation.ts'
import { type Outcome, RunningEngine } from './running-engine.ts'

const SLOTS = 3
const SHARED_TOKENS = MIN_SHARED_TOKENS + 100
/** Ordinary words of the starter model. */
const words = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, index) => 300 + ((index * 37 + seed * 101) % 900))
const promptOf = (seed: number): GenerationRequest['prompt'] => ({
  kind: 'tokens',
  tokens: [...words(SHARED_TOKENS, 0), ...words(12, seed)],
})
const cachedOf = ({ end }: Outcome): number => (end.type === 'call.end' ? end.usage.cachedPromptTokens : -1)

let running: RunningEngine
let temporary = ''
const alone: number[][] = []
const ask = (seed: number) => running.generate({ prompt: promptOf(seed), maxTokens: 24 })

beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'switchyard-test-'))
  vi.stubEnv('TMPDIR', temporary)
  // Each in an engine that has seen nothing else: what the others must equal.
  for (const seed of [1, 2, 3]) {
    running = await RunningEngine.create({ slots: SLOTS, contextTokens: 512 })
    alone.push((await ask(seed).outcome).tokens)
    await running.engine.close()
  }
  running = await RunningEngine.create({ slots: SLOTS, contextTokens: 512 })
})
afterAll(async () => {
  await running.engine.close()
  vi.unstubAllEnvs()
  await rm(temporary, { recursive: true })
})

describe('prompts with a long beginning in common', () => {
  it('have it computed once when they come together, and answer as if each were alone', async () => {
    const outcomes = await Promise.all([1, 2, 3].map((seed) => ask(seed).outcome))
    expect(outcomes.map(cachedOf)).toEqual([0, SHARED_TOKENS, SHARED_TOKENS])
    expect(outcomes.map(({ tokens }) => tokens)).toEqual(alone)
  })

  it('have it from a file when every slot was used for something else', async () => {
    // Asked for again, so that it is known to be shared.
    expect(cachedOf(await ask(4).outcome)).toBe(SHARED_TOKENS)
    const others = Array.from({ length: SLOTS }, (_, index) =>
      running.generate({ prompt: { kind: 'tokens', tokens: words(40, 50 + index) }, maxTokens: 2 }),
    )
    await Promise.all(others.map(({ outcome }) => outcome))
    const outcome = await ask(2).outcome
    expect(cachedOf(outcome)).toBe(SHARED_TOKENS)
    expect(outcome.tokens).toEqual(alone[1])
  })

  it('leave no file behind when the engine is closed', async () => {
    const [folder = ''] = await readdir(temporary)
    expect(await readdir(join(temporary, folder))).toHaveLength(1)
    await running.engine.close()
    expect(await readdir(temporary)).toEqual([])
  })
})
