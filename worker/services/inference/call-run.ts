import { AppError, toAppError } from '../../../shared/errors.ts'
import type { CallEvent, DeltaEvent, EndEvent, FailureEvent, Usage } from '../../../shared/generation.ts'
import type { CallRecord } from '../metering/call-record.ts'
import type { OpenCall } from '../pool/node-link.ts'
import { readEvents } from './event-lines.ts'

/** Nodes that a call is tried on before its first token. */
export const MAX_TRIES = 3

/**
 * How long another node is looked for between two tokens, and how often. In the middle of an answer that includes what nodes keep
 * the call waiting for a slot.
 */
export const MOVE_LIMIT_MS = 10_000
export const MOVE_INTERVAL_MS = 250

/** How long after a loss, without a token since, a call may still be given to another node. Waiting in vain is a loss from its beginning. */
export const RECOVERY_LIMIT_MS = 30_000

/** Nodes lost in a row without a token between them: a request that kills its nodes must not go through the whole pool. */
export const MAX_FRUITLESS_MOVES = 3

/** Pieces of an answer as they arrive; an empty list is a sign of life. Ends after its `end` event, or throws. */
export type CallStream = AsyncGenerator<CallEvent[], void, void>

/** A call that a node has taken. */
export interface PlacedCall {
  nodeId: string
  call: OpenCall
  /** Stops it; answers with what it used, when the node says so in time. */
  cancel(): Promise<Usage | null>
}

export interface PlaceOptions {
  /** Tokens of the answer that the reader has: the node goes on behind them. */
  resume: readonly number[]
  /** 0 for the first try; for the metrics. */
  attempt: number
  /** The node that was just lost: asked last. */
  avoid?: string | undefined
  /** How long it may wait there for a slot; absent: as every call may. */
  waitMs?: number | undefined
}

/** Engines that may end under a call without a token between: a request that ends engines is not given to another one. */
export const MAX_ENDED_ENGINES = 2

/** How a call ended, for the log. */
export interface Outcome extends Omit<CallRecord, 'accountId' | 'model' | 'kind'> {
  nodeId: string
}

export interface CallRunOptions {
  first: PlacedCall
  /** Finds a node for the call. Throws `no_capacity` when there is none now. */
  place: (options: PlaceOptions) => Promise<PlacedCall>
  /** Lets work go on after the reader has left. */
  later: (work: Promise<unknown>) => void
  onEnd: (outcome: Outcome) => void
  /** A node's sentence in the words of the caller. */
  inWords?: (message: string) => string
  wait: (milliseconds: number) => Promise<void>
  now?: () => number
  /** Tokens of the answer that the reader had before: an earlier run of it gave them. */
  said?: readonly number[]
}

/** Whether another node may take a call over: the node is gone or gave up; the request itself is not at fault. */
const isLoss = ({ code }: AppError): boolean =>
  code === 'node_failed' || code === 'no_capacity' || code === 'model_not_found'

/** Whether anything of the answer came: a node also tells of tools, and has computed nothing by then. */
const isProgress = ({ text, tokens }: DeltaEvent): boolean => text !== '' || tokens.length > 0

/**
 * One call from its first node to its end, over as many nodes as it takes. When a node is lost before the first token, the
 * call begins again elsewhere; after it, the generation goes on elsewhere with the tokens that were already sent as its
 * prefix, so that the reader sees no gap and no repeat. An embedding call has no tokens and always begins again.
 */
export class CallRun {
  readonly #options: CallRunOptions
  readonly #now: () => number
  readonly #started: number
  readonly #sent: number[]
  #placed: PlacedCall
  #attempts = 1
  /** Since the last token: nodes that failed, … */
  #fruitless = 0
  /** … of which the engine ended, … */
  #endedEngines = 0
  /** … when the first was lost, … */
  #lostAt: number | undefined
  /** … and how long others were looked for. */
  #searchedMs = 0
  #firstAt: number | undefined
  /** When its node took it, or gave it its last token. */
  #heardAt: number
  /** Settled when the call is metered: until then the request must not be over, whether or not its reader is there. */
  readonly #reported = Promise.withResolvers<void>()
  #end: EndEvent | undefined
  #failure: AppError | undefined
  #cancelled: Promise<Usage | null> | undefined

  constructor(options: CallRunOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#started = this.#now()
    this.#heardAt = this.#started
    this.#placed = options.first
    this.#sent = [...(options.said ?? [])]
  }

  /** The events of the whole call. Aborting `signal`, or leaving the stream, stops it on its node. */
  async *stream(signal: AbortSignal): CallStream {
    const cancel = () => void this.#cancel()
    // Wakes a reader that waits for a silent node: the node confirms, and the stream ends.
    signal.addEventListener('abort', cancel, { once: true })
    if (signal.aborted) cancel()
    try {
      while (!this.#end) {
        const loss = yield* this.#follow()
        if (!loss) return
        if (signal.aborted) throw loss
        if (!isLoss(loss)) throw this.#fail(loss)
        yield* this.#move(loss, signal)
      }
    } finally {
      signal.removeEventListener('abort', cancel)
      this.#close()
    }
  }

