import type { SparseMatrix } from '../../../shared/tasks/fit-matrix.ts'

/** A model of the pool that is made for embeddings, as nodes announce it now. */
export interface Embedder {
  model: string
  /** Of its file; null where its node does not tell. */
  sha256: string | null
  /** Stand before questions, and before passages. */
  queryPrefix: string
  passagePrefix: string
}

/** Turns texts into vectors. */
export interface Embedding {
  /** The model that libraries are embedded with; undefined where the pool has none. `known` is kept where it is among several. */
  current(known: string | undefined): Promise<Embedder | undefined>
  /** A vector of length one for each text, in order. Throws as inference does, and when `limitMs` are over. */
  embed(model: string, texts: readonly string[], accountId: string, limitMs: number): Promise<Float32Array[]>
}

/** Fits vectors to passages on a node. */
export interface Fitting {
  /** Whether a node that is connected fits vectors. */
  canRun(): Promise<boolean>
  /** Begins; the library is told of the end by `fitted`. */
  begin(task: { id: string; accountId: string; matrix: SparseMatrix; dimensions: number }): Promise<void>
  /** The vectors of terms that a task has written, row by row in float32; undefined where they are gone. */
  read(key: string): Promise<R2ObjectBody | undefined>
  discard(key: string): Promise<void>
}

/** Says of passages how well they answer a question. */
export interface Reranking {
  /** The model that does it; undefined where the pool has none that is made for it. */
  current(): Promise<string | undefined>
  /** From 0 to 1 for each passage, in order. Throws as inference does, and when `limitMs` are over. */
  scores(
    model: string,
    question: string,
    passages: readonly string[],
    accountId: string,
    limitMs: number,
  ): Promise<number[]>
}
