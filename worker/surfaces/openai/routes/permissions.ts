import { createRoute, z } from '@hono/zod-openapi'
import { AppError } from '../../../../shared/errors.ts'
import { isId } from '../../../../shared/ids.ts'
import { json, jsonBody } from '../../../http/json-content.ts'
import type { Surface } from '../../../http/surface.ts'
import { MAX_SHARES, type TunedShare, type TunedShares } from '../../../services/models/tuned-shares.ts'
import { callerOf } from '../call.ts'
import { failures } from '../schemas/common.ts'
import { idIn } from '../schemas/file.ts'
import { listOf, pageOf } from '../schemas/fine-tuning.ts'
import { PERMISSION_PREFIX, Permission } from '../schemas/training/results.ts'

const tags = ['Fine-tuning']
const security = [{ bearer: [] }]
const Params = z.object({
  model: z.string().openapi({
    param: { name: 'model', in: 'path' },
    description: 'The name of a model that was trained, or of a checkpoint.',
  }),
})
const PATH = '/v1/fine_tuning/checkpoints/{model}/permissions' as const

const create = createRoute({
  method: 'post',
  path: PATH,
  operationId: 'createCheckpointPermissions',
  tags,
  security,
  summary: 'Let other accounts use a model of yours',
  request: {
    params: Params,
    body: jsonBody(
      z
        .strictObject({
          project_ids: z
            .array(z.string().max(64))
            .min(1)
            .max(MAX_SHARES)
            .openapi({ description: 'Ids of accounts.' }),
        })
        .openapi('CreateCheckpointPermissions'),
      { project_ids: ['507f1f77bcf86cd799439011'] },
    ),
  },
  responses: { 200: json(listOf(Permission), 'The permissions.'), ...failures },
})

const list = createRoute({
  method: 'get',
  path: PATH,
  operationId: 'listCheckpointPermissions',
  tags,
  security,
  summary: 'The accounts that may use a model of yours',
  request: {
    params: Params,
    query: z.object({
      after: z.string().max(100).optional(),
      limit: z.coerce.number().int().min(1).max(MAX_SHARES).default(10),
      order: z.enum(['ascending', 'descending']).optional(),
      project_id: z.string().max(64).optional(),
    }),
  },
  responses: { 200: json(listOf(Permission), 'A page of them.'), ...failures },
})

const remove = createRoute({
  method: 'delete',
  path: `${PATH}/{permission_id}`,
  operationId: 'deleteCheckpointPermission',
  tags,
  security,
  summary: 'Take a permission back',
  request: {
    params: Params.extend({
      permission_id: z.string().openapi({ param: { name: 'permission_id', in: 'path' } }),
    }),
  },
  responses: {
    200: json(
      z
        .object({ id: z.string(), object: z.literal('checkpoint.permission'), deleted: z.literal(true) })
        .openapi('DeletedCheckpointPermission'),
      'It is no more.',
    ),
    ...failures,
  },
})

const show = ({ id, accountId, createdAt }: TunedShare): z.input<typeof Permission> => ({
  id: PERMISSION_PREFIX + id,
  object: 'checkpoint.permission',
  created_at: Math.floor(createdAt / 1_000),
  project_id: accountId,
})

function shareIdOf(spelled: string, param: string): string {
  const id = idIn(PERMISSION_PREFIX, spelled)
  if (isId(id)) return id
  throw new AppError('not_found', `There is no permission '${spelled.slice(0, 64)}'.`, { param })
}

/** OpenAI's permissions of checkpoints: a model that was trained is shared with other accounts. */
export function permissionRoutes(app: Surface, shares: TunedShares): void {
  app.openapi(create, async (c) => {
    const { project_ids: accountIds } = c.req.valid('json')
    const shared = await shares.share(c.req.valid('param').model, callerOf(c), accountIds)
    return c.json(pageOf(shared.map(show), false), 200)
  })

  app.openapi(list, async (c) => {
    const { after, limit, order, project_id: accountId } = c.req.valid('query')
    const { shares: listed, hasMore } = await shares.listShares(c.req.valid('param').model, callerOf(c), {
      limit,
      order,
      accountId,
      after: after === undefined ? undefined : shareIdOf(after, 'after'),
    })
    return c.json(pageOf(listed.map(show), hasMore), 200)
  })

  app.openapi(remove, async (c) => {
    const { model, permission_id: spelled } = c.req.valid('param')
    await shares.unshare(model, callerOf(c), shareIdOf(spelled, 'permission_id'))
    return c.json({ id: spelled, object: 'checkpoint.permission' as const, deleted: true as const }, 200)
  })
}
