import type { LlamaContextSequence } from 'node-llama-cpp'
import { type BatchShape, BatchShapes } from './batch-shape.ts'
import { type ContextInternals, insideOf, Logits, type SequenceInternals } from './internals.ts'

// The library's own queue of decodes takes another turn of the event loop, a lock, a timer and a dozen promises for each
// batch; at 9 ms a step of a small model that is 3 % (measured). Nobody else uses these contexts, so it is not needed.

/**
 * With a single thread in libuv's pool (`uvThreads` of supervisor.ts), work is done in the order of asking. Then sampling is
 * asked for together with the decode and follows it on the same thread, without two ways through the event loop.
 */
const runsInOrder = process.env.UV_THREADPOOL_SIZE === '1'

/** The library finds it out anew each time, in 20 µs. */
const checkpointed = new WeakMap<LlamaContextSequence, boolean>()

/** Whether a sequence is of a model that cannot be cut where we like: one with a sliding window or a recurrent state. */
export function needsCheckpoints(sequence: LlamaContextSequence): boolean {
  const known = checkpointed.get(sequence)
  if (known !== undefined) return known
  checkpointed.set(sequence, sequence.needsCheckpoints)
  return sequence.needsCheckpoints
}

/** Tokens of one sequence, computed in one batch or, where they are too many, in several. */
class Part {
  readonly #sequence: SequenceInternals
  readonly #needsCheckpoints: boolean
  readonly #tokens: readonly number[]
  readonly #firstWanted: number
  readonly #kept: () => number
  readonly #read: (logits: Logits, index: number) => Promise<void>
  readonly settled = Promise.withResolvers<void>()
  /** Tokens that are computed. */
  #done = 0
  /** Tokens in the batch under way, and where the logits of those that are wanted lie. */
  #count = 0
  #places = new Uint32Array()

  constructor(
    sequence: LlamaContextSequence,
    { tokens, wanted, kept = () => tokens.length }: Work,
    read: (logits: Logits, index: number) => Promise<void>,
  ) {
    this.#sequence = insideOf(sequence)
    this.#needsCheckpoints = needsCheckpoints(sequence)
    this.#tokens = tokens
    this.#firstWanted = tokens.length - wanted
    this.#kept = kept
    this.#read = read
  }

  get left(): number {
    return this.#tokens.length - this.#done
  }

