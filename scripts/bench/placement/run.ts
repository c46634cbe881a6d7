import { EventHeap } from './heap.ts'
import type { SimulatedNode } from './nodes.ts'
import type { Trace } from './workload.ts'

/** As in worker/services/inference/call-run.ts, which knows the types of the platform. */
export const MAX_TRIES = 3

/** A link reports its load at most this often; as in worker/durable/link/node-link.ts. */
const REPORT_INTERVAL_S = 1

/** The time that it takes to ask another node after a refusal. */
const ASK_AGAIN_S = 0.005

/** Decides where a call is tried. */
export interface Policy {
  /** Indices of nodes, the best first. */
  rank(call: number, now: number): readonly number[]
  /** Asks the best nodes for a free slot before it asks any of them to let the call wait. */
  looksFirst?: boolean
  /** A node took a call, or refused it. */
  onAnswer?(call: number, node: number, isTaken: boolean): void
  /** The calls of a node changed. */
  onLoad?(node: SimulatedNode): void
  /** A call got a slot. */
  onStart?(call: number, node: SimulatedNode): void
  /** A slot of a node became free. */
  onFree?(node: SimulatedNode, slot: number): void
  /** A node reported to the directory. */
  onReport?(node: SimulatedNode): void
}

export interface RunOptions {
  trace: Trace
  nodes: readonly SimulatedNode[]
  policy: Policy
  /** Tokens a second of one slot of an average node. */
  speeds: { prefill: number; decode: number }
  /** Calls that arrive between these count. */
  from: number
  to: number
}

export interface Outcome {
  /** Seconds from arrival to the first token: refusals, queue and prefill. */
  waits: Float64Array
  /** Seconds of them without the prefill. */
  queued: Float64Array
  /** Share of the prompts' tokens that were found in a slot. */
  hitShare: number
  /** Share of the calls that no node took. */
  rejectShare: number
  /** Nodes asked for one call. */
  asked: number
  /** Share of the slots in use on the average. */
  busyShare: number
}

const [FINISH, REPORT, ASK] = [0, 1, 2]

/** One run of a policy over a trace, call by call in virtual time. */
class Run {
  readonly #options: RunOptions
  readonly #heap = new EventHeap()
  readonly #nodeOf: Int32Array
  readonly #slotOf: Int32Array
  readonly #tries = new Map<number, { ranked: readonly number[]; next: number }>()
  readonly #waits: number[] = []
  readonly #queued: number[] = []
  #now = 0
  #open = 0
  #rejected = 0
  #counted = 0
  #asked = 0
  #cachedTokens = 0
  #promptTokens = 0
  #busySeconds = 0

  constructor(options: RunOptions) {
    this.#options = options
    this.#nodeOf = new Int32Array(options.trace.count)
    this.#slotOf = new Int32Array(options.trace.count)
  }

