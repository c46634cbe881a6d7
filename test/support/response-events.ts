import { z } from 'zod'

/** The schema of an event; test/shared/response-events.test.ts holds them to the types of OpenAI's client. */
const event = <Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  z.strictObject({ type: z.literal(type), sequence_number: z.int().nonnegative(), ...shape })

const Status = z.enum(['in_progress', 'completed', 'incomplete'])
const FileCitation = z.strictObject({
  type: z.literal('file_citation'),
  file_id: z.string().startsWith('file-'),
  filename: z.string(),
  index: z.int(),
})
const UrlCitation = z.strictObject({
  type: z.literal('url_citation'),
  url: z.url(),
  title: z.string(),
  start_index: z.int(),
  end_index: z.int(),
})
const Logprob = z.strictObject({
  token: z.string(),
  logprob: z.number(),
  bytes: z.array(z.int()),
  top_logprobs: z.array(z.strictObject({ token: z.string(), logprob: z.number(), bytes: z.array(z.int()) })),
})
const OutputText = z.strictObject({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: z.array(z.discriminatedUnion('type', [FileCitation, UrlCitation])),
  logprobs: z.array(Logprob),
})
const Message = z.strictObject({
  id: z.string().regex(/^msg_[0-9a-f]{24}$/),
  type: z.literal('message'),
  role: z.literal('assistant'),
  status: Status,
  content: z.array(OutputText),
})
const FunctionCall = z.strictObject({
  id: z.string().regex(/^fc_[0-9a-f]{24}$/),
  type: z.literal('function_call'),
  call_id: z.string().regex(/^call_[0-9a-f]{24}$/),
  name: z.string(),
  arguments: z.string(),
  status: Status,
})
const FileSearchCall = z.strictObject({
  id: z.string().regex(/^fs_[0-9a-f]{24}$/),
  type: z.literal('file_search_call'),
  status: z.enum(['searching', 'completed', 'failed']),
  queries: z.array(z.string()),
  results: z
    .array(
      z.strictObject({
        file_id: z.string().startsWith('file-'),
        filename: z.string(),
        score: z.number(),
        text: z.string(),
        attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
      }),
    )
    .nullable(),
})
const WebSearchCall = z.strictObject({
  id: z.string().regex(/^ws_[0-9a-f]{24}$/),
  type: z.literal('web_search_call'),
  status: z.enum(['searching', 'completed', 'failed']),
  action: z.strictObject({
    type: z.literal('search'),
    query: z.string(),
    queries: z.array(z.string()),
    sources: z.array(z.strictObject({ type: z.literal('url'), url: z.url() })).exactOptional(),
  }),
})
const CodeInterpreterCall = z.strictObject({
  id: z.string().regex(/^ci_[0-9a-f]{24}$/),
  type: z.literal('code_interpreter_call'),
  status: z.enum(['in_progress', 'interpreting', 'completed', 'incomplete', 'failed']),
  code: z.string().nullable(),
  container_id: z.string().startsWith('cntr_'),
  outputs: z.array(z.strictObject({ type: z.literal('logs'), logs: z.string() })).nullable(),
})
const Words = z.record(z.string(), z.unknown())
const McpListTools = z.strictObject({
  id: z.string().regex(/^mcpl_[0-9a-f]{24}$/),
  type: z.literal('mcp_list_tools'),
  server_label: z.string(),
  tools: z.array(
    z.strictObject({
      name: z.string(),
      description: z.string().nullable(),
      input_schema: Words,
      annotations: Words.nullable(),
    }),
  ),
  error: z.string().nullable(),
})
const ToolError = z.strictObject({
  type: z.literal('mcp_tool_execution_error'),
  content: z.array(z.strictObject({ type: z.literal('text'), text: z.string() })),
})
const mcpCall = { server_label: z.string(), name: z.string(), arguments: z.string() }
const McpCall = z.strictObject({
  ...mcpCall,
  id: z.string().regex(/^mcp_[0-9a-f]{24}$/),
  type: z.literal('mcp_call'),
  status: z.enum(['in_progress', 'completed', 'incomplete', 'calling', 'failed']),
  output: z.string().nullable(),
  error: ToolError.nullable(),
  approval_request_id: z.string().nullable(),
})
const McpApprovalRequest = z.strictObject({
  ...mcpCall,
  id: z.string().regex(/^mcpr_[0-9a-f]{24}$/),
  type: z.literal('mcp_approval_request'),
})
const Item = z.discriminatedUnion('type', [
  Message,
  FunctionCall,
  FileSearchCall,
  WebSearchCall,
  CodeInterpreterCall,
  McpListTools,
  McpCall,
  McpApprovalRequest,
])

