import { AppError } from '../../../../shared/errors.ts'
import { DAY_MS } from '../../../../shared/units.ts'
import { newId } from '../../../db/client.ts'
import type { Audit } from '../../audit.ts'
import type { LibraryStub } from '../../library/library.ts'
import type { Attributes, LibrarySet, SetMember, SetPageRequest } from '../../library/library-sets.ts'
import type { AttributeFilter, SearchResult } from '../../library/search-request.ts'

/** The words of a store that its library does not need. */
export interface StoreWords {
  name: string
  description: string | null
  metadata: Readonly<Record<string, string>> | null
  /** Days without use after which it ends; null: never. */
  expiresAfterDays: number | null
}

/** A named set of files. */
export interface VectorStore extends StoreWords {
  set: LibrarySet
}

export interface StoreSearch {
  queries: readonly string[]
  limit: number
  filter?: AttributeFilter | undefined
  minScore?: number | undefined
  isReranked?: boolean | undefined
}

export const noSuchStore = () =>
  new AppError('not_found', 'There is no such vector store.', { param: 'vector_store_id' })

const expired = () =>
  new AppError(
    'invalid_request',
    'The vector store has expired, and its files have left it: make another one.',
    {
      param: 'vector_store_id',
    },
  )

const noSuchMember = () =>
  new AppError('not_found', 'There is no such file in this vector store.', { param: 'file_id' })

/** The words as they were written into the set; this service alone writes them. */
const wordsIn = (set: LibrarySet): StoreWords => JSON.parse(set.data) as StoreWords

const toStore = (set: LibrarySet): VectorStore => ({ ...wordsIn(set), set })

/** Characters of one piece of a text. */
const PIECE_CHARACTERS = 500_000

/** The text of a document, each part of it once although passages share their ends. */
async function* textOf(shelf: LibraryStub, documentId: string): AsyncGenerator<string, void, void> {
  let end = 0
  let from = 0
  while (true) {
    const passages = await shelf.passagesOf(documentId, { from, characters: PIECE_CHARACTERS })
    const last = passages.at(-1)
    if (!last) return
    let piece = ''
    for (const passage of passages) {
      if (passage.to <= end) continue
      if (passage.from > end) piece += '\n'.repeat(Math.min(2, passage.from - end))
      piece += passage.text.slice(Math.max(0, end - passage.from))
      end = passage.to
    }
    if (piece !== '') yield piece
    from = last.from + 1
  }
}

export interface VectorStoresOptions {
  library: (accountId: string) => LibraryStub
  audit: Pick<Audit, 'row'>
  now?: () => number
}

