import { describe, expect, it } from 'vitest'
import { MAX_ADAPTER_SAVED_BYTES } from '../../../../gpu-node/engine/child/adapter-contexts.ts'
import { Generation } from '../../../../gpu-node/engine/decode/generation.ts'
import { Lockstep } from '../../../../gpu-node/engine/decode/lockstep.ts'
import type { Prefix } from '../../../../gpu-node/engine/decode/prefix.ts'
import { MIN_SHARED_TOKENS, PrefixCache } from '../../../../gpu-node/engine/decode/prefix-cache.ts'
import {
  MAX_SAVED_BYTES,
  MAX_SAVED_FILE_BYTES,
  SavedPrefixes,
} from '../../../../gpu-node/engine/decode/saved-prefixes.ts'
import type { Sequence } from '../../../../gpu-node/engine/decode/sequence.ts'
import { Turns } from '../../../../gpu-node/engine/decode/turns.ts'
import type { Usage } from '../../../../shared/generation.ts'
import { GREEDY } from '../../../support/sampling.ts'
import { MemorySequence } from './memory-sequence.ts'

const run = (length: number, from: number): number[] => Array.from({ length }, (_, index) => from + index)
/** A prefix that a caller of no scope computed. */
const of = (tokens: readonly number[]): Prefix => ({ tokens, scope: '', shared: 0 })
const SYSTEM = run(MIN_SHARED_TOKENS + 50, 1_000)

function createWorld(slots: number, canShare = true) {
  const files = new Map<string, number[]>()
  const sequences = Array.from({ length: slots }, () => new MemorySequence(files, canShare))
  const usages = new Map<string, Usage>()
  const lockstep = new Lockstep({
    sequences,
    saved: new SavedPrefixes('/nowhere'),
    turns: new Turns(),
    onStep: () => {},
    onEnd: (callId, _reason, usage) => usages.set(callId, usage),
    onFailure: (_callId, thrown) => {
      throw thrown
    },
  })
  const start = (callId: string, prompt: readonly number[], maxTokens = 2, cache = {}) =>
    lockstep.start(
      new Generation({
        callId,
        prompt,
        maxTokens,
        ...cache,
        request: { sampling: GREEDY, format: 'text', stop: [] },
        textOf: (tokens) => 'x'.repeat(tokens.length),
        isEnd: () => false,
      }),
    )
  const idle = async (count: number) => {
    while (usages.size < count) await new Promise((resolve) => setImmediate(resolve))
  }
  return {
    files,
    sequences,
    usages,
    lockstep,
    start,
    idle,
    /** Runs one call alone. */
    ask: async (callId: string, prompt: readonly number[], cache = {}) => {
      const before = usages.size
      start(callId, prompt, 2, cache)
      await idle(before + 1)
      return usages.get(callId)
    },
    computed: () => sequences.reduce((sum, { computed }) => sum + computed, 0),
  }
}

describe('slot affinity', () => {
  it('lets conversations that take turns each go on in their own slot', async () => {
    const world = createWorld(4)
    const [a, b] = [run(60, 5_000), run(60, 6_000)]
    await world.ask('a1', a)
    await world.ask('b1', b)
    const usageA = await world.ask('a2', [...a, 1, ...run(20, 7_000)])
    const usageB = await world.ask('b2', [...b, 1, ...run(20, 8_000)])
    expect([usageA?.cachedPromptTokens, usageB?.cachedPromptTokens]).toEqual([61, 61])
  })
})

