import type { ErrorCode } from '../../../shared/errors.ts'
import type { NodeGauge, NodeHello } from '../../../shared/node.ts'
import type { HistogramReading } from '../../../shared/prometheus.ts'

/** The key that a model's embedding calls are counted under, apart from its generations. */
export const embeddingKey = (model: string): string => `${model}#embed`

/** How busy one model of a node is, as its link counts it. */
export interface ModelLoad {
  /** Calls that run. */
  active: number
  /** Calls that wait for a slot, or on the node for their model to be loaded. */
  queued: number
  /** When each of these came, epoch ms, in the order in which they run. Times, for an age would be that of the report. */
  queue: readonly number[]
}

/** How long the one that has waited longest has. */
export const longestWaitMs = ({ queue }: Pick<ModelLoad, 'queue'>, now: number): number =>
  queue.reduce((longest, since) => Math.max(longest, now - since), 0)

/** A link's counts of one model since its node joined. */
export interface ModelMetrics {
  /** Calls that ran, by how they came: new, begun again after a loss, or gone on with in the middle of an answer. */
  calls: { first: number; retry: number; move: number }
  /** Calls given back for another node to take. Absent where an earlier version counted. */
  handedBack?: number
  /** Calls turned away because slots and queue were full. */
  refused: number
  cancelled: number
  promptTokens: number
  cachedPromptTokens: number
  completionTokens: number
  errors: Partial<Record<ErrorCode, number>>
  /** From a call's arrival at the link to its first piece, waiting included. */
  firstTokenSeconds: HistogramReading
}

/** One node as the directory knows it. */
export interface NodeView {
  nodeId: string
  /** Whether its link is up. A node that is down stays known, so that its models answer 503 and not 404. */
  linked: boolean
  /** It finishes what runs and takes nothing new. */
  draining: boolean
  hello: NodeHello
  /** Models that it held at some time and may hold again: an engine that is being started anew is no unknown model. */
  everHeld: readonly string[]
  gauge: NodeGauge | null
  /** By model; embeddings under `embeddingKey`. A map, since a node may call its model `constructor`. */
  load: ReadonlyMap<string, ModelLoad>
  /** Calls of all kinds that its link keeps: running, waiting, or asked to stop and not confirmed yet. */
  openCalls: number
  metrics: Record<string, ModelMetrics>
  /** When its link came up or went down, epoch ms. */
  since: number
}

/** The report of a link on its node to the directory. Absent fields keep their last value. */
export interface NodeReport {
  linked?: boolean
  draining?: boolean
  hello?: NodeHello
  /** Besides what its hello says: of a node that was in another region. */
  everHeld?: readonly string[]
  gauge?: NodeGauge | null
  /** By model. An earlier version's links tell it as an object. */
  load?: ReadonlyMap<string, ModelLoad> | Readonly<Record<string, ModelLoad>>
  openCalls?: number
  metrics?: Record<string, ModelMetrics>
}
