import type { files } from '../../db/tables/files.ts'

/** A file of an account as it is kept. */
export type StoredFile = typeof files.$inferSelect
