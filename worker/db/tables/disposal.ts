import { sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { createdAt } from './columns.ts'

/** Objects of R2 that nothing refers to any more, until they are deleted. Written in one batch with what let go of them. */
export const disposedObjects = sqliteTable('disposed_objects', {
  key: text('key').primaryKey(),
  createdAt: createdAt(),
})
