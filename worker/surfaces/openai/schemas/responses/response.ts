import { z } from '@hono/zod-openapi'
import { MAX_TOOLS } from '../../../../../shared/generation.ts'
import { isId } from '../../../../../shared/ids.ts'
import type { Item } from '../../../../services/responses/items.ts'
import { RESPONSE_PREFIX } from '../../../../services/responses/response-body.ts'
import { ResponseItem } from './items.ts'
import { Include } from './request.ts'

/** Items of a page. */
export const MAX_ITEM_PAGE = 100
const DEFAULT_ITEM_PAGE = 20

const Usage = z.object({
  input_tokens: z.int(),
  input_tokens_details: z.object({ cached_tokens: z.int(), cache_write_tokens: z.int() }),
  output_tokens: z.int(),
  output_tokens_details: z.object({ reasoning_tokens: z.int() }),
  total_tokens: z.int(),
})

/** OpenAI's object of a response. */
export const ResponseObject = z
  .object({
    id: z.string().openapi({ example: `${RESPONSE_PREFIX}6921b2a00123456789abcdef` }),
    object: z.literal('response'),
    created_at: z.int(),
    completed_at: z.int().nullable(),
    status: z.enum(['queued', 'in_progress', 'completed', 'incomplete', 'failed', 'cancelled']),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    incomplete_details: z.object({ reason: z.literal('max_output_tokens') }).nullable(),
    model: z.string(),
    output: z.array(ResponseItem),
    background: z.boolean(),
    store: z.boolean(),
    instructions: z.string().nullable(),
    previous_response_id: z.string().nullable(),
    conversation: z.object({ id: z.string() }).nullable(),
    metadata: z.record(z.string(), z.string()),
    max_output_tokens: z.int().nullable(),
    max_tool_calls: z.int().nullable(),
    parallel_tool_calls: z.boolean(),
    temperature: z.number(),
    top_p: z.number(),
    top_logprobs: z.int(),
    text: z.looseObject({}),
    tools: z.array(z.looseObject({})).max(MAX_TOOLS),
    tool_choice: z.union([z.string(), z.looseObject({})]),
    truncation: z.enum(['auto', 'disabled']),
    reasoning: z.object({ effort: z.string().nullable(), summary: z.string().nullable() }),
    service_tier: z.literal('default'),
    prompt_cache_key: z.string().nullable(),
    safety_identifier: z.string().nullable(),
    user: z.string().nullable(),
    usage: Usage.nullable(),
  })
  .openapi('Response')

export const ResponseStreamEvent = z
  .looseObject({
    type: z.string().openapi({ example: 'response.output_text.delta' }),
    sequence_number: z.int(),
  })
  .openapi('ResponseStreamEvent')

export const DeletedResponse = z
  .object({ id: z.string(), object: z.literal('response'), deleted: z.literal(true) })
  .openapi('DeletedResponse')

export const ItemList = z
  .object({
    object: z.literal('list'),
    data: z.array(ResponseItem),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
    has_more: z.boolean(),
  })
  .openapi('ResponseItemList')

/** A page of items as a list. */
export function toItemList({ items: data, hasMore: has_more }: { items: readonly Item[]; hasMore: boolean }) {
  const [first_id, last_id] = [data[0]?.id ?? null, data.at(-1)?.id ?? null]
  return { object: 'list' as const, data: [...data], first_id, last_id, has_more }
}

const listed = (value: unknown) => (typeof value === 'string' ? [value] : value)

/** Names of things that a query may ask to be shown besides, once or more: `include[]=…`, as the clients spell lists. */
export const includeQuery = {
  include: z.preprocess(listed, Include).optional(),
  'include[]': z.preprocess(listed, Include).optional(),
}

const Flag = z.enum(['true', 'false'])

/** `GET /v1/responses/{response_id}`. */
export const ResponseQuery = z
  .strictObject({
    ...includeQuery,
    stream: Flag.optional().openapi({
      description: 'The events of a response that was made in the background.',
    }),
    starting_after: z.coerce.number().int().min(0).optional().openapi({
      description: 'The number of the last event that was heard. Only with `stream=true`.',
    }),
    include_obfuscation: z.literal('false', { error: 'only false is supported' }).optional(),
  })
  .refine(({ stream, starting_after: after }) => after === undefined || stream === 'true', {
    path: ['starting_after'],
    error: 'it is only allowed with stream=true',
  })

export const ItemPageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_ITEM_PAGE).default(DEFAULT_ITEM_PAGE),
  order: z.enum(['asc', 'desc']).default('desc'),
  after: z.string().max(64).optional(),
  ...includeQuery,
})

/** The id of a row behind any prefix of OpenAI's. */
export const rowIdIn = (spelled: string): string | undefined => {
  const id = spelled.slice(spelled.indexOf('_') + 1)
  return isId(id) ? id : undefined
}
