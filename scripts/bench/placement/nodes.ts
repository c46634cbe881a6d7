import type { NodeHello } from '../../../shared/node.ts'
import { Admission } from '../../../worker/durable/link/admission.ts'
import type { NodeView } from '../../../worker/services/pool/node-view.ts'
import { createRandom } from './workload.ts'

/** As in worker/durable/link/node-calls.ts, which needs the platform. */
const MAX_QUEUED_CALLS = 64

export const MODEL = 'm'

/** Slots of a node, and how many nodes out of ten have so many. */
const SLOT_CLASSES = [8, 8, 8, 8, 8, 16, 16, 16, 32, 32] as const

const helloOf = (slots: number): NodeHello => ({
  name: 'simulated',
  version: '0',
  hardware: { os: 'linux', arch: 'x64', cpu: 'simulated', cores: 1, memoryMiB: 1, gpus: [] },
  models: [
    {
      id: MODEL,
      capabilities: ['generate'],
      contextTokens: 32_768,
      slots,
      sizeBytes: 0,
      architecture: 'simulated',
      createdAt: 0,
    },
  ],
})

/**
 * A node: the real admission in front of slots, each of which remembers the beginning that it last computed. As in
 * gpu-node/engine/decode/prefix-cache.ts a call gets the free slot that knows its beginning, or the one that was used longest ago
 * and a copy from another slot, which may be in use, once that has computed it. Without the engine's saved files.
 */
export class SimulatedNode {
  readonly index: number
  readonly nodeId: string
  readonly slots: number
  /** Relative to the average node; a slot's speed does not depend on the others'. */
  readonly speed: number
  readonly admission: Admission
  readonly hello: NodeHello
  /** The group whose beginning each slot computed last; -1 for nothing that others share. */
  readonly known: Int32Array
  /** When each slot was last used; endless while it is in use. */
  readonly freeSince: Float64Array
  /** When each slot has, or will have, computed what it knows. */
  readonly knownFrom: Float64Array
  isReporting = false

  constructor(index: number, slots: number, speed: number) {
    this.index = index
    this.nodeId = `node-${index}`
    this.slots = slots
    this.speed = speed
    this.admission = new Admission(slots, MAX_QUEUED_CALLS)
    this.hello = helloOf(slots)
    this.known = new Int32Array(slots).fill(-1)
    this.freeSince = new Float64Array(slots)
    this.knownFrom = new Float64Array(slots)
  }

  get calls(): number {
    return this.admission.active + this.admission.queued
  }

  /** When a beginning can be had from one of the slots; endless when none knows it. */
  knownAt(prefix: number): number {
    let at = Number.POSITIVE_INFINITY
    if (prefix < 0) return at
    for (let slot = 0; slot < this.slots; slot += 1) {
      if (this.known[slot] === prefix) at = Math.min(at, this.knownFrom[slot] ?? 0)
    }
    return at
  }

  /** The slot that a call would get now. */
  slotFor(prefix: number): number {
    let best = 0
    let bestSince = Number.POSITIVE_INFINITY
    for (let slot = 0; slot < this.slots; slot += 1) {
      const since = this.freeSince[slot] ?? 0
      if (since === Number.POSITIVE_INFINITY) continue
      if (prefix >= 0 && this.known[slot] === prefix) return slot
      if (since < bestSince) {
        best = slot
        bestSince = since
      }
    }
    return best
  }

  /** The view of it that its link gives the directory. */
  toView(): NodeView {
    const { nodeId, hello } = this
    const { active, queued } = this.admission
    const load = new Map([[MODEL, { active, queued, queue: [] }]])
    return {
      nodeId,
      linked: true,
      draining: false,
      hello,
      everHeld: [],
      gauge: null,
      load,
      openCalls: 0,
      metrics: {},
      since: 0,
    }
  }
}

export function createNodes(count: number, seed: number): SimulatedNode[] {
  const random = createRandom(seed)
  return Array.from(
    { length: count },
    (_, index) =>
      new SimulatedNode(index, SLOT_CLASSES[index % SLOT_CLASSES.length] ?? 8, 0.75 + random() / 2),
  )
}
