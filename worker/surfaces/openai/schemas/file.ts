import { z } from '@hono/zod-openapi'
import { shownName } from '../../../../shared/json-path.ts'
import { visibleName } from '../../../http/input/visible-name.ts'
import { DOCUMENT_PURPOSES } from '../../../services/documents/purposes.ts'
import { explained } from '../../../services/documents/reasons.ts'
import type { StoredFile } from '../../../services/files/stored-file.ts'
import { isSearchable, type LibraryDocument } from '../../../services/library/library-documents.ts'

/** How long a file may live that is to expire, in seconds. */
export const MIN_LIFETIME_SECONDS = 60 * 60
export const MAX_LIFETIME_SECONDS = 30 * 24 * 60 * 60

/** Longest name of a file, in characters. */
export const MAX_FILE_NAME_LENGTH = 255

/** The spellings of ids: by their prefix a file, an upload and a part are told apart. */
export const FILE_PREFIX = 'file-'
export const UPLOAD_PREFIX = 'upload_'
export const PART_PREFIX = 'part_'

/** The id that a spelling with a prefix stands for; no id where it has another one. */
export const idIn = (prefix: string, spelled: string): string =>
  spelled.startsWith(prefix) ? spelled.slice(prefix.length) : ''

const seconds = (ms: number) => Math.floor(ms / 1_000)

function refusedPurpose({ input }: { input?: unknown }): string | undefined {
  if (input === undefined) return undefined
  if (input === 'fine-tune-results') return 'files of this purpose are written by jobs alone'
  const shown = typeof input === 'string' ? `'${shownName(input)}'` : 'this'
  return `${shown} is not supported. Supported are 'fine-tune', 'user_data' and 'assistants'`
}

/** The purpose of a file that a caller brings. */
export const Purpose = z
  .enum(['fine-tune', ...DOCUMENT_PURPOSES], {
    error: refusedPurpose,
  })
  .openapi({
    description:
      '`fine-tune`: JSONL, whose lines are checked as rows to train on. `user_data` and `assistants`: a document, which is read, and found by searches.',
  })

export const LifetimeSeconds = z.coerce.number().int().min(MIN_LIFETIME_SECONDS).max(MAX_LIFETIME_SECONDS)

export const ExpiresAfter = z
  .strictObject({
    anchor: z.literal('created_at'),
    seconds: z.number().int().min(MIN_LIFETIME_SECONDS).max(MAX_LIFETIME_SECONDS),
  })
  .openapi('ExpiresAfter')

export const FileName = visibleName(MAX_FILE_NAME_LENGTH)

export const FileObject = z
  .object({
    id: z.string().openapi({ example: 'file-6921b2a00123456789abcdef' }),
    object: z.literal('file'),
    bytes: z.int(),
    created_at: z.int(),
    expires_at: z.int().optional(),
    filename: z.string(),
    purpose: z.enum(['fine-tune', 'fine-tune-results', ...DOCUMENT_PURPOSES]),
    status: z.enum(['uploaded', 'processed', 'error']).openapi({
      description:
        'A file that has mistakes is refused, and not kept. A document is `uploaded` until searches find it, and `error` where it cannot be read.',
    }),
    status_details: z
      .string()
      .optional()
      .openapi({ description: 'Why a document waits, or cannot be read.' }),
  })
  .openapi('File')

export const FileList = z
  .object({
    object: z.literal('list'),
    data: z.array(FileObject),
    has_more: z.boolean(),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
  })
  .openapi('FileList')

export const DeletedFile = z
  .object({ id: z.string(), object: z.literal('file'), deleted: z.literal(true) })
  .openapi('DeletedFile')

function statusOf(
  document: Pick<LibraryDocument, 'state' | 'reason'> | null | undefined,
): Pick<z.infer<typeof FileObject>, 'status' | 'status_details'> {
  if (!document) return { status: 'processed' }
  const { state, reason } = document
  const details = explained(state, reason)?.message
  const status = state === 'failed' ? 'error' : isSearchable(state) ? 'processed' : 'uploaded'
  return { status, ...(details !== undefined && { status_details: details }) }
}

/** `document` is the one that the file is, where it is one. */
export const toFileObject = (
  file: StoredFile,
  document?: Pick<LibraryDocument, 'state' | 'reason'> | null,
): z.infer<typeof FileObject> => ({
  id: FILE_PREFIX + file.id,
  object: 'file',
  bytes: file.sizeBytes,
  created_at: seconds(file.createdAt),
  ...(file.expiresAt !== null && { expires_at: seconds(file.expiresAt) }),
  filename: file.name,
  purpose: file.purpose,
  ...statusOf(document),
})
