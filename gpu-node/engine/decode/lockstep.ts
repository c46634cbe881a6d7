import { setImmediate } from 'node:timers/promises'
import type { FinishReason, Usage } from '../../../shared/generation.ts'
import type { StepDelta } from '../../../shared/wire.ts'
import type { Generation, StepResult } from './generation.ts'
import { nextToRun } from './next-to-run.ts'
import { PREFILL_TOKENS, PrefillPace } from './prefill-pace.ts'
import { prefillShares } from './prefill-shares.ts'
import { PrefixCache } from './prefix-cache.ts'
import type { SavedPrefixes } from './saved-prefixes.ts'
import type { Sequence } from './sequence.ts'
import { Slots } from './slots.ts'
import type { Turns } from './turns.ts'

/** Prompt tokens of a step while streams are running, at most: a long prompt is to add little to their time between tokens. */
export const PREFILL_TOKENS_BESIDE_STREAMS = 256

/** Generations that may wait for a slot. The edge admits calls; this only keeps a wrong edge from filling memory. */
export const MAX_WAITING_GENERATIONS = 64

export interface LockstepEvents {
  /** The new text of every stream, once a step. */
  onStep(deltas: StepDelta[]): void
  onEnd(callId: string, finishReason: FinishReason, usage: Usage): void
  onFailure(callId: string, thrown: unknown): void
}

export interface LockstepOptions extends LockstepEvents {
  sequences: readonly Sequence[]
  turns: Turns
  /** Where shared beginnings of prompts survive the slots that held them. */
  saved?: SavedPrefixes | undefined
  /** Whether streams elsewhere wait for the turns of this one. */
  hasOtherStreams?: (() => boolean) | undefined
}

interface Running {
  slot: number
  /** Counts up with every admitted call. */
  order: number
  sequence: Sequence
  generation: Generation
  /** Whether its slot holds what was there of its prompt. Before that it may wait for a call that computes the same. */
  hasBegun: boolean
}

/** A step as one of those who took part sees it. */
interface Outcome {
  running: Running
  result: StepResult
}

/**
 * Runs generations in step: all of them ask for their next token in one tick, in the order of their slots, and nobody
 * asks again before all have it. That fills every batch. The library's own loop starts a batch before all consumers are
 * back and loses a third of the throughput at 8 streams.
 */
export class Lockstep {
  readonly #options: LockstepOptions
  readonly #slots: Slots
  readonly #prefixes: PrefixCache
  /** Ascending by slot. */
  #running: Running[] = []
  #waiting: Generation[] = []
  #loop: Promise<void> | undefined
  #order = 0
  /** The last step's outcomes, where their text is still to be sent. */
  #untold: readonly Outcome[] = []
  /** Kept from call to call: only the first prompt of all begins slowly. */
  readonly #pace = new PrefillPace()

  constructor(options: LockstepOptions) {
    this.#options = options
    this.#slots = new Slots(options.sequences.length)
    this.#prefixes = new PrefixCache(options.sequences, options.saved)
  }

  /** Whether there are generations whose readers wait for the next token. */
  get hasStreams(): boolean {
    return this.#running.some(({ generation }) => generation.isDecoding)
  }

