import {
  type CodeInterpreterCall,
  type FileSearchCall,
  type McpCall,
  spellItemId,
  type WebSearchCall,
} from '../items.ts'
import type { HostedCall, HostedOutcome } from './hosted-events.ts'

/** The item of a call of a tool that is run here. */
export type HostedItem = FileSearchCall | WebSearchCall | CodeInterpreterCall | McpCall

/** The name of the place in which the programs of a response run; nothing is kept in it. */
const containerOf = (responseId: string): string => responseId.replace(/^resp_/, 'cntr_')

/** The item of a call as it begins. */
export function hostedItem(call: HostedCall, rowId: string, responseId: string): HostedItem {
  if (call.kind === 'mcp')
    return {
      id: spellItemId('mcp_call', rowId),
      type: 'mcp_call',
      status: 'in_progress',
      server_label: call.label,
      name: call.name,
      arguments: '',
      output: null,
      error: null,
      approval_request_id: call.approvalRequestId,
    }
  if (call.kind === 'file_search') {
    const id = spellItemId('file_search_call', rowId)
    return { id, type: 'file_search_call', status: 'searching', queries: [call.query], results: null }
  }
  if (call.kind === 'code_interpreter')
    return {
      id: spellItemId('code_interpreter_call', rowId),
      type: 'code_interpreter_call',
      status: 'in_progress',
      code: '',
      container_id: containerOf(responseId),
      outputs: null,
    }
  const action = { type: 'search' as const, query: call.query, queries: [call.query] }
  return { id: spellItemId('web_search_call', rowId), type: 'web_search_call', status: 'searching', action }
}

interface Told {
  type: string
  [field: string]: unknown
}

/** The events between the beginning of a call and its work; the item has come as far then. */
export function begun(item: HostedItem, call: HostedCall): Told[] {
  const type = `response.${item.type}`
  if (item.type === 'code_interpreter_call' && call.kind === 'code_interpreter') {
    const { code } = call
    item.code = code
    item.status = 'interpreting'
    return [
      { type: `${type}.in_progress` },
      { type: `${type}_code.delta`, delta: code },
      { type: `${type}_code.done`, code },
      { type: `${type}.interpreting` },
    ]
  }
  if (item.type === 'mcp_call' && call.kind === 'mcp') {
    item.arguments = call.arguments
    return [
      { type: `${type}.in_progress` },
      { type: `${type}_arguments.delta`, delta: call.arguments },
      { type: `${type}_arguments.done`, arguments: call.arguments },
    ]
  }
  return [{ type: `${type}.in_progress` }, { type: `${type}.searching` }]
}

/** Ends the item of a call. Answers with the name of the event that tells it. */
export function ended(item: HostedItem, outcome: HostedOutcome, shows: (field: string) => boolean): string {
  const { ok, sources, passages, output } = outcome
  item.status = ok ? 'completed' : 'failed'
  if (item.type === 'file_search_call' && shows('file_search_call.results'))
    item.results = [...(passages ?? [])]
  if (item.type === 'web_search_call' && shows('web_search_call.action.sources'))
    item.action.sources = sources.flatMap((source) =>
      source.kind === 'url' ? [{ type: 'url' as const, url: source.url }] : [],
    )
  if (item.type === 'code_interpreter_call' && shows('code_interpreter_call.outputs'))
    item.outputs = output === undefined ? [] : [{ type: 'logs', logs: output }]
  if (item.type === 'mcp_call') {
    if (ok) item.output = output ?? ''
    else item.error = { type: 'mcp_tool_execution_error', content: [{ type: 'text', text: output ?? '' }] }
    return ok ? 'response.mcp_call.completed' : 'response.mcp_call.failed'
  }
  return `response.${item.type}.completed`
}
