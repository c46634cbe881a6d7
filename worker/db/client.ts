import { drizzle } from 'drizzle-orm/d1'
import { ID_RANDOM_BYTES, makeId } from '../../shared/ids.ts'

export const createDb = (d1: D1Database) => drizzle(d1)
export type Db = ReturnType<typeof createDb>

/** A fresh id for a row. */
export const newId = (): string => makeId(Date.now(), crypto.getRandomValues(new Uint8Array(ID_RANDOM_BYTES)))
