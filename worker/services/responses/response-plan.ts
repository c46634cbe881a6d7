import { ID_RANDOM_BYTES, makeId } from '../../../shared/ids.ts'
import type { AskedAnswer } from './answering.ts'
import type { Item } from './items.ts'
import type { ResponseHead } from './response-body.ts'

/** A response as it is asked for. */
export interface ResponsePlan {
  /** The row's id. */
  id: string
  accountId: string
  previousId: string | null
  /** The conversation that is asked in. */
  conversationId: string | null
  head: ResponseHead
  /** Brought by this request. */
  input: readonly Item[]
  /** More that is shown of its items. */
  include?: readonly string[] | undefined
  answer: AskedAnswer
}

/** The ids of the items that come out of a response: each its own, and always the same ones. */
export function itemIds(id: string): (index: number) => string {
  const created = Number.parseInt(id.slice(0, 8), 16) * 1_000
  const random = Uint8Array.from({ length: ID_RANDOM_BYTES }, (_, at) =>
    Number.parseInt(id.slice(8 + 2 * at, 10 + 2 * at), 16),
  )
  const view = new DataView(random.buffer)
  const low = view.getUint32(4)
  return (index) => {
    // The response's own number is none of theirs.
    view.setUint32(4, (low + index + 1) % 2 ** 32)
    return makeId(created, random)
  }
}