/** Vector stores: named sets in their account's library. */
export function createVectorStores({ library, audit, now = Date.now }: VectorStoresOptions) {
  const endOf = (days: number | null) => (days === null ? null : now() + days * DAY_MS)

  /** Writes a change down that a library has made: it has a database of its own. */
  const recorded = async (actorId: string, change: string, target: string, after?: object): Promise<void> => {
    await audit.row({ actorId, action: `vector_store.${change}`, target, after })
  }

  async function require(accountId: string, storeId: string): Promise<VectorStore> {
    const set = await library(accountId).getSet(storeId)
    if (!set) throw noSuchStore()
    return toStore(set)
  }

  /** Throws `not_found`, and `invalid_request` for a store that has expired. */
  async function requireLive(accountId: string, storeId: string): Promise<VectorStore> {
    const store = await require(accountId, storeId)
    if (store.set.hasExpired) throw expired()
    return store
  }

  /** A store that is used lives on. */
  async function use(accountId: string, storeId: string): Promise<void> {
    const { expiresAfterDays } = await requireLive(accountId, storeId)
    const expiresAt = endOf(expiresAfterDays)
    await library(accountId).changeSet(storeId, { isUse: true, ...(expiresAt !== null && { expiresAt }) })
  }

  async function requireMember(accountId: string, storeId: string, fileId: string): Promise<SetMember> {
    await require(accountId, storeId)
    const member = await library(accountId).getSetMember(storeId, fileId)
    if (!member) throw noSuchMember()
    return member
  }

  return {
    get: require,
    getLive: requireLive,

    async create(accountId: string, words: StoreWords): Promise<VectorStore> {
      const shelf = library(accountId)
      const set = await shelf.createSet({ id: newId(), data: JSON.stringify(words) })
      await recorded(accountId, 'create', set.id, { name: words.name })
      const expiresAt = endOf(words.expiresAfterDays)
      const ending = expiresAt === null ? set : await shelf.changeSet(set.id, { expiresAt })
      return toStore(ending ?? set)
    },

    async list(accountId: string, page: SetPageRequest) {
      const { sets, hasMore } = await library(accountId).listSets(page)
      return { stores: sets.map(toStore), hasMore }
    },

    async change(accountId: string, storeId: string, change: Partial<StoreWords>): Promise<VectorStore> {
      const known = await requireLive(accountId, storeId)
      const { set: _set, ...words } = { ...known, ...change }
      const expiresAt = endOf(words.expiresAfterDays)
      const set = await library(accountId).changeSet(storeId, {
        data: JSON.stringify(words),
        expiresAt,
        isUse: true,
      })
      if (!set) throw noSuchStore()
      await recorded(accountId, 'update', storeId, { changed: Object.keys(change) })
      return toStore(set)
    },

    /** Its files stay. Throws `not_found`. */
    async remove(accountId: string, storeId: string): Promise<void> {
      if (!(await library(accountId).removeSet(storeId))) throw noSuchStore()
      await recorded(accountId, 'delete', storeId)
    },

    /** Puts a file in, or changes the attributes of one that is. Throws `not_found` for a file that is no document. */
    async add(
      accountId: string,
      storeId: string,
      file: { fileId: string; attributes: Attributes },
    ): Promise<SetMember> {
      await use(accountId, storeId)
      return library(accountId).addToSet(storeId, { ...file, data: '{}' })
    },

    /** Puts the files of a batch in, or none of them. */
    async addBatch(
      accountId: string,
      storeId: string,
      batchId: string,
      files: readonly { fileId: string; attributes: Attributes }[],
    ): Promise<void> {
      await use(accountId, storeId)
      const data = JSON.stringify({ batchId })
      await library(accountId).addAllToSet(
        storeId,
        files.map(({ fileId, attributes }) => ({ fileId, attributes, data })),
      )
    },

    member: requireMember,

    async changeMember(accountId: string, storeId: string, fileId: string, attributes: Attributes) {
      const { data } = await requireMember(accountId, storeId, fileId)
      return library(accountId).addToSet(storeId, { fileId, attributes, data })
    },

    async members(accountId: string, storeId: string, page: SetPageRequest) {
      await require(accountId, storeId)
      return library(accountId).listSetMembers(storeId, page)
    },

    /** The file stays. Throws `not_found`. */
    async removeMember(accountId: string, storeId: string, fileId: string): Promise<void> {
      const { documentId } = await requireMember(accountId, storeId, fileId)
      if (!(await library(accountId).removeFromSet(storeId, fileId)))
        throw new AppError('conflict', `The file of ${documentId} is gone already.`)
      await recorded(accountId, 'remove_file', storeId, { file: fileId })
    },

    /** The text of a file, as it was read, piece by piece. Throws `conflict` while it is not. */
    async content(
      accountId: string,
      storeId: string,
      fileId: string,
    ): Promise<AsyncGenerator<string, void, void>> {
      const { documentId, state } = await requireMember(accountId, storeId, fileId)
      if (state !== 'ready')
        throw new AppError('conflict', 'The file has not been read.', { param: 'file_id' })
      return textOf(library(accountId), documentId)
    },

    /** The best passages for any of the queries, each once. */
    async search(accountId: string, storeId: string, asked: StoreSearch): Promise<SearchResult[]> {
      await use(accountId, storeId)
      const { queries, limit, filter, minScore, isReranked = false } = asked
      const found = new Map<number, SearchResult>()
      for (const query of queries) {
        const { results } = await library(accountId).search({
          ...{ query, limit, setId: storeId, isReranked },
          ...(filter && { filter }),
          ...(minScore !== undefined && { minScore }),
        })
        for (const result of results)
          if (result.score > (found.get(result.passageId)?.score ?? -1)) found.set(result.passageId, result)
      }
      return [...found.values()].toSorted((a, b) => b.score - a.score).slice(0, limit)
    },
  }
}
export type VectorStores = ReturnType<typeof createVectorStores>
