import { createRoute, z } from '@hono/zod-openapi'
import { logInFrom } from '../../../http/auth.ts'
import { json, jsonBody } from '../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { Accounts } from '../../../services/accounts/accounts.ts'
import { type ApiKey, endPassedOn, type Keys, passedOn } from '../../../services/accounts/keys.ts'
import { failures } from '../schemas/common.ts'
import { Key, KeyRequest, NewKey } from '../schemas/key.ts'

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
    body: jsonBody(
      z
        .strictObject({ login: z.string().min(1).max(320), password: z.string().min(1).max(1_024) })
        .openapi('LoginRequest'),
      { login: 'guest', password: 'guest_test1' },
    ),
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
    body: jsonBody(KeyRequest, { name: 'laptop', scopes: ['inference'] }),
  },
  responses: { 201: json(NewKey, 'The key.'), ...failures },
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

const seconds = (ms: number) => Math.floor(ms / 1000)
const secondsOrNull = (ms: number | null) => (ms === null ? null : seconds(ms))

const toKey = (key: ApiKey): z.infer<typeof Key> => ({
  id: key.id,
  object: 'api_key',
  name: key.name,
  prefix: key.prefix,
  created: seconds(key.createdAt),
  scopes: key.scopes && [...key.scopes],
  expires_at: secondsOrNull(key.expiresAt),
  last_used_at: secondsOrNull(key.lastUsedAt),
  model: key.model && { id: key.model.id, name: key.model.name },
})

export function keyRoutes(app: Surface, accounts: Accounts, keys: Keys): void {
  app.openapi(logIn, async (c) => {
    const { login, password } = c.req.valid('json')
    const { token, expiresInSeconds } = await logInFrom(c, accounts, login, password)
    return c.json({ access_token: token, token_type: 'bearer' as const, expires_in: expiresInSeconds }, 200)
  })

  app.openapi(createKey, async (c) => {
    const account = accountOf(c)
    const { name, scopes, expires_at: expiresAt } = c.req.valid('json')
    const { key, secret } = await keys.create({
      scopes: passedOn(account, scopes ?? null),
      accountId: account.id,
      parentId: account.key?.id ?? null,
      name,
      expiresAt: endPassedOn(account, expiresAt ? expiresAt * 1000 : null),
    })
    return c.json({ ...toKey(key), secret }, 201)
  })

  app.openapi(listKeys, async (c) => {
    const listed = await keys.list(accountOf(c).id)
    return c.json({ object: 'list' as const, data: listed.map(toKey) }, 200)
  })

  app.openapi(deleteKey, async (c) => {
    const { key_id: id } = c.req.valid('param')
    await keys.revoke(accountOf(c).id, id)
    return c.json({ id, object: 'api_key' as const, deleted: true as const }, 200)
  })
}
