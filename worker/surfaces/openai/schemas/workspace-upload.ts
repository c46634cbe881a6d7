import { z } from '@hono/zod-openapi'
import { MIB } from '../../../../shared/units.ts'
import {
  MAX_WORKSPACE_FILE_BYTES,
  MAX_WORKSPACE_PART_BYTES,
  MIN_WORKSPACE_PART_BYTES,
  partCountOf,
  type WorkspaceUpload as Upload,
} from '../../../services/workspace/workspace-uploads.ts'

/** The spelling of an upload's id. */
export const WORKSPACE_UPLOAD_PREFIX = 'wsupload_'

const DEFAULT_PART_BYTES = 32 * MIB
const MAX_TYPE_LENGTH = 255

export const WorkspaceUploadRequest = z
  .strictObject({
    path: z.string().min(1).max(2_048),
    bytes: z.int().min(1).max(MAX_WORKSPACE_FILE_BYTES).openapi({ description: 'Of the whole file.' }),
    part_bytes: z
      .int()
      .min(MIN_WORKSPACE_PART_BYTES)
      .max(MAX_WORKSPACE_PART_BYTES)
      .default(DEFAULT_PART_BYTES)
      .openapi({ description: 'Of every part but the last, which has the rest.' }),
    content_type: z
      .string()
      .max(MAX_TYPE_LENGTH)
      .regex(/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/, { error: 'expected a media type, e.g. application/jsonl' })
      .optional(),
  })
  .openapi('WorkspaceUploadRequest')

export const WorkspaceUpload = z
  .object({
    id: z.string().openapi({ example: 'wsupload_6921b2a00123456789abcdef' }),
    object: z.literal('workspace.upload'),
    path: z.string(),
    bytes: z.int(),
    part_bytes: z.int(),
    part_count: z.int(),
    parts: z.array(z.int()).openapi({ description: 'The numbers of the parts that have come.' }),
    content_type: z.string(),
    status: z.enum(['pending', 'completed']),
    created_at: z.int(),
    expires_at: z.int(),
  })
  .openapi('WorkspaceUpload')

const seconds = (ms: number) => Math.floor(ms / 1_000)

export const toWorkspaceUpload = (upload: Upload): z.infer<typeof WorkspaceUpload> => ({
  id: WORKSPACE_UPLOAD_PREFIX + upload.id,
  object: 'workspace.upload',
  path: upload.path,
  bytes: upload.sizeBytes,
  part_bytes: upload.partBytes,
  part_count: partCountOf(upload),
  parts: upload.parts,
  content_type: upload.contentType,
  status: upload.completedAt === null ? 'pending' : 'completed',
  created_at: seconds(upload.createdAt),
  expires_at: seconds(upload.expiresAt),
})
