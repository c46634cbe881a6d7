import { mix32 } from '../../../worker/services/pool/rendezvous.ts'

/** Numbers from 0 to 1, the same for the same seed: mulberry32. */
export function createRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let x = Math.imul(state ^ (state >>> 15), state | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A whole number around `median` with a long tail: lognormal, by Box and Muller. */
export function longTailed(random: () => number, median: number, sigma: number, most: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return Math.max(1, Math.min(most, Math.round(median * Math.exp(sigma * normal))))
}

/** Draws from `0…count-1`, the i-th in proportion to 1/(i+1). */
export function createZipf(count: number): (at: number) => number {
  const sums = new Float64Array(count)
  let sum = 0
  for (let index = 0; index < count; index += 1) {
    sum += 1 / (index + 1)
    sums[index] = sum
  }
  return (at) => {
    let [low, high] = [0, count - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sums[middle] ?? 0) > at * sum) high = middle
      else low = middle + 1
    }
    return low
  }
}

/** The requests that callers send. */
export const WORKLOAD = {
  /** System prompts, tools and documents that requests begin with, popular by Zipf's law. */
  prefixes: 20_000,
  /** At least as long as what affinity looks at. */
  prefixTokens: { least: 256, median: 700, sigma: 0.7, most: 8_000 },
  /** Requests that begin like no other. */
  plainShare: 0.2,
  ownTokens: { median: 150, sigma: 1, most: 8_000 },
  outputTokens: { median: 60, sigma: 1, most: 4_000 },
  accounts: 2_000,
} as const

/** Requests in order of arrival, a column each. */
export interface Trace {
  count: number
  at: Float64Array
  /** -1: begins like no other. */
  prefix: Int32Array
  affinity: Uint32Array
  promptTokens: Int32Array
  /** Of `promptTokens`, those that others share. */
  sharedTokens: Int32Array
  outputTokens: Int32Array
  isolate: Int32Array
  account: Int32Array
}

export interface TraceOptions {
  seed: number
  seconds: number
  ratePerSecond: number
  isolates: number
}

/** The arrivals at the whole pool: a Poisson process of requests from many isolates. */
export function createTrace({ seed, seconds, ratePerSecond, isolates }: TraceOptions): Trace {
  const random = createRandom(seed)
  const { prefixes, prefixTokens, plainShare, ownTokens, outputTokens, accounts } = WORKLOAD
  const prefixOf = createZipf(prefixes)
  const accountOf = createZipf(accounts)
  const lengths = Int32Array.from({ length: prefixes }, () =>
    Math.max(
      prefixTokens.least,
      longTailed(random, prefixTokens.median, prefixTokens.sigma, prefixTokens.most),
    ),
  )
  const count = Math.round(seconds * ratePerSecond)
  const integers = () => new Int32Array(count)
  const trace: Trace = {
    count,
    at: new Float64Array(count),
    prefix: integers(),
    affinity: new Uint32Array(count),
    promptTokens: integers(),
    sharedTokens: integers(),
    outputTokens: integers(),
    isolate: integers(),
    account: integers(),
  }
  let now = 0
  for (let call = 0; call < count; call += 1) {
    now += -Math.log(1 - random()) / ratePerSecond
    const prefix = random() < plainShare ? -1 : prefixOf(random())
    const shared = prefix < 0 ? 0 : (lengths[prefix] ?? 0)
    trace.at[call] = now
    trace.prefix[call] = prefix
    trace.affinity[call] = mix32(prefix < 0 ? call + prefixes : prefix)
    trace.sharedTokens[call] = shared
    trace.promptTokens[call] = shared + longTailed(random, ownTokens.median, ownTokens.sigma, ownTokens.most)
    trace.outputTokens[call] = longTailed(random, outputTokens.median, outputTokens.sigma, outputTokens.most)
    trace.isolate[call] = Math.floor(random() * isolates)
    trace.account[call] = accountOf(random())
  }
  return trace
}