  /** Relays one node's events. Returns what ended them early, if anything. */
  async *#follow(): AsyncGenerator<CallEvent[], AppError | undefined, void> {
    try {
      for await (const events of readEvents(this.#placed.call.events)) {
        const failure = this.#take(events)
        const passed = failure ? events.filter((event) => event.type !== 'error') : events
        if (passed.length > 0 || !failure) yield passed
        if (failure) return failure
        if (this.#end) return undefined
      }
    } catch (thrown) {
      // The object that kept the link is gone, and the link with it.
      return new AppError('node_failed', 'The node that ran this request was lost.', { cause: thrown })
    }
    return new AppError('node_failed', 'The node that ran this request was lost.')
  }

  #take(events: readonly CallEvent[]): AppError | undefined {
    for (const event of events) {
      if (event.type === 'error') return this.#failureOf(event)
      if (event.type === 'end') {
        // A node that stops unasked has not answered: that is no success, however empty.
        const isUnasked = event.finishReason === 'cancelled' && this.#cancelled === undefined
        if (isUnasked) return new AppError('node_failed', 'The node stopped this request by itself.')
        this.#end = event
      }
      if (event.type === 'delta' && isProgress(event)) {
        this.#heardAt = this.#now()
        this.#firstAt ??= this.#heardAt
        this.#sent.push(...event.tokens)
        this.#fruitless = 0
        this.#endedEngines = 0
        this.#lostAt = undefined
        this.#searchedMs = 0
      }
    }
    return undefined
  }

  #failureOf({ code, message, param, endedEngine }: FailureEvent): AppError {
    if (endedEngine) this.#endedEngines += 1
    const { inWords = (words) => words } = this.#options
    if (this.#endedEngines < MAX_ENDED_ENGINES) return new AppError(code, inWords(message), { param })
    return new AppError(
      'invalid_request',
      `The engines of ${MAX_ENDED_ENGINES} nodes died or froze under this request, so it is not given to another: its schemas, tools or prompt may be more than they can compute.`,
    )
  }

  /** Finds another node. Yields signs of life meanwhile, so that a reader who leaves is noticed. */
  async *#move(loss: AppError, signal: AbortSignal): CallStream {
    const { place, wait } = this.#options
    const avoid = this.#placed.nodeId
    const isFirst = this.#lostAt === undefined
    this.#noteLoss(loss)
    if (this.#isHopeless()) throw this.#fail(loss)
    const searchedMs = this.#searchedMs
    const from = this.#now()
    if (!isFirst) {
      yield []
      await wait(MOVE_INTERVAL_MS)
    }
    while (!signal.aborted) {
      this.#searchedMs = searchedMs + this.#now() - from
      try {
        const waitMs = this.#sent.length > 0 ? Math.max(0, MOVE_LIMIT_MS - this.#searchedMs) : undefined
        this.#placed = await place({ resume: this.#sent, attempt: this.#attempts, avoid, waitMs })
        this.#heardAt = this.#now()
        this.#attempts += 1
        this.#cancelled = undefined
        // The reader may have left while the node was being found: its abort went to the one before.
        if (signal.aborted) this.#cancel()
        return
      } catch (thrown) {
        // Nobody can *yet*. In the middle of an answer also a model that no node holds at the moment may come back, because
        // the engine of the only one is being started again.
        const { code } = toAppError(thrown)
        const mayComeBack = code === 'no_capacity' || (code === 'model_not_found' && this.#sent.length > 0)
        if (!mayComeBack || this.#searchedMs >= MOVE_LIMIT_MS) throw this.#fail(loss)
      }
      yield []
      await wait(MOVE_INTERVAL_MS)
    }
    throw loss
  }

  /** A node that has no room, starts its engine, or was lost before it ran this call, was not killed by it, nor ran it meanwhile. */
  #noteLoss({ code }: AppError): void {
    const waitedMs = code === 'no_capacity' ? this.#now() - this.#heardAt : 0
    this.#lostAt ??= this.#now() - waitedMs
    if (this.#sent.length > 0) this.#searchedMs += waitedMs
    if (code === 'node_failed') this.#fruitless += 1
  }

  /** Whether enough was tried since the last token, or since the beginning. */
  #isHopeless(): boolean {
    const maxFailures = this.#sent.length > 0 ? MAX_FRUITLESS_MOVES : MAX_TRIES - 1
    const lostForMs = this.#lostAt === undefined ? 0 : this.#now() - this.#lostAt
    return (
      this.#fruitless > maxFailures || this.#searchedMs >= MOVE_LIMIT_MS || lostForMs >= RECOVERY_LIMIT_MS
    )
  }

  #fail(failure: AppError): AppError {
    this.#failure = failure
    return failure
  }

  #cancel(): Promise<Usage | null> {
    // Nobody is left to be told when the object that kept the link cannot be asked any more.
    this.#cancelled ??= this.#placed.cancel().catch(() => null)
    this.#options.later(this.#cancelled)
    // The node's word comes before the reader's end of the stream does: what is left to do then is to be waited for as well.
    this.#options.later(this.#reported.promise)
    return this.#cancelled
  }

  #close(): void {
    if (this.#end) this.#report(this.#end.finishReason, this.#end.usage)
    else if (this.#failure) this.#report(this.#failure.code, null)
    // The reader left. The work is metered all the same: the node says what it really did.
    else this.#options.later(this.#cancel().then((usage) => this.#report('cancelled', usage)))
  }

  #report(outcome: string, usage: Usage | null): void {
    this.#options.onEnd({
      nodeId: this.#placed.nodeId,
      outcome,
      usage,
      relayedTokens: this.#sent.length - (this.#options.said?.length ?? 0),
      attempts: this.#attempts,
      firstMs: this.#firstAt === undefined ? null : this.#firstAt - this.#started,
      totalMs: this.#now() - this.#started,
    })
    this.#reported.resolve()
  }
}
