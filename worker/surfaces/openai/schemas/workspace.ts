import { z } from '@hono/zod-openapi'

export const WorkspaceFile = z
  .object({
    object: z.literal('workspace.file'),
    path: z.string(),
    bytes: z.int(),
    etag: z.string().openapi({ description: 'As the header `ETag` has it, with its quotes.' }),
    content_type: z.string(),
    created_at: z.int(),
    modified_at: z.int(),
  })
  .openapi('WorkspaceFile')

export const WorkspaceFileList = z
  .object({
    object: z.literal('list'),
    data: z.array(WorkspaceFile),
    has_more: z.boolean(),
    next: z.string().nullable().openapi({ description: 'The `after` of the next page.' }),
  })
  .openapi('WorkspaceFileList')
