import { waitUntil } from 'cloudflare:workers'
import type { EmbeddingRequest, GenerationRequest, Usage } from '../../shared/generation.ts'
import type { ChatRoomStub } from './conversations/chat.ts'
import type { DatasetTableStub } from './datasets/datasets.ts'
import type { TakeAnswer, TakeRequest } from './limits/rate-window.ts'
import type { NodeView } from './pool/node-view.ts'

/** A call that runs on a node: its events as NDJSON bytes, because only byte streams cross a Durable Object call. */
export interface OpenCall {
  callId: string
  events: ReadableStream<Uint8Array>
}

/** Why a node does not take a call; another one may. An answer and no error: it is the way of a pool under load. */
export interface Refusal {
  refused: 'away' | 'draining' | 'busy'
}

export interface CallOptions {
  /** Whose call it is: callers share a node's queue fairly. */
  caller: string
  /** 0 for the first try of a call, for the metrics. */
  attempt: number
  /** Whether it may wait for a slot; otherwise it is taken at once or refused. */
  mayWait: boolean
  /** How long at most; absent: as every call may. */
  waitMs?: number | undefined
}

/** What the services ask of a node's link. */
export interface NodeLinkStub {
  generate(request: GenerationRequest, options: CallOptions): Promise<OpenCall | Refusal>
  embed(request: EmbeddingRequest, options: CallOptions): Promise<OpenCall | Refusal>
  /** Stops a call and answers with what it really used, when the node says so in time. */
  cancel(callId: string): Promise<Usage | null>
  /** Asks the node to finish what runs within `limitMs`. False when it is not connected. */
  drain(limitMs: number): Promise<boolean>
  revoke(): Promise<void>
  fetch(request: Request): Promise<Response>
}

export interface PoolStub {
  snapshot(): Promise<NodeView[]>
}

/** What the services ask of one subject's limiter. */
export interface RateLimiterStub {
  /** Counts a request, or refuses it. `takenAt` is for `giveBack`. */
  take(request: TakeRequest): Promise<TakeAnswer & { takenAt: number }>
  /** Takes a request back that another subject's limiter has refused. */
  giveBack(windows: string[], takenAt: number): Promise<void>
  spend(budget: string, amount: number): Promise<void>
}

/** Durable Objects by name; the only file that names a namespace. */
export interface Stubs {
  nodeLink(nodeId: string): NodeLinkStub
  pool(): PoolStub
  rateLimiter(subject: string): RateLimiterStub
  chatRoom(conversationId: string): ChatRoomStub
  datasetTable(datasetId: string): DatasetTableStub
  /** Lets work go on after the response: a cancel that must reach the node although its client is gone. */
  later(work: Promise<unknown>): void
}

/** One directory a region; there is one region until nodes say where they are. */
export const POOL_NAME = 'default'

// The casts narrow the generated RPC types to the calls that services make: RPC turns every answer into a promise.
export const createStubs = (env: Cloudflare.Env): Stubs => ({
  nodeLink: (nodeId) => env.NODE_LINK.getByName(nodeId) as unknown as NodeLinkStub,
  pool: () => env.POOL.getByName(POOL_NAME) as unknown as PoolStub,
  rateLimiter: (subject) => env.RATE_LIMITER.getByName(subject) as unknown as RateLimiterStub,
  chatRoom: (conversationId) => env.CHAT_ROOM.getByName(conversationId) as unknown as ChatRoomStub,
  datasetTable: (datasetId) => env.DATASET_TABLE.getByName(datasetId) as unknown as DatasetTableStub,
  later: (work) => waitUntil(work),
})
