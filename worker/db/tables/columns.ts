import { integer, text } from 'drizzle-orm/sqlite-core'

/** The key of a row, made by `makeId` of shared/ids.ts. */
export const id = () => text('id').primaryKey()

/** Since when a row is there. Every time in a table is epoch ms. */
export const createdAt = () => integer('created_at').notNull()
