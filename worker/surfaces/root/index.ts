import { createRoute, z } from '@hono/zod-openapi'
import { CONSOLE_PATH } from '../../../shared/console/pages.ts'
import { AppError } from '../../../shared/errors.ts'
import type { Logger } from '../../../shared/log.ts'
import { BYTES_PATH } from '../../../shared/training.ts'
import { JOIN_PATH, LINK_PATH, LINK_PROTOCOL } from '../../../shared/wire.ts'
import { bearerOf, refuseKeys } from '../../http/auth.ts'
import { ASSETS_PATH } from '../../http/docs.ts'
import { lengthOf } from '../../http/input/raw-body.ts'
import { visibleName } from '../../http/input/visible-name.ts'
import { json, jsonBody } from '../../http/json-content.ts'
import { OpenaiError, openaiErrorBody } from '../../http/openai-errors.ts'
import { createSurface } from '../../http/surface.ts'
import type { SignedObjects } from '../../services/files/signed-objects.ts'
import type { Inference } from '../../services/inference/inference.ts'
import type { Traffic } from '../../services/metering/traffic.ts'
import { MAX_NODE_NAME_LENGTH, type Nodes } from '../../services/pool/nodes.ts'
import { CONSOLE_ROUTES, consoleRoutes, wantsPage } from './console.ts'

const NO_KEYS =
  'An API key is not taken here: a node is let in by the credential that it gets for a join token.'
const failures = { default: json(OpenaiError, 'Any failure.') }

const index = createRoute({
  method: 'get',
  path: '/',
  operationId: 'index',
  security: [],
  summary: 'The APIs that are served here, and where each is described',
  responses: {
    200: json(
      z
        .object({
          name: z.literal('Switchyard'),
          console: z.string(),
          docs: z.string(),
          openapi: z.string(),
          health: z.string(),
          surfaces: z.array(
            z.object({ name: z.string(), base_path: z.string(), docs: z.string(), openapi: z.string() }),
          ),
        })
        .openapi('Index'),
      'Paths on this origin.',
    ),
    302: { description: 'For browsers: to the console.' },
    ...failures,
  },
})

const health = createRoute({
  method: 'get',
  path: '/health',
  operationId: 'health',
  security: [],
  summary: 'Whether the edge answers and how many nodes are connected',
  responses: {
    200: json(
      z
        .object({ status: z.enum(['ok', 'degraded']), nodes: z.object({ online: z.int(), known: z.int() }) })
        .openapi('Health'),
      '`degraded` means that the edge is well and has no node to run anything.',
    ),
    ...failures,
  },
})

const join = createRoute({
  method: 'post',
  path: JOIN_PATH,
  operationId: 'joinNode',
  security: [],
  summary: "Exchange a join token for a node's own credential",
  request: {
    body: jsonBody(
      z
        .strictObject({
          token: z.string().min(1).max(200),
          name: visibleName(MAX_NODE_NAME_LENGTH).optional(),
        })
        .openapi('JoinRequest'),
      { token: 'swj_…', name: 'attic' },
    ),
  },
  responses: {
    201: json(
      z.object({ node_id: z.string(), name: z.string(), credential: z.string() }).openapi('Joined'),
      'The credential, shown once.',
    ),
    ...failures,
  },
})

export interface RootServices {
  inference: Inference
  nodes: Nodes
  signedObjects: SignedObjects
  traffic: Traffic
  log: Logger
  isDevelopment: boolean
}

/**
 * The surface that belongs to no contract: an index of what is served here, health, the doors that nodes use, and the
 * bundled assets. `mounts` are the names under which the contracts' surfaces stand: `/name/docs` describes each.
 */
export function rootSurface(
  { inference, nodes, signedObjects, traffic, log, isDevelopment }: RootServices,
  mounts: readonly string[],
) {
  const app = createSurface({
    name: 'root',
    basePath: '',
    title: 'Switchyard edge',
    version: '1.0.0',
    errorBody: openaiErrorBody,
    authenticate: () => {
      throw new AppError('forbidden', 'This route is closed.') // every route here is public or has a door of its own
    },
    publicRoutes: [
      'GET /',
      'GET /openapi.json',
      'GET /docs',
      'GET /health',
      `POST ${JOIN_PATH}`,
      `GET ${LINK_PATH}`,
      `GET ${BYTES_PATH}/:token`,
      `PUT ${BYTES_PATH}/:token`,
      `GET ${ASSETS_PATH}/:page/:file`,
      ...CONSOLE_ROUTES,
    ],
    securitySchemes: {},
    bodies: { [`PUT ${BYTES_PATH}/:token`]: 'raw' },
    traffic,
    log,
    isDevelopment,
  })

  app.get('/docs', (c) => c.redirect('/v1/docs', 302))

  app.openapi(index, (c) => {
    c.header('vary', 'accept', { append: true })
    if (wantsPage(c)) return c.redirect(`${CONSOLE_PATH}/`, 302)
    return c.json(
      {
        name: 'Switchyard' as const,
        console: `${CONSOLE_PATH}/`,
        docs: '/v1/docs',
        openapi: '/v1/openapi.json',
        health: '/health',
        surfaces: mounts.map((mount) => ({
          name: mount === 'v1' ? 'openai' : mount,
          base_path: `/${mount}`,
          docs: `/${mount}/docs`,
          openapi: `/${mount}/openapi.json`,
        })),
      },
      200,
    )
  })

  app.openapi(health, async (c) => {
    const { online, known } = await inference.countNodes()
    return c.json(
      { status: online > 0 ? ('ok' as const) : ('degraded' as const), nodes: { online, known } },
      200,
    )
  })

  app.openapi(join, async (c) => {
    const { token, name } = c.req.valid('json')
    const node = await nodes.join(token, name)
    return c.json({ node_id: node.id, name: node.name, credential: node.credential }, 201)
  })

  app.get(LINK_PATH, async (c) => {
    refuseKeys(c, undefined, NO_KEYS)
    const node = await nodes.authenticate(bearerOf(c))
    const offered = (c.req.header('sec-websocket-protocol') ?? '').split(',').map((name) => name.trim())
    if (c.req.header('upgrade')?.toLowerCase() !== 'websocket' || !offered.includes(LINK_PROTOCOL)) {
      // RFC 9110 §15.5.22: the answer names what to upgrade to.
      return c.json(
        {
          error: {
            message: `Dial a WebSocket with the subprotocol ${LINK_PROTOCOL}.`,
            type: 'invalid_request_error',
            code: 'upgrade_required',
            param: null,
          },
        },
        426,
        { upgrade: 'websocket' },
      )
    }
    return nodes.link(node, c.req.raw)
  })

  app.get(`${BYTES_PATH}/:token`, async (c) => {
    const { body, size } = await signedObjects.read(c.req.param('token'))
    const headers = {
      'content-type': 'application/octet-stream',
      'content-length': String(size),
      // No account is asked for, but the bytes are one's own: a cache would outlive the token.
      'cache-control': 'no-store',
    }
    return c.body(body, 200, headers)
  })

  app.put(`${BYTES_PATH}/:token`, async (c) => {
    await signedObjects.write(c.req.param('token'), c.req.raw.body, lengthOf(c))
    return c.body(null, 204)
  })

  app.get(`${ASSETS_PATH}/:page/:file`, (c) =>
    c.env.ASSETS.fetch(new URL(`/${c.req.param('page')}/${c.req.param('file')}`, c.req.url)),
  )
  consoleRoutes(app)
  return app
}
