import { createRoute, z } from '@hono/zod-openapi'
import { AppError } from '../../../../shared/errors.ts'
import { inWords } from '../../../http/auth.ts'
import { json, jsonBody } from '../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { ApiKey as KeyRecord, Keys } from '../../../services/accounts/keys.ts'
import { failures, SECURITY } from '../responses.ts'
import { ApiKey, NewApiKey, Page, pathId } from '../schemas.ts'

const tags = ['API Keys']

const create = createRoute({
  method: 'post',
  path: '/api/apikeys',
  operationId: 'createApiKey',
  tags,
  security: SECURITY,
  summary: 'A key that may use one model; shown here and never again',
  request: { body: jsonBody(NewApiKey, { model_id: '507f1f77bcf86cd799439011', name: 'Reports' }) },
  responses: { 201: json(ApiKey, 'The key.'), ...failures(401, 404, 422) },
})

const list = createRoute({
  method: 'get',
  path: '/api/apikeys',
  operationId: 'listApiKeys',
  tags,
  security: SECURITY,
  summary: 'Your keys that are bound to a model, newest first, by how they begin',
  request: { query: Page },
  responses: { 200: json(z.array(ApiKey), 'A page of them.'), ...failures(401, 422) },
})

const remove = createRoute({
  method: 'delete',
  path: '/api/apikeys/{apikey_id}',
  operationId: 'deleteApiKey',
  tags,
  security: SECURITY,
  summary: 'End a key, everywhere within a second',
  request: { params: pathId('apikey_id') },
  responses: { 204: { description: 'Ended.' }, ...failures(401, 404, 422) },
})

/** Keys of other contracts are bound to no model and do not exist in this one. */
type BoundKey = KeyRecord & { model: NonNullable<KeyRecord['model']> }
const isBound = (key: KeyRecord): key is BoundKey => key.model !== null

const toApiKey = (accountId: string, key: BoundKey, shown: string): z.infer<typeof ApiKey> => ({
  _id: key.id,
  user_id: accountId,
  model_id: key.model.id,
  key: shown,
  name: key.name,
  created_at: new Date(key.createdAt).toISOString(),
})

export function apiKeyRoutes(app: Surface, keys: Keys): void {
  app.openapi(create, async (c) => {
    const { id: accountId, key: parent } = accountOf(c)
    const { model_id: modelId, name } = c.req.valid('json')
    const creating = keys.create({ accountId, kind: 'sk-', name, modelId, parentId: parent?.id ?? null })
    const { key, secret } = await inWords(creating, { not_found: 'Model not found' })
    if (!isBound(key)) throw new Error('The key was made without its model.')
    return c.json(toApiKey(accountId, key, secret), 201)
  })

  app.openapi(list, async (c) => {
    const { id: accountId } = accountOf(c)
    const { limit, offset } = c.req.valid('query')
    // An account's keys are few: `MAX_KEYS_PER_ACCOUNT`.
    const bound = (await keys.list(accountId)).filter(isBound)
    const page = bound.slice(offset, offset + limit)
    return c.json(
      page.map((key) => toApiKey(accountId, key, `${key.prefix}…`)),
      200,
    )
  })

  app.openapi(remove, async (c) => {
    const { id: accountId } = accountOf(c)
    const { apikey_id: keyId } = c.req.valid('param')
    const missing = 'API key not found'
    const known = (await keys.list(accountId)).some((key) => key.id === keyId && isBound(key))
    if (!known) throw new AppError('not_found', missing)
    await inWords(keys.revoke(accountId, keyId), { not_found: missing })
    return c.body(null, 204)
  })
}
