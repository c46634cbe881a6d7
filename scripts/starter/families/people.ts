import { capitalised, type Source } from '../source.ts'
import { ENDINGS, HELD_NAMES, NAMES, SYLLABLES } from '../world/names.ts'
import { CITIES, HELD_CITIES } from '../world/things.ts'

/** A name that nobody has: what is copied is not known by heart. */
export function madeUpName(source: Source): string {
  const stem = source.some(1, 3, () => source.pick(SYLLABLES)).join('')
  return capitalised(stem + (source.chance(0.6) ? source.pick(ENDINGS) : ''))
}

/** Of names and cities, so many are coined where they are. */
const COINED_SHARE = 0.4

/** The beginning of one of them and the end of another. */
function coinedOf(source: Source, names: readonly string[]): string {
  const [first, second] = [source.pick(names), source.pick(names)]
  return first.slice(0, source.between(2, 5)).trimEnd() + second.slice(-source.between(2, 5)).toLowerCase()
}

/** A first name. Those that are only asked for are never learned. */
export function nameOf(source: Source): string {
  if (source.isHeld) return source.pick(HELD_NAMES)
  if (source.coins && source.chance(COINED_SHARE)) return coinedOf(source, NAMES)
  return source.chance(0.5) ? madeUpName(source) : source.pick(NAMES)
}

/** A city. Those that are only asked for are never learned. */
export function cityOf(source: Source): string {
  if (source.isHeld) return source.pick(HELD_CITIES)
  if (source.coins && source.chance(COINED_SHARE)) return coinedOf(source, CITIES)
  return source.chance(0.35) ? madeUpName(source) : source.pick(CITIES)
}

/** A number as people tell them: mostly short. */
export function numberOf(source: Source): number {
  const kind = source.random.next()
  if (kind < 0.5) return source.between(2, 99)
  if (kind < 0.8) return source.between(100, 999)
  return kind < 0.9 ? source.between(1, 90) * 1_000 : source.between(1_000, 9_999)
}
