import { AppError } from '../../../../../shared/errors.ts'
import { type Item, itemIdIn, type NewItem, withId } from '../../../../services/responses/items.ts'
import type { Responses } from '../../../../services/responses/responses.ts'
import type { GivenItem } from '../../schemas/responses/items.ts'

/** Where the ids of items, and items that are only named, come from. */
export type ItemSource = Pick<Responses, 'newId' | 'itemsById'>

type GivenMessage = Extract<GivenItem, { role: string }>

type Part = GivenMessage['content'][number]

/** Parts that are not shown were refused by the schema. */
const askedPart = (part: Part) => ({
  type: 'input_text' as const,
  text: 'text' in part ? String(part.text) : '',
})

const saidPart = (part: Part) =>
  part.type === 'refusal'
    ? { type: 'refusal' as const, refusal: String(part.refusal) }
    : {
        type: 'output_text' as const,
        text: 'text' in part ? String(part.text) : '',
        annotations: [],
        logprobs: [],
      }

function toMessage({ role, content }: GivenMessage): NewItem {
  const head = { type: 'message', status: 'completed' } as const
  return role === 'assistant'
    ? { ...head, role, content: content.map(saidPart) }
    : { ...head, role, content: content.map(askedPart) }
}

const isReference = (item: GivenItem) => item.type === 'item_reference'

function toMcpCall(item: Extract<GivenItem, { type: 'mcp_call' }>): NewItem {
  const { type, server_label, name, arguments: text, output = null, error, approval_request_id = null } = item
  const words = error?.content?.map((part) => ({ type: 'text' as const, text: part.text })) ?? []
  return {
    ...{ type, server_label, name, arguments: text, approval_request_id },
    status: error ? 'failed' : 'completed',
    output: error ? null : (output ?? ''),
    error: error ? { type: 'mcp_tool_execution_error', content: words } : null,
  }
}

/** An item of a request as it is kept; nothing of what is shown to no model. */
function toItem(item: Exclude<GivenItem, { type: 'item_reference' }>): NewItem | undefined {
  if (item.type === 'function_call') {
    const { type, call_id, name, arguments: text } = item
    return { type, call_id, name, arguments: text, status: 'completed' }
  }
  if (item.type === 'function_call_output') {
    const { type, call_id, output } = item
    return {
      type,
      call_id,
      output: typeof output === 'string' ? output : output.map((part) => askedPart(part)),
      status: 'completed',
    }
  }
  if (item.type === 'mcp_call') return toMcpCall(item)
  if (item.type === 'mcp_approval_request') {
    const { id: _, ...asked } = item
    return asked
  }
  if (item.type === 'mcp_approval_response') {
    const { type, approval_request_id, approve, reason = null } = item
    return { type, approval_request_id, approve, reason }
  }
  // All others are shown to no model.
  return item.type === undefined || item.type === 'message' ? toMessage(item) : undefined
}

const noSuchItem = (spelled: string, where: string) =>
  new AppError('not_found', `Item with id '${spelled.slice(0, 64)}' not found.`, {
    param: where,
  })

/** The items of a request with ids of their own, those that it only names looked up. Throws `not_found` for one that is not there. */
export async function toItems(
  given: readonly GivenItem[],
  { newId, itemsById }: ItemSource,
  { accountId, field }: { accountId: string; field: 'input' | 'items' },
): Promise<Item[]> {
  const named = given.flatMap((item) => (isReference(item) ? [itemIdIn(item.id ?? '') ?? ''] : []))
  const found = await itemsById(
    accountId,
    named.filter((id) => id !== ''),
  )
  /** Words of a person name the request by the id that it was sent back with. */
  const renamed = new Map<string, string>()
  return given.flatMap((item, index) => {
    if (item.type !== 'item_reference') {
      const made = toItem(item)
      if (!made) return []
      const kept = withId(made, newId())
      if (item.type === 'mcp_approval_request') renamed.set(item.id, kept.id)
      if (kept.type === 'mcp_approval_response')
        kept.approval_request_id = renamed.get(kept.approval_request_id) ?? kept.approval_request_id
      return [kept]
    }
    const known = found.get(itemIdIn(item.id) ?? '')
    if (!known) throw noSuchItem(item.id, `${field}[${index}].id`)
    const { id: _, ...copied } = known
    // An item without its id is one that has none yet.
    return [withId(copied as NewItem, newId())]
  })
}
