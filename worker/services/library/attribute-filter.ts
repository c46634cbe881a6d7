import type { Attributes } from './library-sets.ts'
import type { AttributeFilter } from './search-request.ts'

type Value = string | number | boolean

const compares = (type: 'gt' | 'gte' | 'lt' | 'lte', one: Value, other: Value): boolean => {
  if (typeof one !== typeof other || typeof one === 'boolean') return false
  if (type === 'gt') return one > other
  if (type === 'gte') return one >= other
  return type === 'lt' ? one < other : one <= other
}

/** Whether a file with these attributes is chosen. What it says nothing of fits `ne` and `nin` alone. */
export function isChosen(attributes: Attributes, filter: AttributeFilter): boolean {
  switch (filter.type) {
    case 'and':
      return filter.filters.every((part) => isChosen(attributes, part))
    case 'or':
      return filter.filters.some((part) => isChosen(attributes, part))
    default: {
      const said = Object.hasOwn(attributes, filter.key) ? attributes[filter.key] : undefined
      switch (filter.type) {
        case 'eq':
          return said === filter.value
        case 'ne':
          return said !== filter.value
        case 'in':
          return said !== undefined && filter.value.includes(said)
        case 'nin':
          return said === undefined || !filter.value.includes(said)
        default:
          return said !== undefined && compares(filter.type, said, filter.value)
      }
    }
  }
}
