import { NOTHING } from './format.ts'

interface LegendProps {
  lines: readonly { name: string; colour: string; values: ArrayLike<number | null | undefined> }[]
  /** The place among the values at which somebody points. */
  at: number | undefined
  /** The name of that place. */
  nameOf: (at: number) => string
}

const figure = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 })

/** The last value that was measured up to a place. */
function knownAt(values: ArrayLike<number | null | undefined>, place: number): string {
  for (let at = Math.min(place, values.length - 1); at >= 0; at -= 1) {
    const value = values[at]
    if (value != null) return figure.format(value)
  }
  return NOTHING
}

/** The lines of a plot by colour, each with its last figure, or with that at which somebody points. */
export function Legend({ lines, at, nameOf }: LegendProps) {
  return (
    <ul class="legend">
      {lines.map(({ name, colour, values }) => (
        <li key={name}>
          <span class="swatch" style={{ background: colour }} />
          <bdi>{name}</bdi> <strong>{knownAt(values, at ?? values.length - 1)}</strong>
        </li>
      ))}
      {at !== undefined && <li class="muted">{nameOf(at)}</li>}
    </ul>
  )
}
