import { appOf } from './app.ts'
import { ChatRoomObject } from './durable/chat-room.ts'
import { configOf } from './env.ts'
import type { Inference } from './services/inference.ts'
import { createRoomServices, createServices } from './services.ts'

const inferences = new WeakMap<Cloudflare.Env, Inference>()

/** One for all rooms of an isolate, so that they ask the directory together and not each for itself. */
function sharedInference(env: Cloudflare.Env): Inference {
  const known = inferences.get(env)
  if (known) return known
  const { inference } = createServices(env, configOf(env))
  inferences.set(env, inference)
  return inference
}

/** A conversation's room. Who may speak in it is looked up by itself, the pool together with other rooms. */
export class ChatRoom extends ChatRoomObject {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    const build = () =>
      createRoomServices({ ...createServices(env, configOf(env)), inference: sharedInference(env) })
    super(ctx, env, build)
  }
}

export { DatasetTable } from './durable/dataset-table.ts'
export { NodeLink } from './durable/node-link.ts'
export { Pool } from './durable/pool.ts'
export { RateLimiter } from './durable/rate-limiter.ts'

export default {
  fetch: (request, env, context) => appOf(env).fetch(request, env, context),
  scheduled: (_controller, env) => createServices(env, configOf(env)).sweep(),
} satisfies ExportedHandler<Cloudflare.Env>
