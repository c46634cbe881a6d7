import { and, eq, inArray, lt } from 'drizzle-orm'
import { AppError } from '../../../../shared/errors.ts'
import { DAY_MS } from '../../../../shared/units.ts'
import { type Db, newId } from '../../../db/client.ts'
import { vectorStoreBatches as batches } from '../../../db/tables/files.ts'
import type { LibraryStub } from '../../library/library.ts'
import type { Attributes, SetMember } from '../../library/library-sets.ts'
import { sweep } from '../../sweep.ts'
import type { VectorStores } from './vector-stores.ts'

/** Members of a store that are looked at together. */
const PAGE = 500

/** Batches that are remembered of one account, and for how long. */
export const MAX_BATCHES = 1_000
export const BATCH_LIFETIME_MS = 30 * DAY_MS

/** A file that comes with a batch. */
export interface BatchFile {
  fileId: string
  attributes: Attributes
}

/** Files that came into a store together, and where they stand. */
export interface FileBatch {
  id: string
  storeId: string
  createdAt: number
  status: 'in_progress' | 'completed' | 'cancelled'
  counts: { inProgress: number; ready: number; failed: number; cancelled: number; total: number }
}

type Row = typeof batches.$inferSelect

export interface FileBatchesOptions {
  db: Db
  library: (accountId: string) => LibraryStub
  stores: Pick<VectorStores, 'get' | 'getLive' | 'addBatch'>
  now?: () => number
}

const noSuchBatch = () => new AppError('not_found', 'There is no such file batch.', { param: 'batch_id' })

/** Batches of files for vector stores. */
export function createFileBatches({ db, library, stores, now = Date.now }: FileBatchesOptions) {
  async function find(accountId: string, storeId: string, id: string): Promise<Row> {
    await stores.get(accountId, storeId)
    const [row] = await db
      .select()
      .from(batches)
      .where(and(eq(batches.id, id), eq(batches.accountId, accountId), eq(batches.storeId, storeId)))
    if (!row) throw noSuchBatch()
    return row
  }

  /** Its files that are still in the store, in the order in which they came. */
  async function membersOf({ accountId, storeId, fileIds }: Row): Promise<SetMember[]> {
    const wanted = new Set(fileIds)
    const found: SetMember[] = []
    let after: string | undefined
    while (true) {
      const page = await library(accountId).listSetMembers(storeId, {
        ...{ limit: PAGE, order: 'asc' },
        ...(after !== undefined && { after }),
      })
      found.push(...page.members.filter(({ fileId }) => wanted.has(fileId)))
      after = page.members.at(-1)?.fileId
      if (!page.hasMore || after === undefined) return found
    }
  }

  async function view(row: Row): Promise<FileBatch> {
    const members = await membersOf(row)
    const countOf = (state: SetMember['state']) => members.filter((member) => member.state === state).length
    const [inProgress, ready, failed] = [countOf('inProgress'), countOf('ready'), countOf('failed')]
    const open = inProgress > 0 ? 'in_progress' : 'completed'
    return {
      id: row.id,
      storeId: row.storeId,
      createdAt: row.createdAt,
      status: row.cancelled === null ? open : 'cancelled',
      counts: { inProgress, ready, failed, cancelled: row.cancelled ?? 0, total: row.fileIds.length },
    }
  }

  return {
    /** Puts files into a store. Throws `not_found` and `limit_exceeded`, and then none of them was put in. */
    async create(accountId: string, storeId: string, files: readonly BatchFile[]): Promise<FileBatch> {
      await stores.getLive(accountId, storeId)
      const fileIds = files.map(({ fileId }) => fileId)
      if ((await library(accountId).missingFiles(fileIds)).length > 0)
        throw new AppError('not_found', 'There is no such file, or it is no document.', { param: 'file_ids' })
      if ((await db.$count(batches, eq(batches.accountId, accountId))) >= MAX_BATCHES) {
        const message = `An account has at most ${MAX_BATCHES} file batches; each is forgotten after 30 days, or with its store.`
        throw new AppError('limit_exceeded', message)
      }
      const id = newId()
      const row = { id, accountId, storeId, fileIds, cancelled: null, createdAt: now() }
      await db.insert(batches).values(row)
      try {
        await stores.addBatch(accountId, storeId, id, files)
      } catch (thrown) {
        await db.delete(batches).where(eq(batches.id, id))
        throw thrown
      }
      return view(row)
    },

    get: async (accountId: string, storeId: string, id: string): Promise<FileBatch> =>
      view(await find(accountId, storeId, id)),

    /** Takes back those of its files that cannot be searched yet. */
    async cancel(accountId: string, storeId: string, id: string): Promise<FileBatch> {
      const row = await find(accountId, storeId, id)
      const waiting = (await membersOf(row)).filter(({ state }) => state === 'inProgress')
      for (const { fileId } of waiting) await library(accountId).removeFromSet(storeId, fileId)
      const cancelled = (row.cancelled ?? 0) + waiting.length
      await db.update(batches).set({ cancelled }).where(eq(batches.id, id))
      return view({ ...row, cancelled })
    },

    members: async (accountId: string, storeId: string, id: string): Promise<SetMember[]> =>
      membersOf(await find(accountId, storeId, id)),

    /** Forgets batches whose time is over; their files stay where they are. */
    sweep: (): Promise<number> =>
      sweep(async (limit) => {
        const over = db
          .select({ id: batches.id })
          .from(batches)
          .where(lt(batches.createdAt, now() - BATCH_LIFETIME_MS))
          .limit(limit)
        const { meta } = await db.delete(batches).where(inArray(batches.id, over))
        return meta.changes
      }),

    /** Forgets the batches of a store that is gone. */
    async forget(storeId: string): Promise<void> {
      await db.delete(batches).where(eq(batches.storeId, storeId))
    },
  }
}
export type FileBatches = ReturnType<typeof createFileBatches>
