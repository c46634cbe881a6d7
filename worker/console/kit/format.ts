/** Stands for a figure that nobody has measured: never 0. */
export const NOTHING = '–'

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

/** A count with separators. */
export const count = (value: number | null | undefined): string =>
  value == null ? NOTHING : whole.format(value)

/** A count in few characters: 12.3K. */
export const brief = (value: number | null | undefined): string =>
  value == null ? NOTHING : short.format(value)

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** Bytes in the largest unit of which there is one. */
export function bytes(value: number | null | undefined): string {
  if (value == null) return NOTHING
  const power = Math.min(UNITS.length - 1, value < 1 ? 0 : Math.floor(Math.log2(value) / 10))
  const scaled = value / 1024 ** power
  return `${scaled.toFixed(power === 0 || scaled >= 100 ? 0 : 1)} ${UNITS[power]}`
}

/** Milliseconds as a person says them. */
export function duration(ms: number | null | undefined): string {
  if (ms == null) return NOTHING
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`
  const minutes = Math.floor(ms / 60_000)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** One digit behind the point. */
export const rate = (value: number | null | undefined): string => (value == null ? NOTHING : value.toFixed(1))

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

/** A time of unix seconds, where the person is. */
export const when = (seconds: number | null | undefined): string =>
  seconds == null ? NOTHING : moment.format(seconds * 1_000)
