import { appOf } from './app.ts'
import { AgentRunObject } from './durable/agent-run/agent-run-object.ts'
import { LibraryObject } from './durable/library/library-object.ts'
import { NodeLinkObject } from './durable/link/node-link.ts'
import { PoolObject } from './durable/pool.ts'
import { ResponseRunObject } from './durable/responses/response-run-object.ts'
import { ChatRoomObject } from './durable/room/chat-room.ts'
import { TrainingRunObject } from './durable/training/training-run.ts'
import { WebhookEndpointObject } from './durable/webhook-endpoint.ts'
import { configOf } from './env.ts'
import { onDatasetMessages } from './queues/dataset-messages.ts'
import { onDocumentMessages } from './queues/document-messages.ts'
import { onTaskMessages } from './queues/task-messages.ts'
import { onTrainingDoorbell } from './queues/training-doorbell.ts'
import { createStubs } from './services/stubs.ts'
import { createLibraryServices } from './wiring/library.ts'
import { createLinkServices } from './wiring/links.ts'
import { createResponseRunServices } from './wiring/responses.ts'
import { createRoomServices } from './wiring/rooms.ts'
import { createRunServices } from './wiring/runs.ts'
import { createDelivering } from './wiring/webhooks.ts'
import { createServices, type Services } from './wiring.ts'

/** A conversation's room, with services of its own: what it remembers of accounts and switches is never another room's. */
export class ChatRoom extends ChatRoomObject {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env, () => createRoomServices(createServices(env, configOf(env))))
  }
}

/** One node's connection. */
export class NodeLink extends NodeLinkObject {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env, () => createLinkServices(env))
  }
}

/** One region's directory. */
export class Pool extends PoolObject {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env, () => createLinkServices(env).regions)
  }
}

/** One training job. */
export class TrainingRun extends TrainingRunObject {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env, () => createServices(env, configOf(env)).training.run)
  }
}

/** One account's documents. */
export class Library extends LibraryObject {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env, () => createLibraryServices(createServices(env, configOf(env)), createStubs(env)))
  }
}

/** One response that goes on without its reader. */
export class ResponseRun extends ResponseRunObject {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env, () => createResponseRunServices(createServices(env, configOf(env))))
  }
}

/** One endpoint that is told of events. */
export class WebhookEndpoint extends WebhookEndpointObject {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env, () => createDelivering(env, configOf(env)))
  }
}

/** One run of an agent, with services of its own. */
export class AgentRun extends AgentRunObject {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env, () => createRunServices(createServices(env, configOf(env))))
  }
}

export { DatasetTable } from './durable/dataset-table.ts'
export { RateLimiter } from './durable/rate-limiter.ts'

/** The takers of each queue's messages, by its name in wrangler.toml. */
const QUEUES = new Map<string, (batch: MessageBatch, services: Services) => Promise<void>>([
  ['switchyard-training', onTrainingDoorbell],
  ['switchyard-tasks', onTaskMessages],
  ['switchyard-documents', onDocumentMessages],
  ['switchyard-datasets', onDatasetMessages],
])

/** The clock that gives jobs and tasks to nodes, and rings for messages and datasets that were forgotten; wrangler.toml. The other one sweeps. */
const EACH_MINUTE = '* * * * *'

export default {
  fetch: (request, env, context) => appOf(env).fetch(request, env, context),
  scheduled: async ({ cron }, env) => {
    const { training, tasks, documentSweep, webhooks, searchDatasets, programVectors, sweep } =
      createServices(env, configOf(env))
    const ticks = [
      training.tick,
      tasks.tick,
      documentSweep.tick,
      webhooks.tick,
      searchDatasets.tick,
      programVectors.tick,
    ]
    if (cron !== EACH_MINUTE) return await sweep()
    // What is not done when the handler ends may be cut off: one that fails waits for the others.
    const ended = await Promise.allSettled(ticks.map((tick) => tick()))
    for (const end of ended) if (end.status === 'rejected') throw end.reason
  },
  queue: async (batch, env) => await QUEUES.get(batch.queue)?.(batch, createServices(env, configOf(env))),
} satisfies ExportedHandler<Cloudflare.Env>
