import { AppError } from '../../../shared/errors.ts'
import type { CallEvent, EndEvent, FailureEvent, Usage } from '../../../shared/generation.ts'
import { type EdgeCommand, MAX_COMMAND_LENGTH } from '../../../shared/wire.ts'
import type { ModelLoad } from '../../services/pool/node-view.ts'
import { Admission } from './admission.ts'
import { CallIds } from './call-ids.ts'
import { type CallLimits, heldTo, isWithin, piecesOf } from './call-limits.ts'
import { type Arrival, LinkMetrics } from './link-metrics.ts'
import { PendingCalls } from './pending-calls.ts'

/** Calls of one model that may wait for a slot, … */
export const MAX_QUEUED_CALLS = 64
/** … those besides that were moved in the middle of their answer, and how long each does. */
export const MAX_MOVED_CALLS = 64
export const QUEUE_WAIT_LIMIT_MS = 30_000

/** How long a canceller waits for the node to say what was used. */
export const CANCEL_CONFIRM_MS = 5_000

/** Frames for calls of another epoch that one link may send before it is closed. */
export const MAX_FOREIGN_FRAMES = 1_000

const NO_USAGE: Usage = { promptTokens: 0, cachedPromptTokens: 0, completionTokens: 0 }

const neverStarted = (callId: string) => `callId: no call '${callId}' was ever started`

interface Waiting {
  frame: string
  since: number
  limitMs: number
}

interface OpenState {
  key: string
  model: string
  countedAs: string
  arrival: Arrival
  resumedTokens: number
  limitsFor: CallRequest['limitsFor']
  limits: CallLimits
  /** Tokens of its answer, or vectors, that are known: those of another node, and those that came. */
  pieces: number
  openedAt: number
  hasBegun: boolean
}

export interface CallRequest {
  /** The queue that the call is admitted to: its model's, or its model's embeddings. */
  key: string
  /** As it names its model. */
  model: string
  /** The name that it is counted under in the metrics, where that is another. */
  countedAs?: string | undefined
  /** Whose call it is: callers share a queue fairly. */
  caller: string
  arrival: Arrival
  /** Whether it may wait for a slot, … */
  mayWait: boolean
  /** … and how long, when it has less time than every call. */
  waitMs?: number | undefined
  /** Tokens of its answer that another node has made. */
  resumedTokens?: number
  /** The most that can come of it, with so many tokens of context. */
  limitsFor: (contextTokens: number | undefined) => CallLimits
}

export interface NodeCallsOptions {
  /** Sends a frame to the node. */
  send: (frame: string) => void
  /** Slots of an admission key, as the node reported them. */
  slotsOf: (key: string) => number
  /** Tokens of context of a model that calls name, as the node reported them. */
  contextTokensOf: (model: string) => number | undefined
  /** A call came or went. */
  onChange: () => void
  now?: () => number
}

/**
 * The calls of one link: admits them, lets them wait, sends them, hands events to their readers and ends each exactly
 * once. Knows nothing of sockets and storage.
 */
export class NodeCalls {
  readonly metrics = new LinkMetrics()
  readonly #ids = new CallIds()
  readonly #pending = new PendingCalls((callId) => this.#stop(callId))
  readonly #admissions = new Map<string, Admission>()
  readonly #open = new Map<string, OpenState>()
  readonly #waiting = new Map<string, Waiting>()
  readonly #options: NodeCallsOptions
  readonly #now: () => number
  #foreignFrames = 0
  #busySince: number | undefined

  constructor(options: NodeCallsOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
  }

  get size(): number {
    return this.#pending.size
  }

  /** Whether the call is open. */
  has(callId: string): boolean {
    return this.#open.has(callId)
  }

  /** Since when the node has had calls to run, without a pause; undefined when it has none. */
  get busySince(): number | undefined {
    return this.#busySince
  }

