import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { AppError } from '../../../../shared/errors.ts'
import { type Download, etagOf, planDownload, sendDownload } from '../../../http/download/download.ts'
import { tagsOf } from '../../../http/download/entity-tags.ts'
import { lengthOf, MAX_BODY_BYTES, rawBody, typeOf } from '../../../http/input/raw-body.ts'
import { json } from '../../../http/json-content.ts'
import { readerOf, whileAllowed } from '../../../http/lifeline.ts'
import { accountOf, type Surface } from '../../../http/surface.ts'
import type { Condition } from '../../../services/workspace/condition.ts'
import { fromUrl } from '../../../services/workspace/path.ts'
import type { WorkspaceFile as File, Workspace } from '../../../services/workspace/workspace.ts'
import { failures } from '../schemas/common.ts'
import { WorkspaceFile, WorkspaceFileList } from '../schemas/workspace.ts'

/** Files of a page of a list. */
export const MAX_LISTED_FILES = 1_000

export const PUT_ROUTE = 'PUT /v1/workspace/:path{.+}'

const tags = ['Workspace']
const security = [{ bearer: [] }]

const Params = z.object({
  path: z.string().openapi({
    param: { name: 'path', in: 'path' },
    description:
      'Slashes stand for themselves. NFC, at most 1,024 bytes, without `..`, empty segments, backslashes and control characters.',
  }),
})

const condition = (description: string) => z.string().optional().openapi({ description })
/** The headers by which a change asks for a certain state. */
export const Conditions = z.object({
  'if-match': condition('Only if the file has one of these ETags; `*`: if there is one.'),
  'if-none-match': condition('Only if the file has none of these ETags; `*`: if there is none.'),
})

const bytes = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } as const

const EXAMPLE_CONFIG = 'base_model: starter\nlora_r: 16\nnum_epochs: 20\nlearning_rate: 0.002\n'

const list = createRoute({
  method: 'get',
  path: '/v1/workspace',
  operationId: 'listWorkspace',
  tags,
  security,
  summary: 'Your files, in the order of their paths',
  request: {
    query: z.strictObject({
      prefix: z
        .string()
        .max(1_024)
        .default('')
        .openapi({ description: 'How the paths begin: `data/` is a folder.' }),
      limit: z.coerce.number().int().min(1).max(MAX_LISTED_FILES).default(100),
      after: z
        .string()
        .max(2_048)
        .optional()
        .openapi({ description: 'The `next` of the page before, as it came.' }),
    }),
  },
  responses: { 200: json(WorkspaceFileList, 'A page of them.'), ...failures },
})

const get = createRoute({
  method: 'get',
  path: '/v1/workspace/{path}{.+}',
  operationId: 'readWorkspaceFile',
  tags,
  security,
  summary: 'The bytes of a file, or a piece of them',
  request: {
    params: Params,
    headers: Conditions.extend({
      range: condition('One range of bytes: `bytes=0-99`, `bytes=100-`, `bytes=-100`.'),
      'if-range': condition('The piece only if the file has this ETag, else all of it.'),
    }),
  },
  responses: {
    200: { description: 'The file.', content: bytes },
    206: { description: 'The piece.', content: bytes },
    304: { description: 'The file has one of the ETags in `If-None-Match`.' },
    ...failures,
  },
})

const put = createRoute({
  method: 'put',
  path: '/v1/workspace/{path}{.+}',
  operationId: 'writeWorkspaceFile',
  tags,
  security,
  summary: 'Write a file of at most 95 MB, in place of the one that is there',
  description: 'Larger files come in parts: see `/v1/workspace-uploads`.',
  request: {
    params: Params,
    headers: Conditions,
    body: {
      required: true,
      content: {
        'application/octet-stream': { ...bytes['application/octet-stream'], example: EXAMPLE_CONFIG },
      },
    },
  },
  responses: {
    200: json(WorkspaceFile, 'The file, which has replaced another.'),
    201: json(WorkspaceFile, 'The file, which is new.'),
    ...failures,
  },
})

