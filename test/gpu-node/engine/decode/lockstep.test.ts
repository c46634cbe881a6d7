import { describe, expect, it } from 'vitest'
import { Generation } from '../../../../gpu-node/engine/decode/generation.ts'
import {
  Lockstep,
  type LockstepOptions,
  PREFILL_TOKENS_BESIDE_STREAMS,
} from '../../../../gpu-node/engine/decode/lockstep.ts'
import {
  FIRST_PREFILL_TOKENS,
  PREFILL_GROWTH,
  PREFILL_TOKENS,
} from '../../../../gpu-node/engine/decode/prefill-pace.ts'
import type { Decoder, Sequence } from '../../../../gpu-node/engine/decode/sequence.ts'
import { Turns } from '../../../../gpu-node/engine/decode/turns.ts'
import type { FinishReason, Usage } from '../../../../shared/generation.ts'
import { GREEDY } from '../../../support/sampling.ts'

const END = 0

/** A model that writes down in which order its slots are used, and answers with the number of the slot. */
class Recorder {
  /** For each step, `slot:tokens` of the prompt or `slot` of an answer. */
  readonly steps: string[][] = []
  readonly cleared: number[] = []
  cached = 0
  failing: number | undefined
  #open: string[] = []

  sequence(slot: number): Sequence {
    const part = async <T>(entry: string, value: T): Promise<T> => {
      if (this.#open.length === 0) {
        const step: string[] = []
        this.#open = step
        this.steps.push(step)
      }
      this.#open.push(entry)
      const step = this.#open
      await Promise.resolve()
      if (this.#open === step) this.#open = []
      if (this.failing === slot) throw new Error('decode failed')
      return value
    }
    const decode = (tokens: readonly number[]): Decoder => {
      let [isFirst, isOpen] = [true, false]
      return {
        next: async () => {
          const entry = isFirst ? `${slot}:${tokens.length}` : `${slot}`
          isFirst = false
          isOpen = true
          const token = await part(entry, slot + 1)
          isOpen = false
          return [token]
        },
        end: () => {
          if (isOpen && this.failing === undefined) throw new Error('ended in the middle of a step')
        },
      }
    }
    return {
      remembered: [],
      canShare: false,
      copy: async () => {},
      save: async () => 0,
      load: async () => {},
      reuse: async (tokens) => Math.min(this.cached, tokens.length - 1),
      prefill: (tokens) => part(`${slot}:${tokens.length}`, undefined),
      decode: ({ tokens }) => decode(tokens),
      clear: async () => void this.cleared.push(slot),
    }
  }
}

interface Ended {
  finishReason: FinishReason
  usage: Usage
}

function createWorld(slots: number, options: Pick<LockstepOptions, 'hasOtherStreams'> = {}) {
  const recorder = new Recorder()
  const ended = new Map<string, Ended>()
  const failed = new Map<string, unknown>()
  const steps: string[][] = []
  const lockstep = new Lockstep({
    sequences: Array.from({ length: slots }, (_, slot) => recorder.sequence(slot)),
    turns: new Turns(),
    onStep: (deltas) => {
      steps.push(deltas.map(([callId]) => callId))
      onStep.get(steps.length)?.()
    },
    onEnd: (callId, finishReason, usage) => ended.set(callId, { finishReason, usage }),
    onFailure: (callId, thrown) => failed.set(callId, thrown),
    ...options,
  })
  const onStep = new Map<number, () => void>()
  return {
    recorder,
    ended,
    failed,
    steps,
    lockstep,
    start: (callId: string, { promptTokens = 1, maxTokens = 1, stop = [] as string[] } = {}) =>
      lockstep.start(
        new Generation({
          callId,
          prompt: Array.from({ length: promptTokens }, () => 7),
          maxTokens,
          request: { sampling: GREEDY, format: 'text', stop },
          textOf: (tokens) => 'x'.repeat(tokens.length),
          isEnd: (token) => token === END,
        }),
      ),
    /** Runs `work` when so many steps with text were told. */
    atStep: (count: number, work: () => void) => onStep.set(count, work),
    /** Resolves when nothing runs or waits any more. */
    idle: async (count: number) => {
      while (ended.size + failed.size < count) await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

/** Lets a world find out that its model is fast. */
async function grow({ start, idle }: ReturnType<typeof createWorld>): Promise<void> {
  start('grow', { promptTokens: 2 * PREFILL_TOKENS })
  await idle(1)
}

describe('Lockstep', () => {
  it('asks all streams in one step, in the order of their slots, and tells them together', async () => {
    const world = createWorld(3)
    for (const callId of ['a', 'b', 'c']) world.start(callId, { maxTokens: 3 })
    await world.idle(3)
    expect(world.recorder.steps).toEqual([
      ['0:1', '1:1', '2:1'],
      ['0', '1', '2'],
      ['0', '1', '2'],
    ])
    expect(world.steps).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ])
  })

  it('gives the lowest free slot to the call that has waited longest', async () => {
    const world = createWorld(2)
    world.start('a', { maxTokens: 1 })
    world.start('b', { maxTokens: 3 })
    world.start('c', { maxTokens: 1, promptTokens: 2 })
    await world.idle(3)
    expect(world.recorder.steps).toEqual([['0:1', '1:1'], ['0:2', '1'], ['1']])
  })

  it('computes the first long prompt in pieces that grow while steps are short, and the next in full ones', async () => {
    const world = createWorld(1)
    const second = FIRST_PREFILL_TOKENS * PREFILL_GROWTH
    world.start('first', { promptTokens: FIRST_PREFILL_TOKENS + second + 1 })
    world.start('next', { promptTokens: PREFILL_TOKENS + 1 })
    await world.idle(2)
    expect(world.recorder.steps).toEqual([
      [`0:${FIRST_PREFILL_TOKENS}`],
      [`0:${second}`],
      ['0:1'],
      [`0:${PREFILL_TOKENS}`],
      ['0:1'],
    ])
  })

  it('computes smaller pieces beside running streams: whole tiles, and the one token that is computed with theirs', async () => {
    const world = createWorld(2)
    await grow(world)
    const grown = world.recorder.steps.length
    world.atStep(2, () => world.start('beside', { promptTokens: PREFILL_TOKENS_BESIDE_STREAMS + 3 }))
    world.start('stream', { maxTokens: 4 })
    await world.idle(3)
    expect(world.recorder.steps.slice(grown)).toEqual([
      ['1:1'],
      ['1'],
      [`0:${PREFILL_TOKENS_BESIDE_STREAMS + 1}`, '1'],
      ['0:2', '1'],
    ])
  })

  it('computes smaller pieces beside streams of another context of its model', async () => {
    const world = createWorld(1, { hasOtherStreams: () => true })
    await grow(world)
    const grown = world.recorder.steps.length
    world.start('beside', { promptTokens: PREFILL_TOKENS_BESIDE_STREAMS + 3 })
    await world.idle(2)
    expect(world.recorder.steps.slice(grown)).toEqual([[`0:${PREFILL_TOKENS_BESIDE_STREAMS}`], ['0:3']])
  })

  it('gives what a step may compute of prompts to the oldest first when they are long', async () => {
    const world = createWorld(3)
    await grow(world)
    const grown = world.recorder.steps.length
    for (const callId of ['a', 'b', 'c']) world.start(callId, { promptTokens: PREFILL_TOKENS - 100 })
    await world.idle(4)
    const [step = []] = world.recorder.steps.slice(grown)
    expect(step.map((part) => part.split(':')[1])).toEqual([`${PREFILL_TOKENS - 100}`, '100'])
  })

  it('computes short prompts side by side in equal pieces', async () => {
    const world = createWorld(4)
    const promptTokens = FIRST_PREFILL_TOKENS / 2
    for (const callId of ['a', 'b', 'c', 'd']) world.start(callId, { promptTokens })
    await world.idle(4)
    const piece = FIRST_PREFILL_TOKENS / 4
    expect(world.recorder.steps).toEqual([
      [0, 1, 2, 3].map((slot) => `${slot}:${piece}`),
      [0, 1, 2, 3].map((slot) => `${slot}:${piece}`),
    ])
  })

  it('computes only what a slot does not remember, and says so', async () => {
    const world = createWorld(1)
    world.recorder.cached = 6
    world.start('a', { promptTokens: 10 })
    await world.idle(1)
    expect(world.recorder.steps).toEqual([['0:4']])
    expect(world.ended.get('a')).toEqual({
      finishReason: 'length',
      usage: { promptTokens: 10, cachedPromptTokens: 6, completionTokens: 1 },
    })
  })

  it('stops a cancelled prompt between its pieces, and counts the part that was computed', async () => {
    const world = createWorld(2)
    world.start('stream', { maxTokens: 4 })
    world.start('long', { promptTokens: 10 * PREFILL_TOKENS })
    world.atStep(2, () => world.lockstep.cancel('long'))
    await world.idle(2)
    const usage = world.ended.get('long')?.usage
    expect(world.ended.get('long')?.finishReason).toBe('cancelled')
    expect(usage?.completionTokens).toBe(0)
    expect(usage?.promptTokens).toBeLessThan(3 * PREFILL_TOKENS)
  })

  it('ends a cancelled stream after the step that is under way, and counts its token', async () => {
    const world = createWorld(1)
    world.start('a', { maxTokens: 100 })
    world.atStep(3, () => world.lockstep.cancel('a'))
    await world.idle(1)
    expect(world.ended.get('a')).toMatchObject({ finishReason: 'cancelled', usage: { completionTokens: 4 } })
    expect(world.recorder.steps).toHaveLength(4)
    expect(world.steps).toHaveLength(3)
  })

  it('sends the text of a step while the next one is computed', async () => {
    const world = createWorld(1)
    const stepsAtText: number[] = []
    for (const count of [1, 2, 3]) world.atStep(count, () => stepsAtText.push(world.recorder.steps.length))
    world.start('a', { maxTokens: 3 })
    await world.idle(1)
    expect(stepsAtText).toEqual([2, 3, 3])
  })

  it('sends the text of a step while the next one is computed, where others wait for a slot', async () => {
    const world = createWorld(1)
    const stepsAtText: number[] = []
    for (const count of [1, 2, 3]) world.atStep(count, () => stepsAtText.push(world.recorder.steps.length))
    world.start('a', { maxTokens: 3 })
    world.start('b')
    await world.idle(2)
    expect(stepsAtText).toEqual([2, 3, 3])
  })

  it('sends the text of a step before anything else is done, where somebody waits who can begin', async () => {
    const world = createWorld(2)
    const stepsAtText: number[] = []
    world.atStep(1, () => world.start('b', { maxTokens: 2 }))
    for (const count of [2, 3, 4]) world.atStep(count, () => stepsAtText.push(world.recorder.steps.length))
    world.start('a', { maxTokens: 4 })
    await world.idle(2)
    // The first text came during the second step; `b` takes part in the third.
    expect(stepsAtText).toEqual([2, 4, 4])
    expect(world.recorder.steps[2]).toEqual(['0', '1:1'])
  })

  it('gives a slot to the next as soon as a stop string ends an answer', async () => {
    const world = createWorld(1)
    world.start('a', { maxTokens: 100, stop: ['xx'] })
    world.start('b')
    await world.idle(2)
    // One step is computed for nothing, while it shows that the answer is over.
    expect(world.recorder.steps).toEqual([['0:1'], ['0'], ['0'], ['0:1']])
  })

  it('ends an answer at its stop string, and drops the token that was computed meanwhile', async () => {
    const world = createWorld(2)
    world.start('a', { maxTokens: 100, stop: ['xxx'] })
    world.start('b', { maxTokens: 5 })
    await world.idle(2)
    expect(world.ended.get('a')).toMatchObject({ finishReason: 'stop', usage: { completionTokens: 3 } })
    expect(world.ended.get('b')).toMatchObject({ finishReason: 'length', usage: { completionTokens: 5 } })
    expect(world.recorder.steps.slice(-2)).toEqual([['0', '1'], ['1']])
    expect(world.failed.size).toBe(0)
  })

  it('ends a waiting call that is cancelled without a step', async () => {
    const world = createWorld(1)
    world.start('a')
    world.start('b')
    world.lockstep.cancel('b')
    expect(world.ended.get('b')?.usage.promptTokens).toBe(0)
    await world.idle(2)
    expect(world.recorder.steps).toHaveLength(1)
  })

  it('fails only the call whose step failed, and makes its slot forget', async () => {
    const world = createWorld(2)
    world.recorder.failing = 0
    world.start('a', { maxTokens: 2 })
    world.start('b', { maxTokens: 2 })
    await world.idle(2)
    expect(world.failed.get('a')).toEqual(new Error('decode failed'))
    expect(world.ended.get('b')).toMatchObject({ finishReason: 'length' })
    expect(world.recorder.cleared).toEqual([0])
  })

  it('cancels everything when it is closed', async () => {
    const world = createWorld(1)
    world.start('a', { maxTokens: 1_000_000 })
    world.start('b')
    await world.lockstep.close()
    expect([...world.ended.values()].map(({ finishReason }) => finishReason)).toEqual([
      'cancelled',
      'cancelled',
    ])
  })
})

describe('Turns', () => {
  it('runs one piece of work at a time, in order, also after a failure', async () => {
    const turns = new Turns()
    const order: string[] = []
    const work = (name: string) => async () => {
      order.push(`${name} begins`)
      await Promise.resolve()
      order.push(`${name} ends`)
    }
    const failure = turns.run(() => Promise.reject(new Error('no')))
    const others = [turns.run(work('a')), turns.run(work('b'))]
    await expect(failure).rejects.toThrow('no')
    await Promise.all(others)
    expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
  })
})
