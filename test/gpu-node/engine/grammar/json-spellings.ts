/** More orders of one object's properties than this are not tried. */
const MAX_ORDERED_PROPERTIES = 5

/** The compact JSON texts of `value` in every order of its objects' properties, since a grammar takes one order only. */
export function spellingsOf(value: unknown): string[] {
  if (Array.isArray(value)) return join(value.map(spellingsOf)).map((items) => `[${items}]`)
  if (typeof value !== 'object' || value === null) return [JSON.stringify(value)]
  return ordersOf(Object.entries(value)).flatMap((entries) => {
    const members = entries.map(([name, item]) =>
      spellingsOf(item).map((text) => `${JSON.stringify(name)}:${text}`),
    )
    return join(members).map((text) => `{${text}}`)
  })
}

/** Every choice of one text out of each list. */
const join = (lists: readonly string[][]): string[] =>
  lists.reduce(
    (done, next) => done.flatMap((before) => next.map((text) => (before ? `${before},${text}` : text))),
    [''],
  )

function ordersOf<T>(items: readonly T[]): T[][] {
  if (items.length < 2 || items.length > MAX_ORDERED_PROPERTIES) return [[...items]]
  return items.flatMap((item, index) => ordersOf(items.toSpliced(index, 1)).map((rest) => [item, ...rest]))
}
