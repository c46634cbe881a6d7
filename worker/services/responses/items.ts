import type { FoundPassage, ListedTool } from './hosted/hosted-events.ts'

/** Text that was put into a conversation. */
export interface InputText {
  type: 'input_text'
  text: string
}

/** A source that a text names, as OpenAI spells it. */
export type Annotation =
  | { type: 'file_citation'; file_id: string; filename: string; index: number }
  | { type: 'url_citation'; url: string; title: string; start_index: number; end_index: number }

/** A likely token. */
export interface ItemLogprob {
  token: string
  logprob: number
  bytes: number[]
  top_logprobs: { token: string; logprob: number; bytes: number[] }[]
}

/** Text that a model has said. */
export interface OutputText {
  type: 'output_text'
  text: string
  annotations: Annotation[]
  logprobs: ItemLogprob[]
}

export interface Refusal {
  type: 'refusal'
  refusal: string
}

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete'

export interface AskedMessage {
  id: string
  type: 'message'
  role: 'user' | 'system' | 'developer'
  status: ItemStatus
  content: InputText[]
}

export interface SaidMessage {
  id: string
  type: 'message'
  role: 'assistant'
  status: ItemStatus
  content: (OutputText | Refusal)[]
}

export interface FunctionCall {
  id: string
  type: 'function_call'
  call_id: string
  name: string
  arguments: string
  status: ItemStatus
}

export interface FunctionCallOutput {
  id: string
  type: 'function_call_output'
  call_id: string
  output: string | InputText[]
  status: ItemStatus
}

/** A search in vector stores. */
export interface FileSearchCall {
  id: string
  type: 'file_search_call'
  status: 'searching' | 'completed' | 'failed'
  queries: string[]
  results: FoundPassage[] | null
}

/** A search of the web. */
export interface WebSearchCall {
  id: string
  type: 'web_search_call'
  status: 'searching' | 'completed' | 'failed'
  action: { type: 'search'; query: string; queries: string[]; sources?: { type: 'url'; url: string }[] }
}

/** A program that was run. */
export interface CodeInterpreterCall {
  id: string
  type: 'code_interpreter_call'
  status: 'in_progress' | 'interpreting' | 'completed' | 'incomplete' | 'failed'
  code: string | null
  container_id: string
  outputs: { type: 'logs'; logs: string }[] | null
}

/** The tools of a server. */
export interface McpListTools {
  id: string
  type: 'mcp_list_tools'
  server_label: string
  tools: ListedTool[]
  error: string | null
}

/** A call of a server's tool. */
export interface McpCall {
  id: string
  type: 'mcp_call'
  status: 'in_progress' | 'completed' | 'incomplete' | 'calling' | 'failed'
  server_label: string
  name: string
  arguments: string
  output: string | null
  error: { type: 'mcp_tool_execution_error'; content: { type: 'text'; text: string }[] } | null
  approval_request_id: string | null
}

/** A call that waits for a person's word. */
export interface McpApprovalRequest {
  id: string
  type: 'mcp_approval_request'
  server_label: string
  name: string
  arguments: string
}

/** A person's word. */
export interface McpApprovalResponse {
  id: string
  type: 'mcp_approval_response'
  approval_request_id: string
  approve: boolean
  reason: string | null
}

/**
 * A thing that was said, called or answered, in the words in which OpenAI's Responses keep it: they are what is stored. Its
 * `id` is a row's id behind a prefix that says its kind.
 */
export type Item =
  | AskedMessage
  | SaidMessage
  | FunctionCall
  | FunctionCallOutput
  | FileSearchCall
  | WebSearchCall
  | CodeInterpreterCall
  | McpListTools
  | McpCall
  | McpApprovalRequest
  | McpApprovalResponse

/** An item that has no id yet. */
export type NewItem = Item extends infer One ? (One extends Item ? Omit<One, 'id'> : never) : never

/** How the id of an item begins, by its type. */
const PREFIXES: Record<Item['type'], string> = {
  message: 'msg_',
  function_call: 'fc_',
  function_call_output: 'fco_',
  file_search_call: 'fs_',
  web_search_call: 'ws_',
  code_interpreter_call: 'ci_',
  mcp_list_tools: 'mcpl_',
  mcp_call: 'mcp_',
  mcp_approval_request: 'mcpr_',
  mcp_approval_response: 'mcpa_',
}

export const spellItemId = (type: Item['type'], id: string): string => PREFIXES[type] + id

/** The row's id in the id of an item; undefined for what spells none. */
export const itemIdIn = (spelled: string): string | undefined => /^[a-z]+_([0-9a-f]{24})$/.exec(spelled)?.[1]

/** The row's id of an item of ours. */
export const rowIdOf = ({ id }: Pick<Item, 'id'>): string => id.slice(id.indexOf('_') + 1)

/** An item with the id of its row. */
export const withId = (item: NewItem, id: string): Item =>
  // The spread of one of the union's members is that member with its id.
  ({ id: spellItemId(item.type, id), ...item }) as Item
