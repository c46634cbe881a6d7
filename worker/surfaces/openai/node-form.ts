import type { z } from '@hono/zod-openapi'
import { adapterModelId, tunedIdOf } from '../../../shared/node.ts'
import { embeddingKey, longestWaitMs, type ModelLoad } from '../../services/pool/node-view.ts'
import type { Nodes } from '../../services/pool/nodes.ts'
import { seconds } from './account-form.ts'
import { JOB_PREFIX } from './schemas/fine-tuning.ts'
import type { Node } from './schemas/node.ts'

/** A node with what its link and its last hello say. */
export type Listed = Awaited<ReturnType<Nodes['get']>>

const NO_LOAD: ModelLoad = { active: 0, queued: 0, queue: [] }

/** Generations and embedding calls of a model together. */
function toLoad(view: Listed['view'], model: string, now: number) {
  const loads = [
    { capability: 'generate' as const, load: view?.load.get(model) ?? NO_LOAD },
    { capability: 'embed' as const, load: view?.load.get(embeddingKey(model)) ?? NO_LOAD },
  ]
  return {
    active: loads.reduce((sum, { load }) => sum + load.active, 0),
    queued: loads.reduce((sum, { load }) => sum + load.queued, 0),
    waited_ms: Math.max(...loads.map(({ load }) => longestWaitMs(load, now))),
    queue: loads.flatMap(({ capability, load }) =>
      load.queue.map((since, index) => ({
        capability,
        position: index + 1,
        waited_ms: Math.max(0, now - since),
      })),
    ),
  }
}

/** A node as this contract tells it, as of `now` (epoch ms). */
export const toNode = (
  { id, name, createdAt, allowedModels, jobs, view }: Listed,
  now: number,
): z.infer<typeof Node> => ({
  id,
  object: 'node',
  name,
  created: seconds(createdAt),
  status: view?.linked ? (view.draining ? 'draining' : 'online') : 'offline',
  region: view?.region ?? null,
  since: view ? seconds(view.since) : null,
  version: view?.hello.version ?? null,
  hardware: view?.hello.hardware ?? null,
  gauge: view?.gauge ?? null,
  models: (view?.hello.models ?? []).map((model) => ({
    id: model.id,
    capabilities: model.capabilities,
    context_length: model.contextTokens,
    slots: model.slots,
    size_bytes: model.sizeBytes,
    architecture: model.architecture,
    sha256: model.sha256 ?? null,
    ...toLoad(view, model.id, now),
    prompt_tokens: view?.metrics[model.id]?.promptTokens ?? 0,
    cached_prompt_tokens: view?.metrics[model.id]?.cachedPromptTokens ?? 0,
    residence: model.residence ?? 'loaded',
    price_per_1k_tokens: model.pricePer1kTokens ?? null,
    adapters: (model.adapters ?? []).flatMap(({ suffix, residence = 'loaded', sha256 = null }) =>
      tunedIdOf(suffix) === undefined ? [{ id: adapterModelId(model.id, suffix), residence, sha256 }] : [],
    ),
  })),
  jobs: jobs.map((job) => ({ ...job, id: `${JOB_PREFIX}${job.id}` })),
  allowed_models: allowedModels && [...allowedModels],
})
