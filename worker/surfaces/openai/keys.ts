import { createRoute, z } from '@hono/zod-openapi'
import { accountOf, type Surface } from '../../http/surface.ts'
import type { Accounts, ApiKey } from '../../services/accounts.ts'
import { TOKEN_LIFETIME_SECONDS } from '../../services/tokens.ts'
import { failures, json } from './schemas/common.ts'

const Key = z
  .object({
    id: z.string(),
    object: z.literal('api_key'),
    name: z.string(),
    prefix: z.string().openapi({ description: 'How the secret begins, to tell keys apart.' }),
    created: z.int(),
  })
  .openapi('ApiKey')

const security = [{ bearer: [] }]
const tags = ['Accounts']

const logIn = createRoute({
  method: 'post',
  path: '/v1/auth/login',
  operationId: 'logIn',
  tags,
  security: [],
  summary: 'An access token for an email or username and its password',
  request: {
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z
            .strictObject({ login: z.string().min(1).max(320), password: z.string().min(1).max(1_024) })
            .openapi('LoginRequest'),
        },
      },
    },
  },
  responses: {
    200: json(
      z
        .object({ access_token: z.string(), token_type: z.literal('bearer'), expires_in: z.int() })
        .openapi('AccessToken'),
      'The token; `expires_in` is in seconds.',
    ),
    ...failures,
  },
})

const createKey = createRoute({
  method: 'post',
  path: '/v1/keys',
  operationId: 'createKey',
  tags,
  security,
  summary: 'A new API key of your own',
  request: {
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z.strictObject({ name: z.string().trim().min(1).max(100) }).openapi('KeyRequest'),
        },
      },
    },
  },
  responses: {
    201: json(
      Key.extend({ secret: z.string().openapi({ description: 'Shown once.' }) }).openapi('NewApiKey'),
      'The key.',
    ),
    ...failures,
  },
})

const listKeys = createRoute({
  method: 'get',
  path: '/v1/keys',
  operationId: 'listKeys',
  tags,
  security,
  summary: 'Your API keys, newest first',
  responses: {
    200: json(z.object({ object: z.literal('list'), data: z.array(Key) }).openapi('ApiKeyList'), 'The keys.'),
    ...failures,
  },
})

const deleteKey = createRoute({
  method: 'delete',
  path: '/v1/keys/{key_id}',
  operationId: 'deleteKey',
  tags,
  security,
  summary: 'Revoke one of your keys, everywhere within a second',
  request: { params: z.object({ key_id: z.string().openapi({ param: { name: 'key_id', in: 'path' } }) }) },
  responses: {
    200: json(
      z.object({ id: z.string(), object: z.literal('api_key'), deleted: z.literal(true) }),
      'Revoked.',
    ),
    ...failures,
  },
})

const toKey = ({ id, name, prefix, createdAt }: ApiKey): z.infer<typeof Key> => ({
  id,
  object: 'api_key',
  name,
  prefix,
  created: Math.floor(createdAt / 1000),
})

export function keyRoutes(app: Surface, accounts: Accounts): void {
  app.openapi(logIn, async (c) => {
    const { login, password } = c.req.valid('json')
    const { token } = await accounts.logIn(login, password)
    const body = { access_token: token, token_type: 'bearer' as const, expires_in: TOKEN_LIFETIME_SECONDS }
    return c.json(body, 200)
  })

  app.openapi(createKey, async (c) => {
    const { key, secret } = await accounts.createKey(accountOf(c).id, c.req.valid('json').name)
    return c.json({ ...toKey(key), secret }, 201)
  })

  app.openapi(listKeys, async (c) => {
    const keys = await accounts.listKeys(accountOf(c).id)
    return c.json({ object: 'list' as const, data: keys.map(toKey) }, 200)
  })

  app.openapi(deleteKey, async (c) => {
    const { key_id: id } = c.req.valid('param')
    await accounts.revokeKey(accountOf(c).id, id)
    return c.json({ id, object: 'api_key' as const, deleted: true as const }, 200)
  })
}
