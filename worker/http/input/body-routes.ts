import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context, Handler, Next } from 'hono'
import type { SurfaceEnv } from '../surface-env.ts'
import { checked } from './validation.ts'

/** The two forms of body that have a schema. */
const TARGETS = { 'application/json': 'json', 'application/x-www-form-urlencoded': 'form' } as const

type Route = Parameters<OpenAPIHono<SurfaceEnv>['openapi']>[0]

/** The handler of a route behind the schema of its body, if it has one. */
function behindSchema({ request }: Route, handler: Handler<SurfaceEnv>): Handler<SurfaceEnv> {
  const body = request?.body
  for (const [type, target] of Object.entries(TARGETS)) {
    const media = body?.content[type]
    if (!media || !('schema' in media) || !(media.schema instanceof z.ZodType)) continue
    const { schema } = media
    return (c: Context<SurfaceEnv>, next: Next) => {
      const given = c.get('body') ?? (body?.required ? { value: {}, size: 0 } : undefined)
      // A body is an object: no route has another schema.
      c.req.addValidatedData(target, given ? (checked(schema, target, given) as object) : {})
      return handler(c, next)
    }
  }
  return handler
}

/**
 * Makes an app's routes judge the body that `requestBody` has read. The library's own validators would read and parse it
 * again, would know fewer spellings of a media type, and would list every mistake of a body that has a million.
 */
export function readBodiesOnce(app: OpenAPIHono<SurfaceEnv>): void {
  const register = app.openapi
  const openapi = (route: Route, handler: Handler<SurfaceEnv>) => {
    // Described whole, registered without the body.
    const { hide, middleware: _middleware, ...described } = route
    // A last parameter that takes slashes too (`/{path}{.+}`) is a parameter like any other to a reader.
    if (!hide)
      app.openAPIRegistry.registerPath({ ...described, path: described.path.replace(/}{\.\+}$/, '}') })
    const { body: _body, ...request } = route.request ?? {}
    return register({ ...route, request, hide: true }, behindSchema(route, handler))
  }
  // Takes and gives what the library's own does; that the types of a route and its handler fit, callers were told by it.
  app.openapi = openapi as typeof register
}