  /** How busy each model is. Calls of an `unloaded` one wait on the node until they begin. */
  load(unloaded: ReadonlySet<string> = new Set()): Map<string, ModelLoad> {
    const load = new Map<string, ModelLoad>()
    const sinceOf = (callId: string) => this.#open.get(callId)?.openedAt ?? this.#now()
    const loading = new Map<string, number[]>()
    for (const [callId, { key, model, openedAt, hasBegun }] of this.#open) {
      if (hasBegun || !unloaded.has(model) || this.#waiting.has(callId)) continue
      loading.set(key, [...(loading.get(key) ?? []), openedAt])
    }
    for (const [key, { active, order }] of this.#admissions) {
      const first = loading.get(key) ?? []
      const queue = [...first, ...order.map(sinceOf)]
      load.set(key, { active: active - first.length, queued: queue.length, queue })
    }
    return load
  }

  /** Sends a call into a free slot of its model, or queues it. Busy when its queue is full, or it may not wait. */
  open(request: CallRequest, commandOf: (callId: string) => EdgeCommand) {
    const { key, model, caller, arrival, mayWait, waitMs = QUEUE_WAIT_LIMIT_MS, resumedTokens = 0 } = request
    const { countedAs = model } = request
    const callId = this.#ids.next()
    const frame = JSON.stringify(commandOf(callId))
    if (frame.length > MAX_COMMAND_LENGTH) throw new AppError('too_large', 'The request is too large.')
    const place = this.#admissionOf(key).enter(callId, { caller, mayWait, isMoved: arrival === 'move' })
    if (place === 'busy') {
      // One that only looked for a free slot has not been turned away.
      if (mayWait) this.metrics.refused(countedAs)
      return { refused: 'busy' as const }
    }
    const events = this.#pending.open(callId)
    const openedAt = this.#now()
    const { limitsFor } = request
    const limits = limitsFor(this.#options.contextTokensOf(model))
    const pieces = resumedTokens
    const begun = { openedAt, hasBegun: false }
    const state = { key, model, countedAs, arrival, resumedTokens, limitsFor, limits, pieces, ...begun }
    this.#open.set(callId, state)
    if (place === 'running') this.#options.send(frame)
    else {
      const limitMs = Math.min(waitMs, QUEUE_WAIT_LIMIT_MS)
      this.#waiting.set(callId, { frame, since: openedAt, limitMs })
    }
    this.#change()
    return { callId, events }
  }

  /** Hands a piece of an answer to its reader. Returns what is wrong with the frame, if anything. */
  deliver(callId: string, event: CallEvent): string | undefined {
    if (this.#waiting.has(callId)) return neverStarted(callId)
    const call = this.#open.get(callId)
    if (call && !isWithin(event, call.pieces, call.limits)) {
      this.#sendCancel(callId)
      this.#end(callId, {
        type: 'error',
        code: 'node_failed',
        message: 'The node sent more than was asked for.',
      })
      return undefined
    }
    if (call) call.pieces += piecesOf(event)
    if (this.#pending.deliver(callId, event) === 'unknown') return this.#stray(callId)
    if (call && !call.hasBegun && piecesOf(event) > 0) {
      call.hasBegun = true
      this.metrics.began(call.countedAs, call.arrival, this.#now() - call.openedAt)
    }
    return undefined
  }

  /** Ends a call as the node said. Returns what is wrong with the frame, if anything. */
  end(callId: string, event: EndEvent | FailureEvent): string | undefined {
    // The node cannot end what it was never sent.
    if (this.#waiting.has(callId)) return neverStarted(callId)
    const call = this.#open.get(callId)
    if (!call) return this.#stray(callId)
    const isEnd = event.type === 'end'
    this.#end(callId, isEnd ? { ...event, usage: heldTo(event.usage, call.pieces, call.limits) } : event)
    return undefined
  }

  /** Stops a call. Resolves with what it used when the node has confirmed, or with null when it does not in time. */
  async cancel(callId: string): Promise<Usage | null> {
    let timer: number | null = null
    const limit = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), CANCEL_CONFIRM_MS)
    })
    return Promise.race([this.#pending.cancel(callId), limit]).finally(() => clearTimeout(timer))
  }

  /** Signs of life to silent calls, and an end to those that have waited too long. */
  tick(): void {
    this.#pending.keepAlive()
    const now = this.#now()
    for (const [callId, { since, limitMs }] of [...this.#waiting]) {
      if (now - since < limitMs) continue
      const message = `No slot became free within ${Math.ceil(limitMs / 1000)} seconds.`
      this.#end(callId, { type: 'error', code: 'no_capacity', message })
    }
  }

  /** The node takes nothing new: what it was not sent yet may be tried elsewhere. */
  turnAwayWaiting(): void {
    for (const callId of [...this.#waiting.keys()]) {
      this.#end(callId, { type: 'error', code: 'no_capacity', message: 'The node is being drained.' })
    }
  }

  /** The node's slots and contexts may have changed. */
  resize(): void {
    for (const call of this.#open.values()) {
      const contextTokens = this.#options.contextTokensOf(call.model)
      if (contextTokens !== undefined) call.limits = call.limitsFor(contextTokens)
    }
    for (const [key, admission] of this.#admissions) this.#start(admission.resize(this.#options.slotsOf(key)))
  }

  /** The node is silent, or was given its time: its calls are over for their readers. What it still runs, it is told to stop. */
  giveUp(message: string, code: FailureEvent['code'] = 'node_failed'): void {
    for (const callId of this.#open.keys()) {
      if (!this.#waiting.has(callId)) this.#sendCancel(callId)
    }
    this.#failAll(message, code)
  }

  /** The link is over: every call fails, and the next link starts clean. */
  failAll(message: string): void {
    this.#foreignFrames = 0
    this.#failAll(message, 'node_failed')
  }

  #failAll(message: string, code: FailureEvent['code']): void {
    for (const [callId, call] of this.#open) {
      const hasRun = !this.#waiting.has(callId)
      // What the node was never sent had no part in its loss.
      const failure: FailureEvent = hasRun
        ? { type: 'error', code, message }
        : { type: 'error', code: 'no_capacity', message: 'The node on which this request waited was lost.' }
      this.metrics.ended(call.countedAs, failure, { ...call, hasRun })
      this.#pending.end(callId, failure)
    }
    this.#waiting.clear()
    this.#admissions.clear()
    this.#open.clear()
    this.#change()
  }

  #change(): void {
    if (this.#open.size === this.#waiting.size) this.#busySince = undefined
    else this.#busySince ??= this.#now()
    this.#options.onChange()
  }

  #admissionOf(key: string): Admission {
    let admission = this.#admissions.get(key)
    if (!admission) {
      admission = new Admission(this.#options.slotsOf(key), MAX_QUEUED_CALLS, MAX_MOVED_CALLS)
      this.#admissions.set(key, admission)
    }
    return admission
  }

  #end(callId: string, event: EndEvent | FailureEvent): void {
    const call = this.#open.get(callId)
    if (!call) return
    this.#open.delete(callId)
    const hasRun = !this.#waiting.delete(callId)
    this.metrics.ended(call.countedAs, event, { ...call, hasRun })
    this.#pending.end(callId, event)
    this.#start(this.#admissionOf(call.key).leave(callId))
    this.#change()
  }

  #start(callIds: readonly string[]): void {
    for (const callId of callIds) {
      const waiting = this.#waiting.get(callId)
      this.#waiting.delete(callId)
      if (waiting) this.#options.send(waiting.frame)
    }
  }

  /** Stops a call. One that waits is over at once; one that runs is over when the node says so. */
  #stop(callId: string): void {
    if (this.#waiting.has(callId)) {
      this.#end(callId, { type: 'end', finishReason: 'cancelled', usage: NO_USAGE })
    } else this.#sendCancel(callId)
  }

  #sendCancel(callId: string): void {
    this.#options.send(JSON.stringify({ type: 'call.cancel', callId } satisfies EdgeCommand))
  }

  #stray(callId: string): string | undefined {
    const meaning = this.#ids.classify(callId)
    if (meaning === 'invented') return neverStarted(callId)
    if (meaning === 'ended') return undefined
    this.#foreignFrames += 1
    if (this.#foreignFrames > MAX_FOREIGN_FRAMES) return 'too many frames for calls of another link'
    this.#sendCancel(callId)
    return undefined
  }
}