const FunctionTool = z.strictObject({
  type: z.literal('function'),
  name: z.string(),
  description: z.string().nullable(),
  parameters: z.record(z.string(), z.unknown()).nullable(),
  strict: z.boolean(),
})
const Format = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({
    type: z.literal('json_schema'),
    name: z.string(),
    schema: z.record(z.string(), z.unknown()),
    strict: z.boolean(),
    description: z.string().exactOptional(),
  }),
])

/** OpenAI's object of a response. */
export const ResponseObject = z.strictObject({
  id: z.string().regex(/^resp_[0-9a-f]{24}$/),
  object: z.literal('response'),
  created_at: z.int().positive(),
  completed_at: z.int().positive().nullable(),
  status: z.enum(['queued', 'in_progress', 'completed', 'incomplete', 'failed', 'cancelled']),
  error: z
    .strictObject({
      code: z.enum(['server_error', 'rate_limit_exceeded', 'invalid_prompt']),
      message: z.string(),
    })
    .nullable(),
  incomplete_details: z.strictObject({ reason: z.literal('max_output_tokens') }).nullable(),
  model: z.string(),
  output: z.array(Item),
  background: z.boolean(),
  store: z.boolean(),
  instructions: z.string().nullable(),
  previous_response_id: z.string().nullable(),
  conversation: z.strictObject({ id: z.string() }).nullable(),
  metadata: z.record(z.string(), z.string()),
  max_output_tokens: z.int().nullable(),
  max_tool_calls: z.int().nullable(),
  parallel_tool_calls: z.boolean(),
  temperature: z.number(),
  top_p: z.number(),
  top_logprobs: z.int(),
  text: z.strictObject({ format: Format, verbosity: z.literal('medium') }),
  tools: z.array(
    z.discriminatedUnion('type', [
      FunctionTool,
      z.strictObject({
        type: z.literal('file_search'),
        vector_store_ids: z.array(z.string()),
        max_num_results: z.int(),
      }),
      z.strictObject({ type: z.literal('web_search') }),
      z.strictObject({
        type: z.literal('code_interpreter'),
        container: z.strictObject({ type: z.literal('auto') }),
      }),
      z.strictObject({
        type: z.literal('mcp'),
        server_label: z.string(),
        server_url: z.string(),
        require_approval: z.enum(['always', 'never']).exactOptional(),
      }),
    ]),
  ),
  tool_choice: z.union([
    z.enum(['none', 'auto', 'required']),
    z.strictObject({ type: z.literal('function'), name: z.string() }),
    z.strictObject({
      type: z.literal('allowed_tools'),
      mode: z.enum(['auto', 'required']),
      tools: z.array(z.record(z.string(), z.unknown())),
    }),
  ]),
  truncation: z.enum(['auto', 'disabled']),
  reasoning: z.strictObject({ effort: z.literal('none').nullable(), summary: z.literal('auto').nullable() }),
  service_tier: z.literal('default'),
  prompt_cache_key: z.string().nullable(),
  safety_identifier: z.string().nullable(),
  user: z.string().nullable(),
  usage: z
    .strictObject({
      input_tokens: z.int(),
      input_tokens_details: z.strictObject({ cached_tokens: z.int(), cache_write_tokens: z.int() }),
      output_tokens: z.int(),
      output_tokens_details: z.strictObject({ reasoning_tokens: z.int() }),
      total_tokens: z.int(),
    })
    .nullable(),
})

const whole = { response: ResponseObject }
const item = { output_index: z.int(), item: Item }
const within = { output_index: z.int(), item_id: z.string() }
const part = { ...within, content_index: z.literal(0) }

