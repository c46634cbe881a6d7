import { z } from '@hono/zod-openapi'
import { MAX_TOOLS } from '../../../../../shared/generation.ts'
import { ToolName } from '../../../../http/chat-completions/messages.ts'
import { only } from '../../../../http/chat-completions/sampling-fields.ts'
import { MAX_URL_LENGTH } from '../../../../services/webhooks/targets.ts'
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

const onlyDirect = z.tuple([z.literal('direct')], { error: "only ['direct'] is supported" }).nullish()

const CodeInterpreterTool = z
  .strictObject({
    type: z.literal('code_interpreter'),
    container: z
      .strictObject(
        {
          type: z.literal('auto'),
          file_ids: z
            .array(z.string())
            .max(0, { error: 'files are not supported: a program has none' })
            .nullish(),
          memory_limit: z.null({ error: 'it is not supported: a program has 256 MB' }).optional(),
          network_policy: z.strictObject({ type: z.literal('disabled') }).nullish(),
        },
        { error: "only {type: 'auto'} is supported: nothing is kept from one program to the next" },
      )
      .openapi({
        description:
          'Each program has a process of its own: Python, 10 seconds, 256 MB, no files and no net.',
      }),
    allowed_callers: onlyDirect,
  })
  .openapi('CodeInterpreterTool')

/** The longest label of a server. */
const MAX_LABEL_LENGTH = 32
/** Tools that a filter names. */
const MAX_NAMED_TOOLS = 128

const Label = z
  .string()
  .max(MAX_LABEL_LENGTH)
  .regex(/^[a-zA-Z][a-zA-Z0-9_-]*$/, {
    error: `expected at most ${MAX_LABEL_LENGTH} letters, digits, dashes and underscores, a letter first`,
  })
const ToolNames = z.array(z.string().min(1).max(128)).max(MAX_NAMED_TOOLS)
const McpFilter = z.strictObject({ tool_names: ToolNames.optional(), read_only: z.boolean().optional() })
export type McpFilter = z.infer<typeof McpFilter>

const McpTool = z
  .strictObject({
    type: z.literal('mcp'),
    server_label: Label,
    server_url: z.string().min(1).max(MAX_URL_LENGTH).optional().openapi({
      description:
        'https, on the public internet. Without it, `server_label` is the label of one of your MCP servers.',
    }),
    server_description: z.string().max(MAX_DESCRIPTION_LENGTH).optional(),
    headers: z.record(z.string(), z.string()).nullish(),
    authorization: z
      .string()
      .min(1)
      .max(4_000)
      .optional()
      .openapi({ description: 'Sent as `Authorization: Bearer …`.' }),
    allowed_tools: z.union([ToolNames, McpFilter]).nullish(),
    require_approval: z
      .union([
        z.enum(['always', 'never']),
        z.strictObject({ always: McpFilter.optional(), never: McpFilter.optional() }),
      ])
      .nullish()
      .openapi({
        description:
          'Without it, each call of a tool waits for approval; of one of your MCP servers, of tools that do not say that they only read.',
      }),
    allowed_callers: onlyDirect,
    defer_loading: only(false),
    connector_id: z.null({ error: 'connectors are not supported: send a server_url' }).optional(),
    tunnel_id: z.null({ error: 'it is not supported' }).optional(),
  })
  .openapi('McpTool')

export const ResponseTool = z.discriminatedUnion(
  'type',
  [FunctionTool, FileSearchTool, WebSearchTool, CodeInterpreterTool, McpTool],
  {
    error:
      "only tools of type 'function', 'file_search', 'web_search', 'code_interpreter' and 'mcp' are supported",
  },
)
export type ResponseTool = z.infer<typeof ResponseTool>

const NamedTool = z.union([
  z.strictObject({ type: z.literal('function'), name: ToolName }),
  z.strictObject({ type: z.enum(['file_search', 'code_interpreter', ...WEB_SEARCHES]) }),
  z.strictObject({
    type: z.literal('mcp'),
    server_label: z.string().max(MAX_LABEL_LENGTH),
    name: z.string().max(128).nullish(),
  }),
])
const AllowedTools = z.strictObject({
  type: z.literal('allowed_tools'),
  mode: z.enum(['auto', 'required']),
  tools: z.array(NamedTool).min(1).max(MAX_TOOLS),
})

export const ResponseToolChoice = z.union([z.enum(['none', 'auto', 'required']), NamedTool, AllowedTools], {
  error:
    "expected 'none', 'auto', 'required', {type: 'function', name}, {type: 'file_search', 'web_search' or 'code_interpreter'}, {type: 'mcp', server_label, name} or {type: 'allowed_tools', mode: 'auto' or 'required', tools}",
})
export type ResponseToolChoice = z.infer<typeof ResponseToolChoice>

/** The name by which a model calls a tool; of a server's tools, how they are told apart here: by the server's label. */
export function calledName(tool: ResponseTool | z.infer<typeof NamedTool>): string {
  if (tool.type === 'mcp') return `mcp:${tool.server_label}`
  if ('name' in tool) return tool.name
  return tool.type === 'file_search' || tool.type === 'code_interpreter' ? tool.type : 'web_search'
}

/** The tools that a choice names. */
export function namedIn(choice: ResponseToolChoice | null | undefined): z.infer<typeof NamedTool>[] {
  if (typeof choice !== 'object' || choice === null) return []
  return choice.type === 'allowed_tools' ? choice.tools : [choice]
}

/** The names of the tools that a choice names. */
export const namesIn = (choice: ResponseToolChoice | null | undefined): string[] =>
  namedIn(choice).map(calledName)
