import { env } from 'cloudflare:workers'
import { createLogger } from '../../../../shared/log.ts'
import { createDb } from '../../../../worker/db/client.ts'
import { configOf } from '../../../../worker/env.ts'
import type {
  DocumentMessage,
  SendDocumentMessages,
} from '../../../../worker/services/documents/document-messages.ts'
import { createDocumentSweep } from '../../../../worker/services/documents/document-sweep.ts'
import { createDocuments } from '../../../../worker/services/documents/documents.ts'
import { createReading } from '../../../../worker/services/documents/reading.ts'
import { createReceiving } from '../../../../worker/services/documents/receiving.ts'
import type { StoredFile } from '../../../../worker/services/files/files.ts'
import { createStubs } from '../../../../worker/services/stubs.ts'
import type { NewTask, TaskView } from '../../../../worker/services/tasks/tasks.ts'
import { createWebhookEvents } from '../../../../worker/services/webhooks/events.ts'
import { createServices } from '../../../../worker/wiring.ts'
import { newAccount } from '../../../contracts/contract-client.ts'

const services = createServices(env, configOf(env))
const db = createDb(env.DB)
const stubs = createStubs(env)

async function* bytesOf(content: string | Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  yield typeof content === 'string' ? new TextEncoder().encode(content) : content
}

interface WorldOptions {
  sliceMs?: number
  library?: typeof stubs.library
}

/** The services of documents with a clock, a queue and nodes in a test's hands. Nothing is read before the test has it read. */
export async function documentsWorld({ sliceMs, library = stubs.library }: WorldOptions = {}) {
  const { token } = await newAccount()
  const { id: accountId } = await services.accounts.authenticate(token)
  const messages: DocumentMessage[] = []
  const tasks = new Map<string, NewTask>()
  const cancelled: string[] = []
  const world = { now: Date.now(), kinds: new Set<string>() }
  const now = () => world.now
  const pool = {
    create: async (task: NewTask) => void tasks.set(task.id, task),
    cancel: async (id: string) => {
      tasks.delete(id)
      cancelled.push(id)
    },
    get: async (id: string) => {
      const task = tasks.get(id)
      const facts = { attempt: 0, createdAt: 0, updatedAt: 0, state: 'queued' as const }
      return task && ({ ...task, ...facts } satisfies TaskView)
    },
    canRun: async (kind: string) => world.kinds.has(kind),
  }
  const log = createLogger(() => {}, {})
  const send: SendDocumentMessages = async (sent) => void messages.push(...sent)
  const reading = createReading({
    ...{ db, bucket: env.FILES, library, tasks: pool, send, log, now },
    ...(sliceMs !== undefined && { sliceMs }),
  })
  const documents = createDocuments({
    ...{ db, files: services.files, reading, library, now },
    receive: createReceiving({ db, bucket: env.FILES, files: services.files }),
    send,
    // Nobody is rung: what is written for endpoints is looked at, and not sent.
    events: createWebhookEvents({ db, ring: async () => {}, later: () => {}, log, now }),
  })
  const sweep = createDocumentSweep({ db, library, documents, reading, log, now })
  return {
    ...{ token, accountId, messages, tasks, cancelled, world, reading, documents, sweep, db },
    shelf: library(accountId),
    /** A stored file that no library knows yet: its request was cut off there. */
    async stored(
      content: string | Uint8Array,
      name = 'a.txt',
      lifetimeSeconds?: number,
    ): Promise<StoredFile> {
      const receive = createReceiving({ db, bucket: env.FILES, files: services.files })
      return receive(accountId, bytesOf(content), {}, () => ({ name, purpose: 'user_data', lifetimeSeconds }))
    },
    /** A document that waits to be read. */
    async put(content: string | Uint8Array, name = 'a.txt', lifetimeSeconds?: number) {
      const words = { name, purpose: 'user_data' as const, lifetimeSeconds }
      const { file, document } = await documents.upload(accountId, bytesOf(content), {}, () => words, 0)
      return { file, documentId: document?.id ?? '' }
    },
    search: async (query: string) => (await documents.search(accountId, { query, limit: 10 })).results,
    isKept: async (file: StoredFile) => (await services.files.find(accountId, file.id)) !== undefined,
  }
}
