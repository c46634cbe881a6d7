import type { McpTool } from '../../../db/tables/agents.ts'
import type { McpRef } from '../../mcp/mcp-calls.ts'
import type { MadeCall } from './hosted-events.ts'

/** A tool of a server as one response offers it. */
export interface OfferedMcpTool {
  /** Its name for the model. */
  name: string
  tool: McpTool
  needsApproval: boolean
}

/** A server whose tools one response may use. */
export interface McpAsk {
  kind: 'mcp'
  label: string
  ref: McpRef
  tools: readonly OfferedMcpTool[]
  /** Its tools are told, because nothing before has told them. */
  isNew: boolean
}

export interface FileSearchAsk {
  kind: 'file_search'
  /** Rows' ids of vector stores. */
  stores: readonly string[]
  limit: number
  /** As the store's search takes it. */
  filter: object | null
  minScore: number | null
}

/** A kind of tool that is run here, as a request asks for it. All of it is JSON, so that a response can go on elsewhere. */
export type HostedAsk = FileSearchAsk | McpAsk | { kind: 'web_search' } | { kind: 'code_interpreter' }

/** The hosted tools of one response as it is kept. */
export interface HostedPlan {
  asks: readonly HostedAsk[]
  maxCalls: number
  accountId: string
  requestId: string
  /** The response's. */
  id: string
  userWords: string
  contextTokens: number
  approved: readonly MadeCall[]
}