/** The events that are told, by their names. */
export const eventSchemas = {
  'response.created': event('response.created', whole),
  'response.queued': event('response.queued', whole),
  'response.in_progress': event('response.in_progress', whole),
  'response.completed': event('response.completed', whole),
  'response.incomplete': event('response.incomplete', whole),
  'response.failed': event('response.failed', whole),
  'response.output_item.added': event('response.output_item.added', item),
  'response.output_item.done': event('response.output_item.done', item),
  'response.content_part.added': event('response.content_part.added', { ...part, part: OutputText }),
  'response.content_part.done': event('response.content_part.done', { ...part, part: OutputText }),
  'response.output_text.delta': event('response.output_text.delta', {
    ...part,
    delta: z.string().min(1),
    logprobs: z.array(Logprob),
  }),
  'response.output_text.done': event('response.output_text.done', {
    ...part,
    text: z.string(),
    logprobs: z.array(Logprob),
  }),
  'response.output_text.annotation.added': event('response.output_text.annotation.added', {
    ...part,
    annotation_index: z.int(),
    annotation: z.discriminatedUnion('type', [FileCitation, UrlCitation]),
  }),
  'response.file_search_call.in_progress': event('response.file_search_call.in_progress', within),
  'response.file_search_call.searching': event('response.file_search_call.searching', within),
  'response.file_search_call.completed': event('response.file_search_call.completed', within),
  'response.web_search_call.in_progress': event('response.web_search_call.in_progress', within),
  'response.web_search_call.searching': event('response.web_search_call.searching', within),
  'response.web_search_call.completed': event('response.web_search_call.completed', within),
  'response.function_call_arguments.delta': event('response.function_call_arguments.delta', {
    ...within,
    delta: z.string().min(1),
  }),
  'response.function_call_arguments.done': event('response.function_call_arguments.done', {
    ...within,
    name: z.string(),
    arguments: z.string(),
  }),
  'response.code_interpreter_call.in_progress': event('response.code_interpreter_call.in_progress', within),
  'response.code_interpreter_call_code.delta': event('response.code_interpreter_call_code.delta', {
    ...within,
    delta: z.string(),
  }),
  'response.code_interpreter_call_code.done': event('response.code_interpreter_call_code.done', {
    ...within,
    code: z.string(),
  }),
  'response.code_interpreter_call.interpreting': event('response.code_interpreter_call.interpreting', within),
  'response.code_interpreter_call.completed': event('response.code_interpreter_call.completed', within),
  'response.mcp_list_tools.in_progress': event('response.mcp_list_tools.in_progress', within),
  'response.mcp_list_tools.completed': event('response.mcp_list_tools.completed', within),
  'response.mcp_call.in_progress': event('response.mcp_call.in_progress', within),
  'response.mcp_call_arguments.delta': event('response.mcp_call_arguments.delta', {
    ...within,
    delta: z.string(),
  }),
  'response.mcp_call_arguments.done': event('response.mcp_call_arguments.done', {
    ...within,
    arguments: z.string(),
  }),
  'response.mcp_call.completed': event('response.mcp_call.completed', within),
  'response.mcp_call.failed': event('response.mcp_call.failed', within),
}

/** An event as it was read, held to its schema. */
export type CheckedEvent = z.infer<(typeof eventSchemas)[keyof typeof eventSchemas]>

/** The events of a stream's text, each held to its schema, and their numbers to the order. Throws for one that is none of OpenAI's. */
export function responseEvents(text: string, firstNumber = 0): CheckedEvent[] {
  const blocks = text.split('\n\n').filter((block) => block !== '' && !block.startsWith(':'))
  return blocks.map((block, index) => {
    const [, name, data] = /^event: (\S+)\ndata: (.*)$/.exec(block) ?? []
    if (name === undefined || data === undefined) throw new Error(`This is no event: ${block}`)
    if (!Object.hasOwn(eventSchemas, name)) throw new Error(`OpenAI has no such event here: ${block}`)
    const { sequence_number } = z.looseObject({ sequence_number: z.int() }).parse(JSON.parse(data))
    if (sequence_number !== firstNumber + index)
      throw new Error(`Its number is not ${firstNumber + index}: ${block}`)
    // Asked before whether it is one of them.
    return eventSchemas[name as keyof typeof eventSchemas].parse(JSON.parse(data))
  })
}

/** The last event's response. */
export function lastResponse(events: readonly CheckedEvent[]) {
  const last = events.at(-1)
  if (!last || !('response' in last)) throw new Error('The stream has not ended with a response.')
  return last.response
}
