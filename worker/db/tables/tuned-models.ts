import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { StoredFile } from '../../../shared/training.ts'
import { accounts } from './accounts.ts'
import { createdAt, id } from './columns.ts'

/** A model that came of a job, or of a checkpoint of one. Its id is what nodes know its adapter by. */
export const tunedModels = sqliteTable(
  'tuned_models',
  {
    id: id(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    jobId: text('job_id').notNull(),
    /** The step of a checkpoint; null for the result. */
    step: integer('step'),
    /** The pool's model that it is made of. */
    base: text('base').notNull(),
    /** The name of the job's result: those of its checkpoints begin with it. */
    stem: text('stem').notNull(),
    /** As callers name it. */
    name: text('name').notNull().unique(),
    /** Who sees it besides its account and those it is shared with: nobody, or whoever has a role of Clara's. */
    visibility: text('visibility', { enum: ['account', 'clara'] }).notNull(),
    /** An adapter is served with its base; a file of all weights can be downloaded. */
    kind: text('kind', { enum: ['adapter', 'weights'] }).notNull(),
    file: text('file', { mode: 'json' }).$type<StoredFile>().notNull(),
    /** Where the parts of the file are in R2, in order. */
    objectKeys: text('object_keys', { mode: 'json' }).$type<string[]>().notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    index('tuned_models_job').on(table.jobId),
    index('tuned_models_account').on(table.accountId, table.id),
    index('tuned_models_stem').on(table.stem),
  ],
)

/** Accounts that may use a model which another one owns. */
export const tunedModelShares = sqliteTable(
  'tuned_model_shares',
  {
    id: id(),
    modelId: text('model_id')
      .notNull()
      .references(() => tunedModels.id, { onDelete: 'cascade' }),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    createdAt: createdAt(),
  },
  (table) => [
    uniqueIndex('tuned_model_shares_once').on(table.modelId, table.accountId),
    index('tuned_model_shares_account').on(table.accountId),
  ],
)
