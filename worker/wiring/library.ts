import type { LibraryServices } from '../durable/library/library-services.ts'
import type { Inference } from '../services/inference/inference.ts'
import { createEmbedding } from '../services/library/embedding.ts'
import { createFitting, FIT_OWNER } from '../services/library/fitting.ts'
import { createReranking } from '../services/library/reranking.ts'
import { createVectorize } from '../services/library/vectorize.ts'
import type { Stubs } from '../services/stubs.ts'
import type { Tasks, TaskTaker } from '../services/tasks/tasks.ts'
import type { Ground } from './ground.ts'

/** The work that libraries ask of the pool: vectors of texts, and a fit of vectors. */
export function wireLibrary(
  { bucket, stubs, pool, vectorize }: Ground,
  inference: Inference,
  tasks: Pick<Tasks, 'create' | 'canRun'>,
  takers: Map<string, TaskTaker>,
) {
  const fitting = createFitting({ bucket, tasks, library: stubs.library })
  takers.set(FIT_OWNER, { onTaskEnded: fitting.onEnded })
  const models = { pool, inference }
  return {
    embedding: createEmbedding(models),
    reranking: createReranking(models),
    fitting,
    mirror: vectorize && createVectorize(vectorize),
  }
}

/** The services of an account's library. */
export function createLibraryServices(
  { log, library }: { log: LibraryServices['log']; library: ReturnType<typeof wireLibrary> },
  { sendDocumentMessages }: Pick<Stubs, 'sendDocumentMessages'>,
): LibraryServices {
  return {
    ...library,
    onDue: ({ accountId, documentId }) => sendDocumentMessages([{ type: 'read', accountId, documentId }]),
    log,
    now: Date.now,
  }
}
