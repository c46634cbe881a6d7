import { appOf } from './app.ts'
import { ChatRoomObject, type RoomServices } from './durable/chat-room.ts'
import { configOf } from './env.ts'
import { createRoomServices, createServices } from './services.ts'

const roomServices = new WeakMap<Cloudflare.Env, RoomServices>()

/** What all rooms of an isolate share: the directory is asked once for all of them, not once for each. */
function roomServicesOf(env: Cloudflare.Env): RoomServices {
  let services = roomServices.get(env)
  if (!services) {
    services = createRoomServices(createServices(env, configOf(env)))
    roomServices.set(env, services)
  }
  return services
}

/** A conversation's room, with the services that its isolate has. */
export class ChatRoom extends ChatRoomObject {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env, () => roomServicesOf(env))
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
