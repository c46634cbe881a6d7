import { appOf } from './app.ts'
import { NodeLinkObject } from './durable/link/node-link.ts'
import { PoolObject } from './durable/pool.ts'
import { ChatRoomObject } from './durable/room/chat-room.ts'
import { configOf } from './env.ts'
import { createLinkServices, createRoomServices, createServices } from './wiring.ts'

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

export { DatasetTable } from './durable/dataset-table.ts'
export { RateLimiter } from './durable/rate-limiter.ts'

export default {
  fetch: (request, env, context) => appOf(env).fetch(request, env, context),
  scheduled: (_controller, env) => createServices(env, configOf(env)).sweep(),
} satisfies ExportedHandler<Cloudflare.Env>
