import { appOf } from './app.ts'

export { NodeLink } from './durable/node-link.ts'
export { Pool } from './durable/pool.ts'

export default {
  fetch: (request, env, context) => appOf(env).fetch(request, env, context),
} satisfies ExportedHandler<Cloudflare.Env>
