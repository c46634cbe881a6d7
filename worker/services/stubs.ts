import { waitUntil } from 'cloudflare:workers'
import type { AgentRunStub } from './agents/agent-run.ts'
import type { ChatRoomStub } from './conversations/chat.ts'
import type { DatasetTableStub } from './datasets/datasets.ts'
import type { SendDocumentMessages } from './documents/document-messages.ts'
import type { LibraryStub } from './library/library.ts'
import type { RateLimiterStub } from './limits/limiter.ts'
import type { NodeLinkStub } from './pool/node-link.ts'
import type { PoolStub } from './pool/pool-view.ts'
import type { ResponseRunStub } from './responses/response-run.ts'
import type { SendTaskMessage } from './tasks/task-messages.ts'
import type { TrainingRunStub } from './training/training-run.ts'
import type { WebhookEndpointStub } from './webhooks/webhook-endpoint.ts'

/** Durable Objects by name; the only file that names a namespace. */
export interface Stubs {
  nodeLink(nodeId: string): NodeLinkStub
  /** The directory of a region. */
  pool(region: string): PoolStub
  rateLimiter(subject: string): RateLimiterStub
  chatRoom(conversationId: string): ChatRoomStub
  datasetTable(datasetId: string): DatasetTableStub
  trainingRun(jobId: string): TrainingRunStub
  library(accountId: string): LibraryStub
  agentRun(runId: string): AgentRunStub
  /** A response that goes on without its reader. */
  responseRun(responseId: string): ResponseRunStub
  /** Rings for whoever gives jobs to nodes: soon, somewhere. */
  ringTraining(): Promise<void>
  sendTaskMessage: SendTaskMessage
  /** Has a dataset worked on: soon, somewhere, at the earliest after so long. */
  ringDataset(datasetId: string, delaySeconds?: number): Promise<void>
  /** Wakes whoever sends the messages of a webhook. */
  ringWebhook(endpointId: string): Promise<void>
  sendDocumentMessages: SendDocumentMessages
  /** Lets work go on after the response: a cancel that must reach the node although its client is gone. */
  later(work: Promise<unknown>): void
}

/**
 * The class behind a stub, which `implements` this: RPC turns every answer into a promise, so what the stub promises the
 * class may answer at once. A call that one of them names and the other does not is an error of types.
 */
export type Serves<Stub> = {
  [Name in keyof Stub]: Stub[Name] extends (...values: infer Values) => Promise<infer Answer>
    ? (...values: Values) => Answer | Promise<Answer>
    : never
}

// The casts narrow the generated RPC types to the calls that the classes are checked for by `Serves`.
export const createStubs = (env: Cloudflare.Env): Stubs => ({
  nodeLink: (nodeId) => env.NODE_LINK.getByName(nodeId) as unknown as NodeLinkStub,
  pool: (region) => env.POOL.getByName(region) as unknown as PoolStub,
  rateLimiter: (subject) => env.RATE_LIMITER.getByName(subject) as unknown as RateLimiterStub,
  chatRoom: (conversationId) => env.CHAT_ROOM.getByName(conversationId) as unknown as ChatRoomStub,
  datasetTable: (datasetId) => env.DATASET_TABLE.getByName(datasetId) as unknown as DatasetTableStub,
  trainingRun: (jobId) => env.TRAINING_RUN.getByName(jobId) as unknown as TrainingRunStub,
  library: (accountId) => env.LIBRARY.getByName(accountId) as unknown as LibraryStub,
  agentRun: (runId) => env.AGENT_RUN.getByName(runId) as unknown as AgentRunStub,
  responseRun: (responseId) => env.RESPONSE_RUN.getByName(responseId) as unknown as ResponseRunStub,
  ringTraining: async () => {
    await env.TRAINING_DOORBELL.send('ring')
  },
  sendTaskMessage: async (message, delaySeconds = 0) => {
    await env.TASK_MESSAGES.send(message, { delaySeconds })
  },
  ringDataset: async (datasetId, delaySeconds = 0) => {
    await env.DATASET_MESSAGES.send(datasetId, { delaySeconds })
  },
  ringWebhook: (endpointId) =>
    (env.WEBHOOK_ENDPOINT.getByName(endpointId) as unknown as WebhookEndpointStub).ring(endpointId),
  sendDocumentMessages: async (messages) => {
    await env.DOCUMENT_MESSAGES.sendBatch(messages.map((body) => ({ body })))
  },
  later: (work) => waitUntil(work),
})