  /** Puts its next tokens into the batch. */
  enter(count: number): void {
    const { _context, _sequenceId, _nextTokenIndex } = this.#sequence
    // The library would forget the beginning; requests that exceed the context are refused before they get here.
    if (_nextTokenIndex + count >= _context.contextSize) throw new Error('The context is full.')
    this.#count = count
    const firstWanted = Math.max(0, this.#firstWanted - this.#done)
    const wanted = Uint32Array.from(
      { length: Math.max(0, count - firstWanted) },
      (_, index) => firstWanted + index,
    )
    const tokens = Uint32Array.from(this.#tokens.slice(this.#done, this.#done + count))
    this.#places = _context._ctx.addToBatch(_sequenceId, _nextTokenIndex, tokens, wanted)
  }

  /** Reads what was wanted of the batch, one after the other, since a sampler's state goes on from token to token. */
  async readLogits(): Promise<void> {
    const { _context } = this.#sequence
    const first = this.#done + this.#count - this.#places.length
    for (const [index, place] of this.#places.entries()) {
      await this.#read(new Logits(_context._ctx, place), first + index)
    }
  }

  /** Tells the library what its sequence now holds. */
  async leave(): Promise<void> {
    const sequence = this.#sequence
    if (this.#needsCheckpoints) {
      await sequence._takeIntervalCheckpointIfNeededAfterBatch(sequence._nextTokenIndex + this.#count + 1)
    }
    for (const token of this.#tokens.slice(this.#done, this.#done + this.#count)) {
      sequence._contextTokens.push(token)
    }
    sequence._nextTokenIndex += this.#count
    this.#done += this.#count
    if (this.left === 0) this.#cut(this.#tokens.length - this.#kept())
  }

  /** Forgets the last so many tokens. */
  #cut(count: number): void {
    if (count === 0) return
    const { _context, _sequenceId, _contextTokens, _nextTokenIndex } = this.#sequence
    const end = _nextTokenIndex - count
    if (!_context._ctx.removeTokenCellsFromSequence(_sequenceId, end, _nextTokenIndex)) {
      throw new Error('The context cannot forget what was guessed wrong.')
    }
    _contextTokens.length = end
    this.#sequence._nextTokenIndex = end
  }
}

/** The shapes that a context's steps have taught, by context. */
const shapesOf = new WeakMap<ContextInternals, BatchShapes>()

function shapesFor(context: ContextInternals): BatchShapes {
  const known = shapesOf.get(context)
  if (known !== undefined) return known
  const shapes = new BatchShapes()
  shapesOf.set(context, shapes)
  return shapes
}

/** Parts that are asked for and not in a batch yet, in the order of asking. */
const asked = new WeakMap<ContextInternals, Part[]>()

/** How many tokens each part has in the next batch. */
function planBatch(context: ContextInternals, parts: readonly Part[]): [Part, number][] {
  let room = context.batchSize
  const plan: [Part, number][] = []
  for (const part of parts) {
    const count = Math.min(part.left, room)
    if (count > 0) plan.push([part, count])
    room -= count
  }
  return plan
}

/**
 * llama.cpp joins sequences with ascending numbers into one matrix. Given in descending order, each is computed by itself, in
 * the same call.
 */
function fillBatch(context: ContextInternals, plan: readonly [Part, number][], shape: BatchShape): void {
  context._ctx.initBatch(plan.reduce((size, [, count]) => size + count, 0))
  for (const [part, count] of shape === 'apart' ? plan.toReversed() : plan) part.enter(count)
}

async function computeBatch(context: ContextInternals, parts: readonly Part[]): Promise<void> {
  const plan = planBatch(context, parts)
  const shapes = shapesFor(context)
  const isSteady = plan.every(([, count]) => count === 1)
  const shape = isSteady ? shapes.shapeOf(plan.length) : 'together'
  fillBatch(context, plan, shape)
  const startedAt = performance.now()
  const decoded = context._ctx.decodeBatch().then(() => {
    if (isSteady) shapes.note(plan.length, shape, performance.now() - startedAt)
  })
  if (!runsInOrder) await decoded
  const computed = plan.map(([part]) => part)
  // One that cannot be read, such as a grammar at a dead end, is no failure of the others.
  const reads = computed.map((part) => part.readLogits().catch(part.settled.reject))
  await decoded
  await Promise.all(reads)
  await Promise.all(computed.map((part) => part.leave()))
}

async function computeAll(context: ContextInternals, parts: readonly Part[]): Promise<void> {
  try {
    let open = parts
    while (open.length > 0) {
      await computeBatch(context, open)
      for (const part of open) if (part.left === 0) part.settled.resolve()
      open = open.filter(({ left }) => left > 0)
    }
  } catch (thrown) {
    // Those that are settled already stay so; what the others' sequences hold is unknown.
    for (const part of parts) part.settled.reject(thrown)
  }
}

/** One sequence's tokens to compute; the last `wanted` of them have their logits read. */
interface Work {
  tokens: readonly number[]
  wanted: number
  /** How many of the tokens the sequence keeps, asked when all are read. Absent: all. */
  kept?: () => number
}

/**
 * Computes tokens as the next ones of a sequence. What is asked for in one tick is one batch of its context, which is under
 * way in the next microtask. `read` is called for each of the last `wanted` tokens while its logits are there; what it gives
 * is the result, in order. The caller sees to it that nothing else uses the context meanwhile.
 */
export async function computeTokens<T>(
  sequence: LlamaContextSequence,
  work: Work,
  read: (logits: Logits, index: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = []
  const context = insideOf(sequence)._context
  const part = new Part(sequence, work, async (logits, index) => {
    results.push(await read(logits, index))
  })
  const others = asked.get(context)
  if (others) others.push(part)
  else {
    const parts = [part]
    asked.set(context, parts)
    queueMicrotask(() => {
      asked.delete(context)
      void computeAll(context, parts)
    })
  }
  await part.settled.promise
  return results
}
