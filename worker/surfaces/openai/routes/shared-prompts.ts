import { createRoute, z } from '@hono/zod-openapi'
import { requireAdmin } from '../../../http/auth.ts'
import { json, jsonBody } from '../../../http/json-content.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import {
  MAX_SHARED_PROMPT_LENGTH,
  type SharedPrompt,
  type SharedPrompts,
} from '../../../services/administration/shared-prompts.ts'
import { failures } from '../schemas/common.ts'

const tags = ['Shared prompts']
const security = [{ bearer: [] }]
const middleware = requireAdmin

const Name = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, {
  error: 'expected up to 64 lower-case letters, digits, dots, dashes and underscores',
})
const Params = z.object({ name: Name.openapi({ param: { name: 'name', in: 'path' } }) })

const Shared = z
  .object({ name: z.string(), object: z.literal('shared_prompt'), text: z.string(), created: z.int() })
  .openapi('SharedPrompt')

const list = createRoute({
  method: 'get',
  path: '/v1/shared-prompts',
  operationId: 'listSharedPrompts',
  tags,
  security,
  middleware,
  summary: 'Beginnings of system prompts that nodes may keep for every account (admin)',
  responses: {
    200: json(
      z.object({ object: z.literal('list'), data: z.array(Shared) }).openapi('SharedPromptList'),
      'By name.',
    ),
    ...failures,
  },
})

const put = createRoute({
  method: 'put',
  path: '/v1/shared-prompts/{name}',
  operationId: 'putSharedPrompt',
  tags,
  security,
  middleware,
  summary: 'Mark the beginning of a system prompt as no secret (admin)',
  description:
    'What a node computed of a prompt serves the account alone that asked. A chat whose first system turn begins with this text shares that beginning with every other such chat.',
  request: {
    params: Params,
    body: jsonBody(
      z
        .strictObject({ text: z.string().min(1).max(MAX_SHARED_PROMPT_LENGTH) })
        .openapi('SharedPromptRequest'),
      { text: 'You are a helpful assistant.' },
    ),
  },
  responses: { 200: json(Shared, 'In force within a second.'), ...failures },
})

const remove = createRoute({
  method: 'delete',
  path: '/v1/shared-prompts/{name}',
  operationId: 'deleteSharedPrompt',
  tags,
  security,
  middleware,
  summary: 'Share the beginning no longer (admin)',
  request: { params: Params },
  responses: {
    200: json(
      z.object({ name: z.string(), object: z.literal('shared_prompt'), deleted: z.literal(true) }),
      'In force within a second.',
    ),
    ...failures,
  },
})

const toShared = ({ name, text, createdAt }: SharedPrompt): z.infer<typeof Shared> => ({
  name,
  object: 'shared_prompt',
  text,
  created: Math.floor(createdAt / 1000),
})

/** Which beginnings of prompts accounts share. */
export function sharedPromptRoutes(app: Surface, sharedPrompts: SharedPrompts): void {
  app.openapi(list, async (c) =>
    c.json({ object: 'list' as const, data: (await sharedPrompts.list()).map(toShared) }, 200),
  )

  app.openapi(put, async (c) => {
    const { name } = c.req.valid('param')
    return c.json(toShared(await sharedPrompts.put(name, c.req.valid('json').text, accountOf(c).id)), 200)
  })

  app.openapi(remove, async (c) => {
    const { name } = c.req.valid('param')
    await sharedPrompts.remove(name, accountOf(c).id)
    return c.json({ name, object: 'shared_prompt' as const, deleted: true as const }, 200)
  })
}
