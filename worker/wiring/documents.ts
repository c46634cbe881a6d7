import { createAudit } from '../services/audit.ts'
import { createDocumentSweep } from '../services/documents/document-sweep.ts'
import { createDocuments } from '../services/documents/documents.ts'
import { createGrounding } from '../services/documents/grounding.ts'
import { createReading } from '../services/documents/reading.ts'
import { createReceiving } from '../services/documents/receiving.ts'
import { createFileBatches } from '../services/documents/stores/file-batches.ts'
import { createVectorStores } from '../services/documents/stores/vector-stores.ts'
import type { Files } from '../services/files/files.ts'
import type { Tasks } from '../services/tasks/tasks.ts'
import type { Ground } from './ground.ts'

/** Files that are read, and the search for what is in them. */
export function wireDocuments(
  { db, bucket, stubs, webhookEvents: events, log }: Ground,
  { files }: { files: Files },
  tasks: Tasks,
) {
  const { library, sendDocumentMessages: send } = stubs
  const documentReading = createReading({ db, bucket, library, tasks, send, log })
  const receive = createReceiving({ db, bucket, files })
  const documents = createDocuments({ db, files, receive, reading: documentReading, library, send, events })
  const vectorStores = createVectorStores({ library, audit: createAudit(db) })
  return {
    /** Files that are read, so that what is in them is found. */
    documents,
    documentReading,
    documentSweep: createDocumentSweep({ db, library, documents, reading: documentReading, log }),
    /** Passages of documents, for answers. */
    groundings: createGrounding({ db, library }),
    vectorStores,
    fileBatches: createFileBatches({ db, library, stores: vectorStores }),
  }
}
