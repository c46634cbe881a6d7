/** Names of fields in camel case, as the services spell them, for names with underscores, at every depth. */
export function toOurNames(value: unknown): unknown {
  return renamed(value, (name) => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()))
}

/** Names of fields with underscores, as interfaces spell them, for names in camel case, at every depth. */
export function toOuterNames(value: unknown): unknown {
  return renamed(value, outerName)
}

/** One name with underscores. */
export const outerName = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

function renamed(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [rename(name), renamed(inner, rename)]),
  )
}
