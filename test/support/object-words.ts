/** Names that every plain object has without being given them. */
export const OBJECT_WORDS = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'] as const

type Place = readonly (string | number)[]

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Every place of a value, from the outside inwards; its own is the empty one. */
function placesOf(value: unknown, place: Place = []): Place[] {
  if (!isObject(value)) return [place]
  const inner = Array.isArray(value)
    ? value.flatMap((item, index) => placesOf(item, [...place, index]))
    : Object.entries(value).flatMap(([name, item]) => placesOf(item, [...place, name]))
  return [place, ...inner]
}

/** JSON of a value with other JSON at a place. Written as text: `__proto__` is a field of its own there. */
function textWith(value: unknown, [first, ...rest]: Place, change: (value: unknown) => string): string {
  if (first === undefined) return change(value)
  const at = (name: string | number, item: unknown) =>
    name === first ? textWith(item, rest, change) : JSON.stringify(item)
  if (Array.isArray(value)) return `[${value.map((item, index) => at(index, item)).join()}]`
  if (!isObject(value)) return JSON.stringify(value)
  return `{${Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}:${at(name, item)}`)}}`
}

/** A frame as text for each of its places and each word: the word in the place of its value, and as a field of it. */
export function wordedFrames(frame: unknown): string[] {
  return placesOf(frame).flatMap((place) =>
    OBJECT_WORDS.flatMap((word) => {
      const asValue = textWith(frame, place, () => JSON.stringify(word))
      const asField = textWith(frame, place, (value) => {
        const text = JSON.stringify(value)
        const field = `${JSON.stringify(word)}:{"${word}":1}`
        return isObject(value) && !Array.isArray(value)
          ? text.replace(/\}$/, `${text === '{}' ? '' : ','}${field}}`)
          : text
      })
      return asField === JSON.stringify(frame) ? [asValue] : [asValue, asField]
    }),
  )
}
