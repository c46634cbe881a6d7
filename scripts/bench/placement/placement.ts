import { Placer } from '../../../worker/services/pool/placer.ts'
import { RegionIndex } from '../../../worker/services/pool/region-index.ts'
import { RegionSnapshot } from '../../../worker/services/pool/region-snapshot.ts'
import { mix32 } from '../../../worker/services/pool/rendezvous.ts'
import type { Bench, BenchContext, Figure } from '../bench.ts'
import { median, spreadOf } from '../statistics.ts'
import { directoryCosts } from './directory.ts'
import { createNodes, MODEL } from './nodes.ts'
import {
  byChance,
  byChanceLooking,
  leastLoaded,
  type MakePolicy,
  perfectAffinity,
  roundRobin,
  switchyard,
  switchyardWaiting,
} from './policies.ts'
import { type Outcome, simulate } from './run.ts'
import { createRandom, createTrace, WORKLOAD } from './workload.ts'

/** The pool of issue 3, and a fifth of it for the side questions: what matters is the rate of a node. */
const WHOLE = { nodes: 10_000, ratePerSecond: 100_000, isolates: 200 } as const
const FIFTH = { nodes: 2_000, ratePerSecond: 20_000, isolates: 40 } as const
type Scale = typeof WHOLE | typeof FIFTH

/** Share of the slots that the rates above would use if nothing were found in a cache. */
const UTILISATION = 0.7

/** Seconds until caches and reports are what they will be, and seconds that count. */
const WARM_UP_S = 3.5
const MEASURED_S = 1.5
/** Calls that arrive behind those that count, so that these are not served in an emptying pool. */
const AFTER_S = 0.5

/** A slot computes a prompt this many times as fast as it generates. */
const PREFILL_FACTOR = 60

const SEED = 7

interface Scenario {
  scale: Scale
  utilisation: number
  policies: Record<string, MakePolicy>
}

const REFERENCES = { 'least loaded': leastLoaded, 'perfect affinity': perfectAffinity } as const

const SCENARIOS: readonly Scenario[] = [
  {
    scale: WHOLE,
    utilisation: UTILISATION,
    policies: { 'round-robin': roundRobin, random: byChance, ...REFERENCES, switchyard },
  },
  {
    scale: FIFTH,
    utilisation: UTILISATION,
    policies: {
      ...REFERENCES,
      switchyard,
      'switchyard, queueing at once': switchyardWaiting,
      'random, looking first': byChanceLooking,
    },
  },
  { scale: FIFTH, utilisation: 0.5, policies: { ...REFERENCES, switchyard } },
  { scale: FIFTH, utilisation: 0.85, policies: { ...REFERENCES, switchyard } },
]

/**
 * How fast a slot must generate for the scale's rate to use its share of the slots. The lengths are measured on a sample:
 * the tails are cut, and no formula knows them.
 */
function speedsOf({ nodes: count, ratePerSecond }: Scale) {
  const sample = createTrace({ seed: SEED, seconds: 1, ratePerSecond: 20_000, isolates: 1 })
  const meanOf = (column: Int32Array) => column.reduce((sum, value) => sum + value, 0) / sample.count
  const tokens = meanOf(sample.promptTokens) / PREFILL_FACTOR + meanOf(sample.outputTokens)
  const capacity = createNodes(count, SEED).reduce((sum, { slots, speed }) => sum + slots * speed, 0)
  const decode = (ratePerSecond * tokens) / (capacity * UTILISATION)
  return { decode, prefill: decode * PREFILL_FACTOR }
}

/** The value below which `share` of ascending values lie, in milliseconds. */
const millisecondsAt = (ascending: Float64Array, share: number): number =>
  (ascending[Math.max(0, Math.ceil(ascending.length * share) - 1)] ?? Number.NaN) * 1_000

function figuresOf(prefix: string, outcome: Outcome, isDetailed: boolean): Figure[] {
  const { waits, queued, hitShare, rejectShare, asked } = outcome
  const detailed: Figure[] = [
    { name: `${prefix}: queue p99`, value: millisecondsAt(queued, 0.99), unit: 'ms' },
    { name: `${prefix}: nodes asked`, value: asked, unit: 'a call' },
  ]
  return [
    { name: `${prefix}: wait p50`, value: millisecondsAt(waits, 0.5), unit: 'ms' },
    { name: `${prefix}: wait p99`, value: millisecondsAt(waits, 0.99), unit: 'ms' },
    { name: `${prefix}: prefix hits`, value: 100 * hitShare, unit: '% of prompt tokens' },
    { name: `${prefix}: rejects`, value: 100 * rejectShare, unit: '%' },
    ...(isDetailed ? detailed : []),
  ]
}

