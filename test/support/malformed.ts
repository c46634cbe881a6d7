import fc from 'fast-check'

/** The id in the frames of `frames.ts`; a test puts other ones in its place. */
export const PLACEHOLDER = '0a1b2c3d-1'

/** Every place in a JSON value, as the keys that lead to it. */
const placesIn = (value: unknown): string[][] =>
  typeof value === 'object' && value !== null
    ? [[], ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner).map((path) => [key, ...path]))]
    : [[]]

/** A JSON value with the one at `path` changed. What is changed to nothing is left out. */
function changed(value: unknown, path: readonly string[], change: (old: unknown) => unknown[]): unknown[] {
  const [key, ...rest] = path
  if (key === undefined) return change(value)
  if (Array.isArray(value)) {
    return [value.flatMap((item, index) => (String(index) === key ? changed(item, rest, change) : [item]))]
  }
  // `placesIn` found the key in this very object.
  const { [key]: old, ...others } = value as Record<string, unknown>
  const [first, second] = changed(old, rest, change)
  return [
    { ...others, ...(first !== undefined && { [key]: first }), ...(second !== undefined && { x: second }) },
  ]
}

/** The value at `path`. */
const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], value) // `placesIn` found the keys there

const wrongValue = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom<unknown>(...[null, true, -1, 0.5, 1e308, 2 ** 53, Number.MAX_SAFE_INTEGER, -0, '', '7']),
  fc.constantFrom<unknown>('\ud800', '\u0000', '__proto__', 'x'.repeat(3_000)),
  fc.constantFrom<unknown>('hello', 'draining', 'step', 'welcome', 'call.cancel'),
  fc.constantFrom<unknown>([], {}, [[]], Array(3_000).fill(0), { length: -1 }, JSON.parse('{"__proto__":1}')),
)

/** A value of the same type that is another, or that value once more. */
const strangeValue = (old: unknown): fc.Arbitrary<unknown> => {
  if (typeof old === 'number') {
    return fc.oneof(fc.nat(), fc.constantFrom(0, 1, 2, 2 ** 32, Number.MAX_SAFE_INTEGER))
  }
  if (typeof old !== 'string') return fc.constant(Array.isArray(old) ? [...old, ...old] : old)
  return fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', '\ud800', '__proto__', 'é'.repeat(3_000)),
  )
}

/** Frames with one of their places dropped, doubled or given another value. */
export const bentFrames = (seeds: readonly unknown[]): fc.Arbitrary<string> =>
  fc.constantFrom(...seeds).chain((seed) => {
    const place = fc.constantFrom(...placesIn(seed))
    const change = fc.oneof(
      fc.constant(() => []),
      fc.constant((old: unknown) => [old, old]),
      wrongValue.map((wrong) => () => [wrong]),
    )
    return fc.tuple(place, change).map(([path, to]) => JSON.stringify(changed(seed, path, to)[0]) ?? '')
  })

/**
 * Well-formed frames that say something else than they should, with fields that nobody knows. `keywords` are fields that
 * stay as they are: their values are a closed list, or an id that is put in later.
 */
export const strangeFrames = (
  seeds: readonly unknown[],
  keywords: ReadonlySet<string>,
): fc.Arbitrary<string> =>
  fc.constantFrom(...seeds).chain((seed) => {
    const places = placesIn(seed).filter((path) => !keywords.has(path.at(-1) ?? ''))
    return fc.constantFrom(...places).chain((path) =>
      fc.tuple(strangeValue(at(seed, path)), fc.jsonValue({ maxDepth: 2 })).map(([value, unknown]) => {
        const [frame] = changed(seed, path, () => [value]) as [object]
        return JSON.stringify({ ...frame, unknown })
      }),
    )
  })

/** The texts of frames, cut, doubled, or with something put into them. */
export const tornFrames = (seeds: readonly unknown[]): fc.Arbitrary<string> =>
  fc
    .record({
      text: fc.constantFrom(...seeds.map((seed) => JSON.stringify(seed))),
      place: fc.nat(300),
      length: fc.integer({ min: 1, max: 40 }),
      put: fc.oneof(fc.constantFrom('', ',', '"', '{', ']', '\\', '\n', 'e9', '\u2028'), fc.string()),
      tail: fc.constantFrom('', 'whole', 'twice'),
    })
    .map(({ text, place, length, put, tail }) => {
      const cut = place % text.length
      if (tail === 'twice') return text + put + text
      return text.slice(0, cut) + put + (tail === 'whole' ? text.slice(cut) : text.slice(cut + length))
    })
