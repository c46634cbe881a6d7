import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { accounts } from './accounts.ts'
import { createdAt, id } from './columns.ts'

/** A gpu-node that may dial in. The credential's SHA-256 is kept; a revoked node's row stays for the record. */
export const nodes = sqliteTable('nodes', {
  id: id(),
  name: text('name').notNull(),
  credentialHash: text('credential_hash').notNull().unique(),
  createdAt: createdAt(),
  revokedAt: integer('revoked_at'),
  /** The models that its join token named; null: it named none. */
  allowedModels: text('allowed_models', { mode: 'json' }).$type<readonly string[]>(),
})

/**
 * A name that a node serves or has served, and the hash of the file behind it as far as the node has told it: nobody else takes
 * it with another file. They go with the node.
 */
export const nodeModels = sqliteTable(
  'node_models',
  {
    nodeId: text('node_id')
      .notNull()
      .references(() => nodes.id),
    modelId: text('model_id').notNull(),
    sha256: text('sha256'),
    /** When the node claimed it first. */
    createdAt: createdAt(),
  },
  (table) => [
    primaryKey({ columns: [table.nodeId, table.modelId] }),
    index('node_models_by_model').on(table.modelId, table.sha256),
  ],
)

/** A region whose directory has nodes; it lists itself, and goes when the last has left. The one without a name is not in here. */
export const regions = sqliteTable('regions', { name: text('name').primaryKey(), createdAt: createdAt() })

/** A single-use invitation for one node, by the SHA-256 of its token. */
export const joinTokens = sqliteTable('join_tokens', {
  hash: text('hash').primaryKey(),
  name: text('name').notNull(),
  createdBy: text('created_by')
    .notNull()
    .references(() => accounts.id),
  createdAt: createdAt(),
  expiresAt: integer('expires_at').notNull(),
  usedAt: integer('used_at'),
  /** The models that its node may serve, with their adapters; null: all that no other node serves with another file. */
  allowedModels: text('allowed_models', { mode: 'json' }).$type<readonly string[]>(),
})
