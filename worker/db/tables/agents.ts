import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { accounts } from './accounts.ts'
import { createdAt, id } from './columns.ts'

/** Sentences that an account wants its agents to remember. */
export const agentNotes = sqliteTable(
  'agent_notes',
  {
    id: id(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    text: text('text').notNull(),
    createdAt: createdAt(),
  },
  (table) => [index('agent_notes_account').on(table.accountId, table.id)],
)

/** A run of an agent, as lists show it; its steps are in its object. */
export const agentRuns = sqliteTable(
  'agent_runs',
  {
    id: id(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    /** The way in which it decides. */
    loop: text('loop').notNull(),
    model: text('model').notNull(),
    /** The question as lists show it, cut where it is long. */
    question: text('question').notNull(),
    state: text('state', {
      enum: ['running', 'waiting_approval', 'completed', 'failed', 'cancelled'],
    }).notNull(),
    /** The limit that it came to. */
    stopReason: text('stop_reason'),
    promptTokens: integer('prompt_tokens').notNull().default(0),
    completionTokens: integer('completion_tokens').notNull().default(0),
    /** The stored conversation that it is a turn of. */
    conversationId: text('conversation_id'),
    /** Addresses that its searches have found, where it has read text of strangers; null where it has read none. */
    outside: text('outside', { mode: 'json' }).$type<string[]>(),
    /** Its answer, to be known again in a conversation that a client sends; null where it has read no text of strangers. */
    answerHash: text('answer_hash'),
    createdAt: createdAt(),
    endedAt: integer('ended_at'),
  },
  (table) => [
    index('agent_runs_account').on(table.accountId, table.createdAt, table.id),
    index('agent_runs_conversation').on(table.accountId, table.conversationId),
    index('agent_runs_answer').on(table.accountId, table.answerHash),
    index('agent_runs_state').on(table.state, table.createdAt),
  ],
)

/** A tool as its server describes it, in the protocol's words. All of it is a stranger's. */
export interface McpTool {
  name: string
  title?: string
  description?: string
  inputSchema: Record<string, unknown>
  outputSchema?: Record<string, unknown>
  annotations?: Record<string, unknown>
}

/** Servers of the Model Context Protocol whose tools an account lets its agents use. */
export const mcpServers = sqliteTable(
  'mcp_servers',
  {
    id: id(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    /** The name by which its owner calls it, unique in the account. */
    label: text('label').notNull(),
    url: text('url').notNull(),
    description: text('description'),
    /** The headers that are sent to it, sealed; null where there are none. */
    headers: text('headers'),
    /** Their names, for its owner. */
    headerNames: text('header_names', { mode: 'json' }).$type<string[]>().notNull(),
    /** The memory of the last conversation with it, sealed: a session is a credential. */
    session: text('session'),
    /** Which key of the deployment has sealed both. */
    sealedBy: text('sealed_by').notNull(),
    isEnabled: integer('is_enabled', { mode: 'boolean' }).notNull(),
    /** The server's word about itself. */
    serverName: text('server_name'),
    protocolVersion: text('protocol_version'),
    checkedAt: integer('checked_at'),
    /** Why its tools could not be listed the last time; null where they were. */
    lastError: text('last_error'),
    createdAt: createdAt(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [uniqueIndex('mcp_servers_label').on(table.accountId, table.label)],
)

/** Tools of such servers: as they were seen last, and as their owner has let them in. */
export const mcpTools = sqliteTable(
  'mcp_tools',
  {
    serverId: text('server_id')
      .notNull()
      .references(() => mcpServers.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    /** Null where the server has it no more. */
    seen: text('seen', { mode: 'json' }).$type<McpTool>(),
    seenHash: text('seen_hash'),
    /** Null where its owner has not let it in. */
    pinned: text('pinned', { mode: 'json' }).$type<McpTool>(),
    pinnedHash: text('pinned_hash'),
  },
  (table) => [primaryKey({ columns: [table.serverId, table.name] })],
)
