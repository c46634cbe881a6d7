import { samplerSeed } from '../../../shared/sampler-seed.ts'
import type { ReadBody } from '../input/read-body.ts'

/** Seeds are signed and have 64 bits, as OpenAI's. The last one as a double, which is how some clients have it, is 2^63. */
export const LEAST_SEED = -(2 ** 63)
export const GREATEST_SEED = 2 ** 63

const LOW_BITS = 32n
/** The high half of a small negative number, which is its sign alone. */
const SIGN = 0xffff_ffff
/** Knuth's multiplicative hash: 2^32 over the golden ratio. Odd, so that no two halves become one. */
const GOLDEN = 0x9e37_79b1

/** A seed to the last bit, as the body spells it; undefined where none was given. */
export function seedIn(body: ReadBody | undefined, seed: number | null | undefined): bigint | undefined {
  if (seed === undefined || seed === null) return undefined
  return body?.exact?.get('seed') ?? BigInt(seed)
}

/**
 * The seed of one of several answers, for llama.cpp, which takes 32 bits. Small seeds stay as they are, and so are those of
 * further choices the next ones; the high bits of large ones are mixed in. No two choices of a prompt share a stream.
 */
export function seedOfChoice(seed: bigint | number, choice: number): number {
  const bits = BigInt.asUintN(64, BigInt(seed))
  const [high, low] = [Number(bits >> LOW_BITS), Number(BigInt.asUintN(32, bits))]
  const folded = high === 0 || high === SIGN ? low : (low ^ Math.imul(high, GOLDEN)) >>> 0
  return samplerSeed((folded + choice) % 2 ** 32)
}
