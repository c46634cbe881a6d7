import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { accounts } from './accounts.ts'
import { createdAt, id } from './columns.ts'

/** A student's profile; nested parts are JSON. */
export const profiles = sqliteTable(
  'profiles',
  {
    id: id(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    status: text('status', { enum: ['draft', 'active', 'archived'] }).notNull(),
    academicRecord: text('academic_record', { mode: 'json' }).$type<unknown>(),
    preferences: text('preferences', { mode: 'json' }).$type<unknown>(),
    createdAt: createdAt(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [index('profiles_account').on(table.accountId, table.id)],
)

/** Recommendations as they were given. */
export const recommendations = sqliteTable(
  'recommendations',
  {
    id: id(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    profileId: text('profile_id')
      .notNull()
      .references(() => profiles.id, { onDelete: 'cascade' }),
    query: text('query').notNull(),
    result: text('result', { mode: 'json' }).$type<unknown>().notNull(),
    createdAt: createdAt(),
  },
  (table) => [index('recommendations_account').on(table.accountId, table.id)],
)