const remove = createRoute({
  method: 'delete',
  path: '/v1/workspace/{path}{.+}',
  operationId: 'deleteWorkspaceFile',
  tags,
  security,
  summary: 'Delete a file',
  request: { params: Params, headers: Conditions },
  responses: {
    200: json(
      z.object({ path: z.string(), object: z.literal('workspace.file'), deleted: z.literal(true) }),
      'Deleted.',
    ),
    ...failures,
  },
})

const seconds = (ms: number) => Math.floor(ms / 1_000)

export const toWorkspaceFile = (file: File): z.infer<typeof WorkspaceFile> => ({
  object: 'workspace.file',
  path: file.path,
  bytes: file.sizeBytes,
  etag: etagOf(file.versionId),
  content_type: file.contentType,
  created_at: seconds(file.createdAt),
  modified_at: seconds(file.modifiedAt),
})

const toDownload = (file: File): Download => ({
  tag: file.versionId,
  modifiedAt: file.modifiedAt,
  sizeBytes: file.sizeBytes,
  contentType: file.contentType,
  name: file.path.split('/').at(-1) ?? '',
})

/** The path as it was sent: what routes requests has collapsed its slashes and trimmed its end. */
export const sentPathOf = (c: Context): string =>
  /^[^:]*:\/\/[^/]*\/+v1\/+workspace\/([^?#]*)/.exec(c.req.raw.url)?.[1] ?? ''

/** The state that a change of a file asks for. */
export const conditionOf = (c: Context): Condition => ({
  ifMatch: tagsOf('If-Match', c.req.header('if-match'), { weak: false }),
  ifNoneMatch: tagsOf('If-None-Match', c.req.header('if-none-match'), { weak: true }),
})

/** A cursor is a path in a spelling that asks nobody to make one. */
const toCursor = (path: string | null): string | null =>
  path === null ? null : Buffer.from(path).toString('base64url')

function fromCursor(after: string | undefined): string | undefined {
  if (after === undefined) return undefined
  const path = Buffer.from(after, 'base64url').toString()
  if (path !== '' && toCursor(path) === after) return path
  throw new AppError('invalid_request', "Invalid 'after': it is not the `next` of a page.", {
    param: 'after',
  })
}

export function workspaceRoutes(app: Surface, workspace: Workspace): void {
  const pathIn = (c: Context) => fromUrl(sentPathOf(c))

  app.openapi(list, async (c) => {
    const { prefix, limit, after } = c.req.valid('query')
    // A path that a contract names begins with a slash.
    const begins = prefix.replace(/^\//, '').normalize('NFC')
    const asked = { prefix: begins, limit, after: fromCursor(after) }
    const { files, next } = await workspace.list(accountOf(c).id, asked)
    const data = files.map(toWorkspaceFile)
    return c.json({ object: 'list' as const, data, has_more: next !== null, next: toCursor(next) }, 200)
  })

  app.openapi(get, async (c) => {
    const plan = (file: File) => planDownload(c, toDownload(file))
    const { file, chosen, body } = await workspace.read(accountOf(c).id, pathIn(c), plan)
    return sendDownload(c, toDownload(file), chosen, body)
  })

  app.openapi(put, async (c) => {
    const [path, contentType, condition] = [pathIn(c), typeOf(c), conditionOf(c)]
    const instead = ': send it in parts (POST /v1/workspace-uploads)'
    const body = rawBody(c, { maxBytes: MAX_BODY_BYTES, instead })
    const { file, isNew } = await whileAllowed(readerOf(c), (signal) =>
      workspace.write(accountOf(c).id, path, body, {
        contentType,
        condition,
        sizeBytes: lengthOf(c),
        signal,
      }),
    )
    c.header('etag', etagOf(file.versionId))
    return c.json(toWorkspaceFile(file), isNew ? 201 : 200)
  })

  app.openapi(remove, async (c) => {
    const path = pathIn(c)
    await workspace.remove(accountOf(c).id, path, conditionOf(c))
    return c.json({ path, object: 'workspace.file' as const, deleted: true as const }, 200)
  })
}
