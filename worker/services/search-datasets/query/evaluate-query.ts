import type { Leaf } from '../../library/term-query.ts'
import type { Query } from './parse-query.ts'

/** Documents by their ids; `isAllBut`: every one but those. */
export interface Selection {
  ids: ReadonlySet<string>
  isAllBut: boolean
}

const only = (ids: Set<string>): Selection => ({ ids, isAllBut: false })
const allBut = (ids: Set<string>): Selection => ({ ids, isAllBut: true })

const inverse = ({ ids, isAllBut }: Selection): Selection => ({ ids, isAllBut: !isAllBut })

const union = (a: ReadonlySet<string>, b: ReadonlySet<string>) => new Set([...a, ...b])
const shared = (a: ReadonlySet<string>, b: ReadonlySet<string>) => new Set([...a].filter((id) => b.has(id)))
const without = (a: ReadonlySet<string>, b: ReadonlySet<string>) => new Set([...a].filter((id) => !b.has(id)))

/** The documents that are in both. */
function both(a: Selection, b: Selection): Selection {
  if (a.isAllBut && b.isAllBut) return allBut(union(a.ids, b.ids))
  if (a.isAllBut) return only(without(b.ids, a.ids))
  return only(b.isAllBut ? without(a.ids, b.ids) : shared(a.ids, b.ids))
}

/** The documents that are in any: what is in none of the others, turned round. */
const either = (a: Selection, b: Selection): Selection => inverse(both(inverse(a), inverse(b)))

const keyOf = ({ kind, text, field }: Leaf): string => JSON.stringify([kind, field, text])

/** The documents that a query selects. A leaf that comes twice is looked up once. */
export async function evaluateQuery(
  query: Query,
  documentsWith: (leaf: Leaf) => Promise<readonly string[]>,
): Promise<Selection> {
  const known = new Map<string, Selection>()

  async function select(part: Query): Promise<Selection> {
    if (part.kind === 'leaf') {
      const key = keyOf(part.leaf)
      const found = known.get(key) ?? only(new Set(await documentsWith(part.leaf)))
      known.set(key, found)
      return found
    }
    if (part.kind === 'not') return inverse(await select(part.of))
    let all: Selection = part.kind === 'and' ? allBut(new Set()) : only(new Set())
    for (const one of part.of) all = (part.kind === 'and' ? both : either)(all, await select(one))
    return all
  }

  return await select(query)
}

/** Whether a document is among those that were selected. */
export const isSelected = ({ ids, isAllBut }: Selection, id: string): boolean => ids.has(id) !== isAllBut
