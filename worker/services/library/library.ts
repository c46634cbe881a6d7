import type { DocumentLibrary } from './library-documents.ts'
import type {
  LibrarySet,
  SetChange,
  SetMember,
  SetMembersPage,
  SetPageRequest,
  SetsPage,
} from './library-sets.ts'
import type { IndexBatch, Passage } from './passages.ts'
import type { SearchAnswer, SearchRequest } from './search-request.ts'
import type { Leaf } from './term-query.ts'

/** A part of a document's text, in UTF-16 code units. */
export interface TextStretch {
  from: number
  characters: number
}

/**
 * An account's library, as the services ask it: its documents with their states, their passages, and what finds them. The
 * object is named after the account, so no question can name another one's documents. What is not there answers with
 * undefined, null or false; a limit throws `limit_exceeded`, a wrong word `invalid_request`.
 */
export interface LibraryStub extends DocumentLibrary {
  /**
   * Takes some passages of a document in, each once. They stay when an attempt is cut off: the next goes on behind them. None is
   * found before the last batch, and then all are at once. False where the attempt is not the current one any more: whoever
   * reads it should stop.
   */
  index(documentId: string, attempt: number, batch: IndexBatch): Promise<boolean>

  /** The last passage that is there of a document which is not searched yet, of this attempt or one before. */
  lastStaged(documentId: string, attempt: number): Promise<Passage | null>
  /** Forgets what is there of a document that is not searched yet: it turned out to be something else. */
  dropStaged(documentId: string, attempt: number): Promise<void>

  search(request: SearchRequest): Promise<SearchAnswer>

  /** The documents that hold what a leaf of a query asks for, in no order. A document in the wrong state holds nothing. */
  documentsWith(leaf: Leaf): Promise<string[]>

  /**
   * A stretch of the text of a document that is indexed; offsets of passages count in it. As long as was asked for or
   * `MAX_STRETCH_CHARACTERS`, shorter at the end alone. Throws `not_found`.
   */
  documentText(documentId: string, stretch: TextStretch): Promise<string>

  /**
   * Passages of a document that is indexed, in order, from a place of its text on: until they have so many characters, at least one.
   * None of a document that is not there.
   */
  passagesOf(documentId: string, stretch: TextStretch): Promise<Passage[]>

  // Sets: named selections of documents, which vector stores are. One that has expired is read and removed; all else throws `conflict`

  createSet(set: Pick<LibrarySet, 'id' | 'data'>): Promise<LibrarySet>
  getSet(setId: string): Promise<LibrarySet | null>
  listSets(page: SetPageRequest): Promise<SetsPage>
  changeSet(setId: string, change: SetChange): Promise<LibrarySet | null>
  /** The documents stay. False where there is no such set. */
  removeSet(setId: string): Promise<boolean>
  /** Throws `not_found` for a set or a file that is not there. One that is there already gets the new attributes. */
  addToSet(setId: string, member: Pick<SetMember, 'fileId' | 'attributes' | 'data'>): Promise<SetMember>
  /** All of them, or none. Throws as `addToSet` does. */
  addAllToSet(
    setId: string,
    members: readonly Pick<SetMember, 'fileId' | 'attributes' | 'data'>[],
  ): Promise<void>
  getSetMember(setId: string, fileId: string): Promise<SetMember | null>
  listSetMembers(setId: string, page: SetPageRequest): Promise<SetMembersPage>
  removeFromSet(setId: string, fileId: string): Promise<boolean>

  /** The end of a task that fits vectors for this library: a file with them, or why there is none. Idempotent. */
  fitted(taskId: string, outcome: { key: string } | { failure: string }): Promise<void>

  /** Forgets everything: the account is gone. */
  clear(): Promise<void>
}
