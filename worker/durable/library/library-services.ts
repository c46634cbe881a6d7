import type { Logger } from '../../../shared/log.ts'
import type { VectorMirror } from '../../services/library/vector-mirror.ts'
import type { Embedding, Fitting, Reranking } from '../../services/library/vector-models.ts'

/** A document whose turn it is to be read, perhaps again. */
export interface DueDocument {
  accountId: string
  documentId: string
  attempt: number
}

/** The services of a library's object; built by the Worker that exports the class. */
export interface LibraryServices {
  /** Hands a document on to whoever reads it. */
  onDue: (document: DueDocument) => Promise<void>
  embedding: Embedding
  reranking: Reranking
  fitting: Fitting
  /** Absent where none is configured. */
  mirror?: VectorMirror | undefined
  log: Logger
  now: () => number
}
