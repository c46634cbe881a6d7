import { deserialize, serialize } from 'node:v8'
import type { ModelHolding, NodeHello } from '../../../shared/node.ts'
import type { NodeView } from '../../../worker/services/pool/node-view.ts'
import { Placer } from '../../../worker/services/pool/placer.ts'
import type { RegionChanges } from '../../../worker/services/pool/region-changes.ts'
import { RegionIndex } from '../../../worker/services/pool/region-index.ts'
import { RegionSnapshot } from '../../../worker/services/pool/region-snapshot.ts'
import { mix32 } from '../../../worker/services/pool/rendezvous.ts'
import type { Figure } from '../bench.ts'
import { median, spreadOf } from '../statistics.ts'
import { createRandom } from './workload.ts'

const NODES = 10_000
const SEED = 11

/** Models of the whole pool, popular by halves, and how many each node holds. */
const MODELS = 60
const HELD = 4
const ADAPTERS = 2

/** The most that a node may cost, and that an isolate may pay a second. */
const MAX_BYTES_A_NODE = 200
const MAX_REFRESH_MS = 5

/** Refreshes of each kind that are measured, behind those that let the compiler do its work. */
const ROUNDS = 60
const WARM_UP = 20

const modelId = (model: number): string => `example/Some-Model-${model}B-Instruct:Q4_K_M`

const RESIDENCES = ['loaded', 'loaded', 'loaded', 'disk'] as const

function holdingOf(model: number, random: () => number): ModelHolding {
  return {
    id: modelId(model),
    capabilities: model % 10 === 9 ? ['embed'] : ['generate', 'embed'],
    contextTokens: 32_768,
    slots: 8 * (1 + (model % 4)),
    sizeBytes: 4_680_000_000,
    architecture: 'llama',
    // Files are as old as their download, on each machine.
    createdAt: Math.floor(random() * 1e12),
    residence: RESIDENCES[Math.floor(random() * RESIDENCES.length)] ?? 'loaded',
    adapters: Array.from({ length: ADAPTERS }, (_, index) => ({
      suffix: `tuned-${index}`,
      createdAt: 0,
      residence: 'disk' as const,
    })),
  }
}

const helloOf = (node: number, random: () => number): NodeHello => ({
  name: `node-${node}`,
  version: '0.1.0',
  hardware: {
    os: 'linux',
    arch: 'x64',
    cpu: 'A server processor with a long name',
    cores: 64,
    memoryMiB: 262_144,
    gpus: [{ name: 'A GPU with 48 GB', vramMiB: 46_068 }],
  },
  models: Array.from({ length: HELD }, (_, place) => holdingOf((node + 7 * place) % MODELS, random)),
})

/** A node as the directory of a busy pool knows it. */
class BusyNode {
  readonly #random: () => number
  readonly #view: NodeView

  constructor(node: number, random: () => number) {
    const hello = helloOf(node, random)
    this.#random = random
    this.#view = {
      nodeId: node.toString(16).padStart(24, '0'),
      linked: true,
      draining: false,
      hello,
      everHeld: hello.models.map(({ id }) => id),
      gauge: { rssMiB: 9_000, vramUsedMiB: 30_000, vramTotalMiB: 46_068, tokensPerSecond: 512.5 },
      load: new Map(),
      openCalls: 0,
      metrics: {},
      since: 0,
    }
  }

  /** As it is now: each of its models has other calls than before. */
  next(): NodeView {
    const load = new Map(
      this.#view.hello.models.map(({ id }) => {
        const [active, queued] = [Math.floor(this.#random() * 30), Math.floor(this.#random() * 4)]
        return [id, { active, queued, queue: Array.from({ length: queued }, () => 1.7e12) }]
      }),
    )
    return { ...this.#view, load }
  }
}

/** As it crosses from the object to an isolate: both use V8's structured clone. */
const crossing = (changes: RegionChanges): Buffer => serialize(changes)

/**
 * An isolate's work for an answer: reading it, bringing its copy up to date, and the first ranking by it. Nothing in it
 * waits, so that its time is the time of the processor, or more where others want the core.
 */
function refresh(answer: Buffer, region: RegionSnapshot, placer: Placer, round: number): number {
  const from = performance.now()
  // Written by `crossing`.
  region.apply(deserialize(answer) as RegionChanges)
  placer.rank(region, { model: modelId(round % MODELS), capability: 'generate', affinity: mix32(round) })
  return performance.now() - from
}

const figure = (name: string, values: readonly number[], unit: string, atMost?: number): Figure => ({
  name,
  value: median(values),
  unit,
  spread: spreadOf(values),
  ...(atMost !== undefined && { target: { atMost } }),
})

/**
 * The cost of knowing 10,000 nodes: all at once, and a second later when the calls of every model of every node have
 * changed.
 */
export function directoryCosts(): Figure[] {
  const random = createRandom(SEED)
  const nodes = Array.from({ length: NODES }, (_, node) => new BusyNode(node, random))
  const directory = new RegionIndex()
  const placer = new Placer({ random })
  for (const node of nodes) directory.put(node.next())
  const region = new RegionSnapshot()
  const whole = { bytes: [] as number[], answered: [] as number[], refreshed: [] as number[] }
  const changed = { bytes: [] as number[], answered: [] as number[], refreshed: [] as number[] }
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    for (const node of nodes) directory.put(node.next())
    const kinds = [
      { kind: whole, target: new RegionSnapshot() },
      { kind: changed, target: region },
    ]
    for (const { kind, target } of kinds) {
      const from = performance.now()
      const answer = crossing(directory.changesSince(target.cursor))
      const answered = performance.now() - from
      const refreshed = refresh(answer, target, placer, round)
      if (round < WARM_UP) continue
      kind.bytes.push(answer.length / NODES)
      kind.answered.push(answered)
      kind.refreshed.push(refreshed)
    }
  }
  const prefix = `${NODES.toLocaleString('en')} nodes of ${HELD} models`
  return [
    figure(`${prefix}: bytes a node, the whole`, whole.bytes, 'B', MAX_BYTES_A_NODE),
    figure(`${prefix}: bytes a node, all changed`, changed.bytes, 'B', MAX_BYTES_A_NODE),
    figure(`${prefix}: an isolate's refresh, the whole`, whole.refreshed, 'ms', MAX_REFRESH_MS),
    figure(`${prefix}: an isolate's refresh, all changed`, changed.refreshed, 'ms', MAX_REFRESH_MS),
    figure(`${prefix}: the object's answer, the whole`, whole.answered, 'ms'),
    figure(`${prefix}: the object's answer, all changed`, changed.answered, 'ms'),
  ]
}