/** Ours against what could be known and done at best. */
function ratiosOf(prefix: string, outcomes: ReadonlyMap<string, Outcome>): Figure[] {
  const [ours, oracle, perfect] = ['switchyard', 'least loaded', 'perfect affinity'].map((name) =>
    outcomes.get(name),
  )
  if (!ours || !oracle || !perfect) return []
  const waitRatio = (share: number) => millisecondsAt(ours.waits, share) / millisecondsAt(oracle.waits, share)
  return [
    { name: `${prefix}: wait p50 ÷ oracle`, value: waitRatio(0.5), unit: '', target: { atMost: 1.3 } },
    { name: `${prefix}: wait p99 ÷ oracle`, value: waitRatio(0.99), unit: '', target: { atMost: 1.3 } },
    {
      name: `${prefix}: hits ÷ perfect`,
      value: ours.hitShare / perfect.hitShare,
      unit: '',
      target: { atLeast: 0.9 },
    },
  ]
}

function runScenario({ scale, utilisation, policies }: Scenario, { note, signal }: BenchContext): Figure[] {
  const { nodes: count, isolates } = scale
  const speeds = speedsOf(scale)
  const to = WARM_UP_S + MEASURED_S
  const ratePerSecond = (scale.ratePerSecond * utilisation) / UTILISATION
  const trace = createTrace({ seed: SEED, seconds: to + AFTER_S, ratePerSecond, isolates })
  const name = `${count.toLocaleString('en')} nodes at ${utilisation}`
  const outcomes = new Map<string, Outcome>()
  for (const [policyName, makePolicy] of Object.entries(policies)) {
    signal.throwIfAborted()
    note(`${name}: ${policyName}`)
    const nodes = createNodes(count, SEED)
    const policy = makePolicy({ nodes, trace, isolates, seed: SEED })
    outcomes.set(policyName, simulate({ trace, nodes, policy, speeds, from: WARM_UP_S, to }))
  }
  return [
    ...ratiosOf(name, outcomes),
    ...[...outcomes].flatMap(([policyName, outcome]) =>
      figuresOf(`${name}, ${policyName}`, outcome, scale === WHOLE || policyName !== 'perfect affinity'),
    ),
  ]
}

const SNAPSHOTS = 40
const loadOf = (active: number) => ({ active, queued: 0, queue: [] })

/** The cost of a request's ranking, and the first one after a new snapshot. */
function rankingCosts(): Figure[] {
  const directory = new RegionIndex()
  const nodes = createNodes(WHOLE.nodes, SEED)
  for (const node of nodes) directory.put(node.toView())
  const region = new RegionSnapshot()
  const placer = new Placer({ random: createRandom(SEED) })
  const millisecondsOf = (affinity: number) => {
    const startedAt = performance.now()
    placer.rank(region, { model: MODEL, capability: 'generate', affinity })
    return performance.now() - startedAt
  }
  const firsts: number[] = []
  const others: number[] = []
  for (let snapshots = 0; snapshots < SNAPSHOTS; snapshots += 1) {
    const [changed] = nodes
    if (changed) directory.put({ ...changed.toView(), load: new Map([[MODEL, loadOf(snapshots + 1)]]) })
    region.apply(directory.changesSince(region.cursor))
    firsts.push(millisecondsOf(mix32(snapshots)))
    for (let call = 1; call < 50; call += 1) others.push(millisecondsOf(mix32(call)))
  }
  return [
    {
      name: 'ranking 10,000 nodes',
      value: median(others),
      unit: 'ms',
      spread: spreadOf(others),
      target: { atMost: 0.5 },
    },
    {
      name: 'the first ranking of a snapshot',
      value: median(firsts),
      unit: 'ms',
      spread: spreadOf(firsts),
    },
  ]
}

/**
 * `rankNodes` and `Admission` as they are, against policies that know less and policies that know all, on the same requests
 * in virtual time. What is counted is the wait from a request's arrival to its first token: other nodes asked, the queue,
 * and the part of its prompt that is computed.
 */
export const placement: Bench = {
  name: 'placement',
  summary: 'where calls go, simulated, in a pool of 10,000 nodes; what an isolate pays to know them',
  run(context) {
    context.note(`${WORKLOAD.prefixes.toLocaleString('en')} shared beginnings, popular by Zipf's law`)
    const simulated = SCENARIOS.flatMap((scenario) => runScenario(scenario, context))
    return Promise.resolve([...simulated, ...rankingCosts(), ...directoryCosts()])
  },
}
