import type { ComponentChildren } from 'preact'

/** A text with the places of it that were looked for marked. Places may touch each other or lie over each other. */
export function Highlighted({
  text,
  places,
}: {
  text: string
  places: readonly (readonly [number, number])[]
}) {
  const parts: ComponentChildren[] = []
  let at = 0
  for (const [from, to] of places.toSorted(([a], [b]) => a - b)) {
    const begin = Math.max(at, from)
    if (to <= begin) continue
    parts.push(text.slice(at, begin), <mark key={begin}>{text.slice(begin, to)}</mark>)
    at = to
  }
  parts.push(text.slice(at))
  return (
    <p class="passage" dir="auto">
      {parts}
    </p>
  )
}
