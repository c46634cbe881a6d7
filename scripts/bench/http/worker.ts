import { Hono } from 'hono'
import edge from '../../../worker/index.ts'

// The Worker as it is deployed, and beside it a route that does nothing, for the bench `http` to compare with.

export * from '../../../worker/index.ts'

const BARE_PATH = '/bare'

/** The least that a route can do: Hono, and the body of an empty list of models. */
const bare = new Hono<{ Bindings: Cloudflare.Env }>()
bare.get(BARE_PATH, (c) => c.json({ object: 'list', data: [] }))

export default {
  ...edge,
  fetch: (request, env, context) =>
    new URL(request.url).pathname === BARE_PATH
      ? bare.fetch(request, env, context)
      : edge.fetch(request, env, context),
} satisfies ExportedHandler<Cloudflare.Env>
