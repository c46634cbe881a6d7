import { formatMetrics, type Metric, type Sample } from '../../../../shared/prometheus.ts'
import { embeddingKey, longestWaitMs, type ModelMetrics, type NodeView } from '../node-view.ts'

interface Row {
  labels: { node: string; model: string }
  metrics: ModelMetrics
}

const rowsOf = (nodes: readonly NodeView[]): Row[] =>
  nodes.flatMap((node) =>
    Object.entries(node.metrics).map(([model, metrics]) => ({
      labels: { node: node.nodeId, model },
      metrics,
    })),
  )

/** One family of counters, a sample for each model of each node. */
const counter = (
  name: string,
  help: string,
  rows: readonly Row[],
  read: (metrics: ModelMetrics) => number,
): Metric => ({
  name: `switchyard_${name}`,
  help,
  type: 'counter',
  samples: rows.map(({ labels, metrics }) => ({ labels, value: read(metrics) })),
})

const gauge = (name: string, help: string, samples: readonly Sample[]): Metric => ({
  name: `switchyard_${name}`,
  help,
  type: 'gauge',
  samples,
})

/** Those of a node. Embeddings have a queue of their own, once there were any. */
const queuesOf = ({ nodeId: node, hello, load }: NodeView) =>
  hello.models.flatMap(({ id }) => {
    const embeddings = load.get(embeddingKey(id))
    return [
      { labels: { node, model: id }, queue: load.get(id)?.queue ?? [] },
      ...(embeddings ? [{ labels: { node, model: embeddingKey(id) }, queue: embeddings.queue }] : []),
    ]
  })

/** How full the pool is now. */
function loadFamilies(nodes: readonly NodeView[], now: number): Metric[] {
  const models = nodes.flatMap((node) =>
    node.hello.models.map((model) => ({
      labels: { node: node.nodeId, model: model.id },
      slots: model.slots,
      load: node.load.get(model.id),
    })),
  )
  const of = (read: (model: (typeof models)[number]) => number) =>
    models.map((model) => ({ labels: model.labels, value: read(model) }))
  const queues = nodes.flatMap(queuesOf)
  return [
    gauge(
      'node_up',
      'Whether the link of a node is up.',
      nodes.map(({ nodeId, linked }) => ({ labels: { node: nodeId }, value: Number(linked) })),
    ),
    gauge(
      'open_calls',
      'Calls that a link keeps: running, waiting, or asked to stop and not confirmed yet, embeddings included.',
      nodes.map(({ nodeId, openCalls }) => ({ labels: { node: nodeId }, value: openCalls })),
    ),
    gauge(
      'slots',
      'Generations that a node runs at the same time.',
      of(({ slots }) => slots),
    ),
    gauge(
      'slots_busy',
      'Generations that run now.',
      of(({ load }) => load?.active ?? 0),
    ),
    gauge(
      'queue_length',
      'Calls that wait for a slot, or for their model to be loaded.',
      queues.map(({ labels, queue }) => ({ labels, value: queue.length })),
    ),
    gauge(
      'queue_wait_seconds',
      'How long the call that has waited longest has.',
      queues.map(({ labels, queue }) => ({ labels, value: longestWaitMs({ queue }, now) / 1000 })),
    ),
    gauge(
      'tokens_per_second',
      'Tokens that a node generated over its last five seconds, a second.',
      nodes.flatMap(({ nodeId, gauge: measured }) =>
        measured?.tokensPerSecond == null
          ? []
          : [{ labels: { node: nodeId }, value: measured.tokensPerSecond }],
      ),
    ),
  ]
}

/** The families of counts on the links since their nodes joined. */
function callFamilies(rows: readonly Row[]): Metric[] {
  return [
    counter(
      'calls_total',
      'Calls that ran on a node, those begun again or moved to it included.',
      rows,
      ({ calls }) => calls.first + calls.retry + calls.move,
    ),
    counter(
      'retries_total',
      'Calls begun again here after another node failed before their first token.',
      rows,
      ({ calls }) => calls.retry,
    ),
    counter(
      'moves_total',
      'Generations gone on with here in the middle of their answer.',
      rows,
      ({ calls }) => calls.move,
    ),
    counter(
      'handed_back_total',
      'Calls given back for another node to take: no slot in time, no engine at the moment, or drained.',
      rows,
      ({ handedBack = 0 }) => handedBack,
    ),
    counter(
      'refusals_total',
      'Calls turned away because slots and queue were full.',
      rows,
      ({ refused }) => refused,
    ),
    counter('cancelled_total', 'Calls whose reader left or cancelled.', rows, ({ cancelled }) => cancelled),
    counter('prompt_tokens_total', 'Tokens of prompts.', rows, ({ promptTokens }) => promptTokens),
    counter(
      'cached_prompt_tokens_total',
      'Tokens of prompts that were found in a cache.',
      rows,
      ({ cachedPromptTokens }) => cachedPromptTokens,
    ),
    counter('completion_tokens_total', 'Tokens generated.', rows, ({ completionTokens }) => completionTokens),
    {
      name: 'switchyard_errors_total',
      help: 'Calls that failed on a node, by code; a caller hears of one only when no other node goes on with it.',
      type: 'counter',
      samples: rows.flatMap(({ labels, metrics }) =>
        Object.entries(metrics.errors).map(([code, value]) => ({ labels: { ...labels, code }, value })),
      ),
    },
    {
      name: 'switchyard_first_token_seconds',
      help: 'Time from a call’s arrival at a link to its first piece, waiting included.',
      type: 'histogram',
      series: rows.map(({ labels, metrics }) => ({ labels, histogram: metrics.firstTokenSeconds })),
    },
  ]
}

/** The pool in Prometheus' text format. */
export const poolMetrics = (nodes: readonly NodeView[], now: number = Date.now()): string =>
  formatMetrics([...loadFamilies(nodes, now), ...callFamilies(rowsOf(nodes))])