  /** Whether the only generation of all has the model to itself. */
  get #isAlone(): boolean {
    return this.#running.length === 1 && this.#waiting.length === 0 && !this.#options.hasOtherStreams?.()
  }

  /** False when as many wait as may. */
  start(generation: Generation): boolean {
    if (this.#waiting.length >= MAX_WAITING_GENERATIONS + this.#slots.freeCount) return false
    this.#waiting.push(generation)
    this.#loop ??= this.#run()
    return true
  }

  /** Takes effect before the next step. Unknown ids are ignored: the call may just have ended. */
  cancel(callId: string): void {
    const waiting = this.#waiting.find((generation) => generation.callId === callId)
    if (waiting) {
      this.#waiting = this.#waiting.filter((generation) => generation !== waiting)
      this.#options.onEnd(callId, 'cancelled', waiting.usage)
      return
    }
    const running = this.#running.find(({ generation }) => generation.callId === callId)
    if (running) running.generation.isCancelled = true
  }

  /** Cancels everything and resolves when no step is under way. */
  async close(): Promise<void> {
    for (const generation of [...this.#waiting]) this.cancel(generation.callId)
    for (const { generation } of this.#running) generation.isCancelled = true
    await this.#loop
  }

  async #run(): Promise<void> {
    await this.#gather()
    while (this.#running.length > 0 || this.#waiting.length > 0) {
      await this.#options.turns.run(() => this.#step())
    }
    this.#loop = undefined
  }

  /** Calls that were sent together come in a few at a turn of the event loop. They are to start together. */
  async #gather(): Promise<void> {
    for (let known = 0; known < this.#waiting.length; ) {
      known = this.#waiting.length
      await setImmediate()
    }
  }

  /**
   * While nothing changes, a step's text goes out when the next step is under way: telling it takes as long as several
   * percent of a small model's step, and the processor that computes need not wait for it.
   */
  async #step(): Promise<void> {
    const untold = this.#untold
    this.#untold = []
    if (untold.length === 0) {
      this.#admit()
      this.#dropCancelled()
      await this.#begin()
    }
    const shares = this.#prefillShares()
    const startedAt = performance.now()
    const isAlone = this.#isAlone
    const parts = this.#running.map(async (running): Promise<Outcome> => {
      return { running, result: await running.generation.step({ room: shares.get(running) ?? 0, isAlone }) }
    })
    await Promise.resolve() // so that the batch of these parts is under way
    const over = new Map(this.#tell(untold))
    const outcomes = await Promise.all(parts)
    const tokens = [...shares.values()].reduce((sum, share) => sum + share, 0)
    this.#pace.note(tokens, performance.now() - startedAt)
    for (const [running, finishReason] of over) this.#end(running, finishReason)
    const fresh = outcomes.filter(({ running }) => !over.has(running))
    if (over.size === 0 && this.#isSteady(fresh)) this.#untold = fresh
    else await this.#deliver(fresh)
  }

  /** Whether the next step is the same again: everybody goes on, and nobody who waits could begin. */
  #isSteady(outcomes: readonly Outcome[]): boolean {
    const couldBegin = this.#waiting.length > 0 && this.#slots.freeCount > 0
    if (couldBegin || this.#options.turns.isAwaited) return false
    return outcomes.every(
      ({ running: { generation }, result }) =>
        'tokens' in result &&
        result.tokens.length > 0 &&
        !generation.isCancelled &&
        !generation.isOverWith(result.tokens),
    )
  }

  #prefillShares(): Map<Running, number> {
    const prefilling = this.#running
      .filter(({ hasBegun, generation }) => hasBegun && !generation.isDecoding)
      .sort((a, b) => a.order - b.order)
    const hasStreams = this.hasStreams || this.#options.hasOtherStreams?.()
    const most = hasStreams ? PREFILL_TOKENS_BESIDE_STREAMS : PREFILL_TOKENS
    // One token of the prompt is computed together with those of the streams; a whole tile is to be left of it.
    const room = Math.min(this.#pace.tokens, most) + (this.hasStreams ? 1 : 0)
    const left = prefilling.map(({ generation }) => generation.promptLeft)
    const shares = prefillShares(left, room)
    return new Map(prefilling.map((running, place) => [running, shares[place] ?? 0]))
  }

  /** Gives free slots to those who wait, in the order of their arrival. */
  #admit(): void {
    for (;;) {
      const running = this.#running.map((other) => other.generation)
      const generation = nextToRun(this.#waiting, running)
      if (generation === undefined) return
      const slot = this.#slots.take((free) => this.#prefixes.matchOf(free, generation.prefix))
      const sequence = slot === undefined ? undefined : this.#options.sequences[slot]
      if (slot === undefined || sequence === undefined) return
      this.#waiting = this.#waiting.filter((other) => other !== generation)
      const started = { slot, order: this.#order++, sequence, generation, hasBegun: false }
      this.#running = [...this.#running, started].sort((a, b) => a.slot - b.slot)
    }
  }

  /** One by one, since one may copy what another is about to change. */
  async #begin(): Promise<void> {
    const pending = this.#running.filter(({ hasBegun }) => !hasBegun).sort((a, b) => a.order - b.order)
    for (const running of pending) {
      const { slot, generation, sequence } = running
      if (this.#isFollowing(running)) continue
      running.hasBegun = true
      try {
        await this.#prefixes.fill(slot, generation.prefix)
        await generation.begin(sequence)
      } catch (thrown) {
        await this.#fail(running, thrown)
      }
    }
  }

  /** Whether a call that came before computes what this one begins with: then it waits, and gets a copy. */
  #isFollowing({ slot, generation }: Running): boolean {
    return this.#running.some(
      (leader) =>
        leader.hasBegun &&
        !leader.generation.isDecoding &&
        this.#prefixes.shouldFollow(slot, generation.prefix, {
          slot: leader.slot,
          prompt: leader.generation.prefix,
        }),
    )
  }

  /** Gives out the results of a step: first one event with all the text, then the ends. */
  async #deliver(outcomes: readonly Outcome[]): Promise<void> {
    for (const [running, finishReason] of this.#tell(outcomes)) this.#end(running, finishReason)
    for (const { running, result } of outcomes) {
      if ('failure' in result) await this.#fail(running, result.failure)
    }
    this.#dropCancelled()
  }

  /** Sends the text of a step, and says whose answer is over with it. */
  #tell(outcomes: readonly Outcome[]): [Running, FinishReason][] {
    const deltas: StepDelta[] = []
    const ended: [Running, FinishReason][] = []
    for (const { running, result } of outcomes) {
      if ('failure' in result || result.tokens.length === 0) continue
      const piece = running.generation.take(result.tokens)
      if (running.generation.isCancelled) continue
      if (piece.tokens.length > 0 || piece.text !== '') {
        const delta = [running.generation.callId, piece.text, piece.tokens] as const
        deltas.push(piece.extra ? [...delta, piece.extra] : [...delta])
      }
      if (piece.finishReason) ended.push([running, piece.finishReason])
    }
    if (deltas.length > 0) this.#options.onStep(deltas)
    return ended
  }

  #dropCancelled(): void {
    for (const running of this.#running) if (running.generation.isCancelled) this.#end(running, 'cancelled')
  }

  #end(running: Running, finishReason: FinishReason): void {
    this.#leave(running)
    this.#options.onEnd(running.generation.callId, finishReason, running.generation.usage)
  }

  /**
   * Ends a sequence whose step failed. Nobody knows what is left in its slot, so the slot forgets it before the next call
   * gets it.
   */
  async #fail(running: Running, thrown: unknown): Promise<void> {
    this.#running = this.#running.filter((other) => other !== running)
    running.generation.end()
    this.#options.onFailure(running.generation.callId, thrown)
    await running.sequence.clear()
    this.#slots.release(running.slot)
  }

  #leave(running: Running): void {
    this.#running = this.#running.filter((other) => other !== running)
    running.generation.end()
    this.#slots.release(running.slot)
  }
}