describe('a beginning that prompts share', () => {
  it('is copied from the slot that holds it, which keeps what it has', async () => {
    const world = createWorld(2)
    await world.ask('a', [...SYSTEM, ...run(900, 5_000)])
    const usage = await world.ask('b', [...SYSTEM, ...run(10, 6_000)])
    expect(usage).toMatchObject({ cachedPromptTokens: SYSTEM.length, promptTokens: SYSTEM.length + 10 })
    expect(world.sequences.map(({ copies }) => copies)).toEqual([0, 1])
    expect(world.sequences[0]?.remembered.length).toBeGreaterThan(1_000)
  })

  it('is computed once by calls that come together; the others wait and copy', async () => {
    const world = createWorld(4)
    for (const call of [1, 2, 3, 4]) world.start(`c${call}`, [...SYSTEM, ...run(20, call * 10_000)])
    await world.idle(4)
    const cached = [...world.usages.values()].map(({ cachedPromptTokens }) => cachedPromptTokens)
    expect(cached).toEqual([0, SYSTEM.length, SYSTEM.length, SYSTEM.length])
    expect(world.computed()).toBe(SYSTEM.length + 4 * 20 + 4)
  })

  it('is computed by the next when the call that others wait for is cancelled', async () => {
    const world = createWorld(3)
    for (const call of [1, 2, 3]) world.start(`c${call}`, [...SYSTEM, ...run(20, call * 10_000)])
    world.lockstep.cancel('c1')
    await world.idle(3)
    expect(world.usages.get('c2')?.cachedPromptTokens).toBe(0)
    expect(world.usages.get('c3')?.cachedPromptTokens).toBe(SYSTEM.length)
  })

  it.each([
    [MIN_SHARED_TOKENS - 1, 0],
    [MIN_SHARED_TOKENS, MIN_SHARED_TOKENS],
  ])('of %i tokens is worth a copy of %i', async (length, cached) => {
    const world = createWorld(2)
    await world.ask('a', [...run(length, 1_000), ...run(500, 5_000)])
    const usage = await world.ask('b', [...run(length, 1_000), ...run(10, 6_000)])
    expect(usage?.cachedPromptTokens).toBe(cached)
  })

  it('comes back from a file when no slot holds it any more', async () => {
    const world = createWorld(1)
    await world.ask('a', [...SYSTEM, ...run(10, 5_000)])
    await world.ask('b', [...SYSTEM, ...run(10, 6_000)])
    await world.ask('other', run(30, 20_000))
    expect([...world.files.values()]).toEqual([SYSTEM])
    const usage = await world.ask('c', [...SYSTEM, ...run(10, 7_000)])
    expect(usage?.cachedPromptTokens).toBe(SYSTEM.length)
    expect(world.sequences[0]?.loads).toBe(1)
  })

  it('that only one conversation had is not kept in a file', async () => {
    const world = createWorld(1)
    await world.ask('a', [...SYSTEM, ...run(10, 5_000)])
    await world.ask('other', run(30, 20_000))
    expect(world.files.size).toBe(0)
  })

  it('is left alone in a model whose memory cannot be cut', async () => {
    const world = createWorld(2, false)
    await world.ask('a', [...SYSTEM, ...run(900, 5_000)])
    const usage = await world.ask('b', [...SYSTEM, ...run(10, 6_000)])
    expect(usage?.cachedPromptTokens).toBe(0)
    expect(world.sequences[1]?.copies).toBe(0)
  })
})

describe('SavedPrefixes', () => {
  /** A slot whose memory takes as many bytes as the test says. */
  const bigSequence = (sizeBytes: number): Sequence =>
    Object.assign(new MemorySequence(), { save: () => Promise.resolve(sizeBytes) })

  it('forgets the least recently used beyond its limit', async () => {
    const saved = new SavedPrefixes('/nowhere')
    const sequence = bigSequence(MAX_SAVED_FILE_BYTES)
    const beginnings = Array.from({ length: MAX_SAVED_BYTES / MAX_SAVED_FILE_BYTES }, (_, index) =>
      run(10, 100 * index),
    )
    for (const tokens of beginnings) await saved.save(of(tokens), sequence)
    const isKept = (tokens: readonly number[]) => saved.find(of(tokens))?.length === tokens.length
    expect(beginnings.every(isKept)).toBe(true)
    const [first = [], second = []] = beginnings
    const found = saved.find(of(first))
    if (found) await saved.load(found, sequence)
    await saved.save(of(run(10, 90_000)), sequence)
    expect([first, second, run(10, 90_000)].map(isKept)).toEqual([true, false, true])
  })

  it('keeps less for an adapter', async () => {
    const saved = new SavedPrefixes('/nowhere', MAX_ADAPTER_SAVED_BYTES)
    const kept = () => [100, 200].map((start) => saved.find(of(run(10, start)))?.length)
    await saved.save(of(run(10, 100)), bigSequence(MAX_ADAPTER_SAVED_BYTES / 2))
    await saved.save(of(run(10, 200)), bigSequence(MAX_ADAPTER_SAVED_BYTES / 2))
    expect(kept()).toEqual([10, 10])
    await saved.save(of(run(10, 300)), bigSequence(1))
    expect(kept()).toEqual([0, 10])
  })

  it('writes no file that would hold up the streams', async () => {
    const saved = new SavedPrefixes('/nowhere')
    await saved.save(of(run(10, 100)), bigSequence(MAX_SAVED_FILE_BYTES))
    await saved.save(of(run(11, 200)), bigSequence(1))
    expect(saved.find(of(run(11, 200)))?.length).toBe(0)
  })

  it('goes on without files once one cannot be written', async () => {
    const saved = new SavedPrefixes('/nowhere')
    const failing = Object.assign(new MemorySequence(), { save: () => Promise.reject(new Error('full')) })
    await saved.save(of(run(10, 100)), failing)
    await saved.save(of(run(10, 200)), bigSequence(1))
    expect(saved.find(of(run(10, 200)))).toBeUndefined()
  })
})

