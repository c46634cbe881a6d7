import { z } from '@hono/zod-openapi'
import { MAX_TOOLS } from '../../../../../shared/generation.ts'
import { ToolName } from '../../../../http/chat-completions/messages.ts'
import { only } from '../../../../http/chat-completions/sampling-fields.ts'
import { StoreSearch } from '../vector-store.ts'

/** Vector stores that one search looks into. */
export const MAX_SEARCHED_STORES = 8

const MAX_DESCRIPTION_LENGTH = 10_000

const FunctionTool = z
  .strictObject({
    type: z.literal('function'),
    name: ToolName,
    description: z.string().max(MAX_DESCRIPTION_LENGTH).nullish(),
    parameters: z.record(z.string(), z.unknown()).nullish(),
    strict: z.boolean().nullish(),
    defer_loading: only(false),
    allowed_callers: z.tuple([z.literal('direct')], { error: "only ['direct'] is supported" }).nullish(),
    output_schema: z.null({ error: 'it is not supported' }).optional(),
    async: only(false),
  })
  .openapi('FunctionTool')

const { filters, max_num_results, ranking_options } = StoreSearch.shape
const FileSearchTool = z
  .strictObject({
    type: z.literal('file_search'),
    vector_store_ids: z.array(z.string().max(64)).min(1).max(MAX_SEARCHED_STORES),
    filters: filters.nullable(),
    max_num_results,
    ranking_options,
  })
  .openapi('FileSearchTool')

/** The names of one tool. */
const WEB_SEARCHES = [
  'web_search',
  'web_search_2025_08_26',
  'web_search_preview',
  'web_search_preview_2025_03_11',
] as const
const WebSearchTool = z
  .strictObject({
    type: z.enum(WEB_SEARCHES),
    search_context_size: only('medium'),
    user_location: z.null({ error: 'it is not supported' }).optional(),
    filters: z.null({ error: 'it is not supported' }).optional(),
    external_web_access: only(true),
  })
  .openapi('WebSearchTool')

export const ResponseTool = z.discriminatedUnion('type', [FunctionTool, FileSearchTool, WebSearchTool], {
  error: "only tools of type 'function', 'file_search' and 'web_search' are supported",
})
export type ResponseTool = z.infer<typeof ResponseTool>

const NamedTool = z.union([
  z.strictObject({ type: z.literal('function'), name: ToolName }),
  z.strictObject({ type: z.enum(['file_search', ...WEB_SEARCHES]) }),
])
const AllowedTools = z.strictObject({
  type: z.literal('allowed_tools'),
  mode: z.enum(['auto', 'required']),
  tools: z.array(NamedTool).min(1).max(MAX_TOOLS),
})

export const ResponseToolChoice = z.union([z.enum(['none', 'auto', 'required']), NamedTool, AllowedTools], {
  error:
    "expected 'none', 'auto', 'required', {type: 'function', name}, {type: 'file_search' or 'web_search'} or {type: 'allowed_tools', mode: 'auto' or 'required', tools}",
})
export type ResponseToolChoice = z.infer<typeof ResponseToolChoice>

/** The name by which a model calls a tool. */
export function calledName(tool: ResponseTool | z.infer<typeof NamedTool>): string {
  if ('name' in tool) return tool.name
  return tool.type === 'file_search' ? 'file_search' : 'web_search'
}

/** The names of the tools that a choice names. */
export function namesIn(choice: ResponseToolChoice | null | undefined): string[] {
  if (typeof choice !== 'object' || choice === null) return []
  return choice.type === 'allowed_tools' ? choice.tools.map(calledName) : [calledName(choice)]
}
