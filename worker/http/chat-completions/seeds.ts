/** Seeds are signed and have 64 bits, as OpenAI's. The last one is rounded to 2^63, for JSON's numbers are doubles. */
export const LEAST_SEED = -(2 ** 63)
export const GREATEST_SEED = 2 ** 63

const LOW_BITS = 32n
/** The high half of a small negative number, which is its sign alone. */
const SIGN = 0xffff_ffff
/** Knuth's multiplicative hash: 2^32 over the golden ratio. Odd, so that no two halves become one. */
const GOLDEN = 0x9e37_79b1

/**
 * The seed of one of several answers, for llama.cpp, which takes 32 bits. Small seeds stay as they are, and so are those of
 * further choices the next ones; the high bits of large ones are mixed in. Whole numbers are counted with, so that no two
 * choices of a prompt share a stream because a sum was rounded.
 */
export function seedOfChoice(seed: number, choice: number): number {
  const bits = BigInt.asUintN(64, BigInt(seed))
  const [high, low] = [Number(bits >> LOW_BITS), Number(BigInt.asUintN(32, bits))]
  const folded = high === 0 || high === SIGN ? low : (low ^ Math.imul(high, GOLDEN)) >>> 0
  return (folded + choice) % 2 ** 32
}
