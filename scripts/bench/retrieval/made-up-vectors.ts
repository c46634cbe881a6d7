/** Dimensions of the vectors of a usual embedding model. */
export const DIMENSIONS = 768

/** Vectors lie around so many centres, as those of texts on so many subjects do. */
const CENTRES = 500
const NOISE = 0.7
/** How far a question is from the passage that it is about. */
const QUESTION_NOISE = 0.6

/** Numbers from -1 to 1, the same ones for the same seed. */
function* numbers(seed: number): Generator<number, never> {
  let state = seed
  for (;;) {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    yield ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1
  }
}

const made = (seed: number): Float32Array => {
  const random = numbers(seed)
  return Float32Array.from({ length: DIMENSIONS }, () => random.next().value)
}

const mixed = (one: Float32Array, other: Float32Array, share: number): Float32Array => {
  const sum = one.map((value, at) => value * (1 - share) + (other[at] ?? 0) * share)
  const length = Math.hypot(...sum)
  return sum.map((value) => value / length)
}

/** The vector of a passage, by its number. */
export const passageVector = (number: number): Float32Array =>
  mixed(made(1_000_000_000 + (number % CENTRES)), made(number), NOISE)

/** The vector of a text: `#7 …` is passage 7, `?7 …` a question about it. Others are of their length. */
export function vectorOf(text: string): Float32Array {
  const [, kind, digits = '0'] = /^([#?])(\d+)/.exec(text) ?? []
  const number = Number(digits)
  if (kind === '?') return mixed(passageVector(number), made(2_000_000_000 + number), QUESTION_NOISE)
  return passageVector(kind === '#' ? number : text.length)
}
