/** The states of a document. `partial`: searched, but for the pages that its reason names. */
export const DOCUMENT_STATES = ['queued', 'reading', 'indexing', 'ready', 'partial', 'failed'] as const
export type DocumentState = (typeof DOCUMENT_STATES)[number]

/** The states in which a document stays until somebody does something about it. */
export const isSettled = (state: DocumentState): boolean =>
  state === 'ready' || state === 'partial' || state === 'failed'

/** The states in which a document is found by searches. */
export const isSearchable = (state: DocumentState): boolean => state === 'ready' || state === 'partial'

/** A file under which a document was uploaded. */
export interface DocumentName {
  fileId: string
  name: string
  /** Epoch ms. */
  addedAt: number
}

/** The content of one or more files of the same bytes. */
export interface LibraryDocument {
  id: string
  sha256: string
  contentType: string
  bytes: number
  /** The contract that it was first uploaded through. */
  source: string
  /** Where the bytes are; those of the first file. */
  key: string
  /** In the order in which they were added; never empty. */
  names: DocumentName[]
  /** Its own title, or its first heading; null where it has neither, or is not indexed yet. */
  title: string | null
  state: DocumentState
  /** Why it waits, is partial, or failed: one sentence for its owner. */
  reason: string | null
  pages: number | null
  passages: number
  /** Counts up from 1. */
  attempt: number
  createdAt: number
  /** When the state last changed. */
  movedAt: number
  /** By when the state must have changed or been confirmed; null where it is settled. */
  leaseUntil: number | null
}

/** Where a document stands, and why. */
export type DocumentStanding = Pick<LibraryDocument, 'id' | 'state' | 'reason'>

export interface NewDocument {
  /** For the document, if there is none with these bytes yet. */
  id: string
  fileId: string
  name: string
  bytes: number
  sha256: string
  contentType: string
  source: string
  key: string
}

/** A document whose state is to change. */
export interface Move {
  state: DocumentState
  /** Absent: none. */
  reason?: string
  /** Absent: as they were. */
  pages?: number
  /** Absent: that of the state. Settled states have none. */
  leaseMs?: number
}

/** A part of a list, the newest first. */
export interface DocumentPageRequest {
  limit: number
  /** Files behind the one with this id. */
  after?: string
  /** Files that are skipped; for contracts that count pages. */
  offset?: number
}

/** One file of a list, with its document. */
export interface ListedDocument extends DocumentName {
  document: LibraryDocument
}

export interface DocumentsPage {
  files: ListedDocument[]
  /** Of all files. */
  total: number
  hasMore: boolean
}

/** The rest that the end of a name leaves to do. */
export interface NameRemoval {
  documentId: string
  /** It was the document's last name: its passages are gone with it. */
  isDocumentGone: boolean
  /** The place of bytes that no document reads any more. */
  unusedKey: string | null
}

/** Documents and their states. */
export interface DocumentLibrary {
  /**
   * Takes a file in. The same bytes twice are one document with two names; `isNew` says whether it has to be read, which one
   * that failed has to again. Throws `limit_exceeded`.
   */
  add(document: NewDocument): Promise<{ document: LibraryDocument; isNew: boolean }>
  get(documentId: string): Promise<LibraryDocument | null>
  /** The document that a file is a name of. */
  findByFile(fileId: string): Promise<LibraryDocument | null>
  /** Files, the newest first. Documents with two names are in it twice. */
  list(page: DocumentPageRequest): Promise<DocumentsPage>
  /** The ids of documents that are still to be read or indexed. */
  unsettled(): Promise<string[]>
  /** Where those documents stand that are not ready, whole and without a reason. */
  notReady(): Promise<DocumentStanding[]>
  /** Changes the state, or renews its lease. Null where the attempt is not the current one, or it is settled already. */
  move(documentId: string, attempt: number, move: Move): Promise<LibraryDocument | null>
  /**
   * Reading it broke off for no fault of its own: it waits again, or has failed where that happened too often. Null where the
   * attempt is not the current one, or it is settled already.
   */
  interrupt(documentId: string, attempt: number): Promise<LibraryDocument | null>
  /** Resolves when the document is settled, or gone (null); undefined when it was neither after this time. */
  waitSettled(documentId: string, limitMs: number): Promise<LibraryDocument | null | undefined>
  /** Takes a name away, and with the last one the document, in one transaction. Null where there is no such file. */
  removeName(fileId: string): Promise<NameRemoval | null>
  /** Takes a document with all its names away, in one transaction. Answers with the files that it had. */
  remove(documentId: string): Promise<string[] | null>
  /** Which of these files are no names of documents here: for a sweep. */
  missingFiles(fileIds: readonly string[]): Promise<string[]>
  /** Those of these documents that are in this library, the one that was added first before all others. */
  inOrder(documentIds: readonly string[]): Promise<string[]>
}
