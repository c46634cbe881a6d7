import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { accounts } from './accounts.ts'
import { createdAt, id } from './columns.ts'

/** An account's own record of a training run that happens elsewhere: its owner moves it. */
export const fineTuneRecords = sqliteTable(
  'fine_tune_records',
  {
    id: id(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    /** Stays when the dataset is deleted. */
    datasetId: text('dataset_id').notNull(),
    baseModel: text('base_model').notNull(),
    /** The record of the model that came of it. */
    modelId: text('model_id'),
    status: text('status').notNull(),
    /** 0 to 100. */
    progress: integer('progress').notNull(),
    currentStep: text('current_step'),
    logs: text('logs'),
    createdAt: createdAt(),
    completedAt: integer('completed_at'),
  },
  (table) => [index('fine_tune_records_account').on(table.accountId, table.createdAt, table.id)],
)