  run(): Outcome {
    const { trace, nodes, to, from } = this.#options
    for (let call = 0; call < trace.count; call += 1) {
      const at = trace.at[call] ?? 0
      while (this.#heap.nextAt <= at) this.#step()
      if (at >= to && this.#open === 0) break
      this.#now = at
      if (this.#counts(call)) {
        this.#counted += 1
        this.#open += 1
      }
      this.#ask(call, { ranked: this.#options.policy.rank(call, at), next: 0 })
    }
    while (this.#open > 0) this.#step()
    const slots = nodes.reduce((sum, node) => sum + node.slots, 0)
    return {
      waits: Float64Array.from(this.#waits).sort(),
      queued: Float64Array.from(this.#queued).sort(),
      hitShare: this.#cachedTokens / this.#promptTokens,
      rejectShare: this.#rejected / this.#counted,
      asked: this.#asked / this.#counted,
      busyShare: this.#busySeconds / (slots * (to - from)),
    }
  }

  #step(): void {
    this.#now = this.#heap.nextAt
    const event = this.#heap.pop()
    const [kind, id] = [event & 3, event >> 2]
    if (kind === FINISH) this.#finish(id)
    else if (kind === REPORT) this.#report(id)
    else {
      const tries = this.#tries.get(id)
      this.#tries.delete(id)
      if (tries) this.#ask(id, tries)
    }
  }

  #counts(call: number): boolean {
    const at = this.#options.trace.at[call] ?? 0
    return at >= this.#options.from && at < this.#options.to
  }

  /** As `place` does it: first a free slot anywhere among the best, and only then a place in a queue. */
  #ask(call: number, { ranked, next }: { ranked: readonly number[]; next: number }): void {
    const { nodes, policy, trace } = this.#options
    const best = Math.min(MAX_TRIES, ranked.length)
    const rounds = policy.looksFirst ? 2 : 1
    const mayWait = next >= (rounds - 1) * best
    const node = nodes[ranked[next % best] ?? -1]
    if (next === rounds * best || !node) {
      if (!this.#counts(call)) return
      this.#rejected += 1
      this.#open -= 1
      return
    }
    if (this.#counts(call)) this.#asked += 1
    const place = node.admission.enter(String(call), { caller: String(trace.account[call]), mayWait })
    policy.onAnswer?.(call, node.index, place !== 'busy')
    if (place === 'busy') {
      this.#tries.set(call, { ranked, next: next + 1 })
      this.#heap.push(this.#now + ASK_AGAIN_S, (call << 2) | ASK)
      return
    }
    this.#nodeOf[call] = node.index
    if (place === 'running') this.#start(call, node)
    this.#onLoad(node)
  }

  #start(call: number, node: SimulatedNode): void {
    const { trace, speeds, from, to } = this.#options
    const prefix = trace.prefix[call] ?? -1
    const promptTokens = trace.promptTokens[call] ?? 0
    const knownAt = node.knownAt(prefix)
    const isKnown = knownAt < Number.POSITIVE_INFINITY
    const cached = isKnown ? (trace.sharedTokens[call] ?? 0) : 0
    const secondsOf = (tokens: number) => tokens / (speeds.prefill * node.speed)
    const prefillAt = isKnown ? Math.max(this.#now, knownAt) : this.#now
    const firstAt = prefillAt + secondsOf(promptTokens - cached)
    const end = firstAt + (trace.outputTokens[call] ?? 0) / (speeds.decode * node.speed)
    const slot = node.slotFor(prefix)
    node.known[slot] = prefix
    node.knownFrom[slot] = isKnown ? prefillAt : this.#now + secondsOf(trace.sharedTokens[call] ?? 0)
    node.freeSince[slot] = Number.POSITIVE_INFINITY
    this.#slotOf[call] = slot
    this.#heap.push(end, (call << 2) | FINISH)
    this.#busySeconds += Math.max(0, Math.min(end, to) - Math.max(this.#now, from))
    this.#options.policy.onStart?.(call, node)
    if (!this.#counts(call)) return
    const arrivedAt = trace.at[call] ?? 0
    this.#queued.push(this.#now - arrivedAt)
    this.#waits.push(firstAt - arrivedAt)
    this.#cachedTokens += cached
    this.#promptTokens += promptTokens
    this.#open -= 1
  }

  #finish(call: number): void {
    const { nodes, policy } = this.#options
    const node = nodes[this.#nodeOf[call] ?? 0]
    const slot = this.#slotOf[call] ?? 0
    if (!node) return
    node.freeSince[slot] = this.#now
    policy.onFree?.(node, slot)
    for (const next of node.admission.leave(String(call))) this.#start(Number(next), node)
    this.#onLoad(node)
  }

  /** As the link does: the first change of an interval is reported at its end, with what is true then. */
  #onLoad(node: SimulatedNode): void {
    this.#options.policy.onLoad?.(node)
    if (node.isReporting) return
    node.isReporting = true
    this.#heap.push(this.#now + REPORT_INTERVAL_S, (node.index << 2) | REPORT)
  }

  #report(index: number): void {
    const node = this.#options.nodes[index]
    if (!node) return
    node.isReporting = false
    this.#options.policy.onReport?.(node)
  }
}

/** Runs a policy over a trace. The nodes must be fresh. */
export const simulate = (options: RunOptions): Outcome => new Run(options).run()
