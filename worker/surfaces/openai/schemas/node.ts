import { z } from '@hono/zod-openapi'
import { Capability, Hardware, NodeGauge, Residence } from '../../../../shared/node.ts'

const QueuedCall = z
  .object({
    capability: z
      .enum(Capability.options)
      .openapi({ description: 'Generations and embeddings have a queue each.' }),
    position: z.int().openapi({ description: 'In its queue; 1 is next.' }),
    waited_ms: z.int(),
  })
  .openapi('QueuedCall')

const NodeModel = z
  .object({
    id: z.string(),
    capabilities: z.array(Capability),
    context_length: z.int(),
    slots: z.int(),
    size_bytes: z.int(),
    architecture: z.string(),
    sha256: z.string().nullable().openapi({ description: 'Of its file, as the node says.' }),
    active: z.int().openapi({ description: 'Calls that run now.' }),
    queued: z.int().openapi({ description: 'Calls that wait for a slot, or for their model to be loaded.' }),
    waited_ms: z.int().openapi({ description: 'How long the one that has waited longest has.' }),
    queue: z.array(QueuedCall).openapi({ description: 'Each of them, in the order in which they run.' }),
    prompt_tokens: z.int().openapi({ description: 'Of all calls that ended here since the node joined.' }),
    cached_prompt_tokens: z.int().openapi({ description: 'Those of them that were found in a cache.' }),
    residence: z.enum(Residence.options).openapi({
      description: 'Ready in memory, being loaded, or on disk until asked for.',
    }),
    price_per_1k_tokens: z
      .number()
      .nullable()
      .openapi({ description: 'As its operator named it; null: not at all.' }),
    adapters: z
      .array(z.object({ id: z.string(), residence: Residence, sha256: z.string().nullable() }))
      .openapi({
        description:
          'LoRA adapters that its operator gave it; each shares the slots of its model. Those that were trained on the pool are their accounts’ alone.',
      }),
  })
  .openapi('NodeModel')

/** A node as administrators see it. */
export const Node = z
  .object({
    id: z.string(),
    object: z.literal('node'),
    name: z.string(),
    created: z.int(),
    status: z.enum(['online', 'draining', 'offline']),
    region: z.string().nullable().openapi({ description: 'Where it stands; its callers ask it first.' }),
    since: z.int().nullable().openapi({ description: 'Unix seconds of the last change of status.' }),
    version: z.string().nullable(),
    hardware: Hardware.nullable(),
    gauge: NodeGauge.nullable().openapi({
      description: 'What the node measured last; null when it has not said.',
    }),
    models: z.array(NodeModel),
    jobs: z
      .array(z.object({ id: z.string(), state: z.string() }))
      .openapi({ description: 'The training jobs that it holds.' }),
    allowed_models: z
      .array(z.string())
      .nullable()
      .openapi({ description: 'The models that its join token named; null when it named none.' }),
  })
  .openapi('Node')
export const NodeList = z.object({ object: z.literal('list'), data: z.array(Node) }).openapi('NodeList')

const Sample = z
  .object({
    at: z.number().openapi({ description: 'Unix seconds.' }),
    tokens_per_second: z.number().nullable(),
    active: z.int(),
    queued: z.int(),
    rss_mib: z.int().nullable(),
    vram_used_mib: z.int().nullable(),
  })
  .openapi('NodeSample')

/** An event of the nodes as they live. */
export const NodeEvent = z
  .discriminatedUnion('type', [
    z.object({
      type: z.literal('snapshot'),
      nodes: z.array(Node),
      history: z
        .array(z.object({ node_id: z.string(), samples: z.array(Sample) }))
        .openapi({ description: 'The last hour, a sample in five seconds, as far as it is remembered.' }),
    }),
    z.object({
      type: z.literal('change'),
      nodes: z.array(Node).openapi({ description: 'Those that changed, whole.' }),
      gone: z.array(z.string()).openapi({ description: 'Ids of those that were revoked.' }),
    }),
  ])
  .openapi('NodeEvent')