describe('PrefixCache', () => {
  it('says what a slot would save and lose', () => {
    const sequence = new MemorySequence()
    sequence.remembered = run(30, 0)
    const cache = new PrefixCache([sequence])
    expect(cache.matchOf(0, of([...run(20, 0), 999]))).toEqual({ matched: 20, lost: 10 })
  })
})

describe('what was computed for one scope', () => {
  const [mine, yours] = [{ scope: 'mine' }, { scope: 'yours' }]

  it.each([1, 2, 4])('serves no other, however many slots there are: %i', async (slots) => {
    const world = createWorld(slots)
    const secret = [...SYSTEM, ...run(60, 5_000)]
    await world.ask('a', secret, mine)
    const before = world.computed()
    const usage = await world.ask('b', secret, yours)
    expect(usage?.cachedPromptTokens).toBe(0)
    expect(world.computed() - before).toBeGreaterThanOrEqual(secret.length)
  })

  it('serves its own again', async () => {
    const world = createWorld(2)
    await world.ask('a', [...SYSTEM, ...run(60, 5_000)], mine)
    await world.ask('b', [...SYSTEM, ...run(60, 5_000)], yours)
    const usage = await world.ask('c', [...SYSTEM, ...run(60, 6_000)], mine)
    expect(usage?.cachedPromptTokens).toBe(SYSTEM.length)
  })

  it('serves others as far as it is no secret, and not a token further', async () => {
    const world = createWorld(2)
    const shared = { sharedTokens: SYSTEM.length }
    await world.ask('a', [...SYSTEM, ...run(60, 5_000)], { ...mine, ...shared })
    const usage = await world.ask('b', [...SYSTEM, ...run(60, 5_000)], { ...yours, ...shared })
    expect(usage?.cachedPromptTokens).toBe(SYSTEM.length)
    const unmarked = await world.ask('c', [...SYSTEM, ...run(60, 5_000)], { scope: 'a third' })
    expect(unmarked?.cachedPromptTokens).toBe(0)
  })

  it('does not come back for another from a file either', async () => {
    const world = createWorld(1)
    for (const [call, from] of [5_000, 6_000].entries())
      await world.ask(`a${call}`, [...SYSTEM, ...run(10, from)], mine)
    await world.ask('other', run(30, 20_000), mine)
    expect(world.files.size).toBe(1)
    const theirs = await world.ask('b', [...SYSTEM, ...run(10, 7_000)], yours)
    expect(theirs?.cachedPromptTokens).toBe(0)
    const own = await world.ask('c', [...SYSTEM, ...run(10, 8_000)], mine)
    expect(own?.cachedPromptTokens).toBe(SYSTEM.length)
  })

  it('is not waited for by another that comes at the same time', async () => {
    const world = createWorld(2)
    world.start('a', [...SYSTEM, ...run(20, 5_000)], 2, mine)
    world.start('b', [...SYSTEM, ...run(20, 5_000)], 2, yours)
    await world.idle(2)
    expect([...world.usages.values()].map(({ cachedPromptTokens }) => cachedPromptTokens)).toEqual([0, 0])
  })
})
