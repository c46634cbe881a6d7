import { z } from '@hono/zod-openapi'
import { isId } from '../../../../shared/ids.ts'
import { only } from '../../../http/chat-completions/sampling-fields.ts'
import type { FileBatch } from '../../../services/documents/stores/file-batches.ts'
import type { VectorStore } from '../../../services/documents/stores/vector-stores.ts'
import type { SetMember } from '../../../services/library/library-sets.ts'
import type { SearchResult } from '../../../services/library/search-request.ts'
import { FILE_PREFIX, idIn } from './file.ts'

export const STORE_PREFIX = 'vs_'
export const BATCH_PREFIX = 'vsfb_'

/** Files that a store is made with, and files of one batch. */
export const MAX_FIRST_FILES = 100
export const MAX_BATCH_FILES = 500

/** As OpenAI documents them. */
export const MAX_NAME_LENGTH = 256
export const MAX_DAYS = 365
export const MAX_PAIRS = 16
export const MAX_KEY_LENGTH = 64
export const MAX_VALUE_LENGTH = 512
export const MAX_RESULTS = 50
const DEFAULT_RESULTS = 10
export const MAX_QUERIES = 8
export const MAX_QUERY_LENGTH = 4_096

/** Conditions of one filter, and how deep they stand in each other. */
export const MAX_CONDITIONS = 64
export const MAX_FILTER_DEPTH = 8
export const MAX_LISTED_VALUES = 100

/** Things of a page of a list. */
export const MAX_PAGE = 100
const DEFAULT_PAGE = 20

const seconds = (ms: number) => Math.floor(ms / 1_000)

/** The ids that spellings stand for; undefined for what spells none. */
const idWith = (prefix: string) => (spelled: string) => {
  const id = idIn(prefix, spelled)
  return isId(id) ? id : undefined
}
export const storeIdIn = idWith(STORE_PREFIX)
export const batchIdIn = idWith(BATCH_PREFIX)
export const memberIdIn = idWith(FILE_PREFIX)

const Key = z.string().min(1).max(MAX_KEY_LENGTH)
const pairs = <Value extends z.ZodType>(value: Value) =>
  z.record(Key, value).refine((record) => Object.keys(record).length <= MAX_PAIRS, {
    error: `at most ${MAX_PAIRS} pairs are taken`,
  })
const Metadata = pairs(z.string().max(MAX_VALUE_LENGTH))
const Value = z.union([z.string().max(MAX_VALUE_LENGTH), z.number(), z.boolean()])
export const AttributesField = pairs(Value).nullish()

const ExpiresAfter = z.strictObject({
  anchor: z.literal('last_active_at'),
  days: z.int().min(1).max(MAX_DAYS),
})

const Chunking = z
  .strictObject({
    type: z.literal('auto', {
      error: "only 'auto' is supported: passages have 1,000 characters, 200 of them shared",
    }),
  })
  .nullish()

const FileIds = (most: number) => z.array(z.string().max(64)).min(1).max(most)

export const NewStore = z
  .strictObject({
    name: z.string().max(MAX_NAME_LENGTH).nullish(),
    description: z.string().max(MAX_VALUE_LENGTH).nullish(),
    metadata: Metadata.nullish(),
    expires_after: ExpiresAfter.nullish(),
    file_ids: z.array(z.string().max(64)).max(MAX_FIRST_FILES).nullish(),
    chunking_strategy: Chunking,
  })
  .openapi('CreateVectorStoreRequest')

export const StoreChange = z
  .strictObject({
    name: z.string().max(MAX_NAME_LENGTH).nullish(),
    metadata: Metadata.nullish(),
    expires_after: ExpiresAfter.nullish(),
  })
  .openapi('UpdateVectorStoreRequest')

const Counts = z.object({
  in_progress: z.int(),
  completed: z.int(),
  failed: z.int(),
  cancelled: z.int(),
  total: z.int(),
})

export const StoreObject = z
  .object({
    id: z.string().openapi({ example: 'vs_6921b2a00123456789abcdef' }),
    object: z.literal('vector_store'),
    created_at: z.int(),
    name: z.string(),
    description: z.string().nullable(),
    usage_bytes: z.int().openapi({ description: 'Characters of its passages.' }),
    file_counts: Counts,
    status: z.enum(['in_progress', 'completed', 'expired']).openapi({
      description: 'An `expired` store has no files any more; it can be looked at and deleted.',
    }),
    expires_after: ExpiresAfter.optional(),
    expires_at: z.int().nullable(),
    last_active_at: z.int().nullable(),
    metadata: Metadata.nullable(),
  })
  .openapi('VectorStore')

const listOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    object: z.literal('list'),
    data: z.array(item),
    has_more: z.boolean(),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
  })
const deletedAs = (object: string) =>
  z.object({ id: z.string(), object: z.literal(object), deleted: z.literal(true) })

export const StoreList = listOf(StoreObject).openapi('VectorStoreList')
export const DeletedStore = deletedAs('vector_store.deleted').openapi('DeletedVectorStore')

export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
  order: z.enum(['asc', 'desc']).default('desc'),
  after: z.string().max(64).optional(),
  before: z.string().max(64).optional(),
})
export const MemberQuery = PageQuery.extend({
  filter: z.enum(['in_progress', 'completed', 'failed', 'cancelled']).optional(),
})

const NewMemberFields = { attributes: AttributesField, chunking_strategy: Chunking }
export const NewMember = z
  .strictObject({ file_id: z.string().max(64), ...NewMemberFields })
  .openapi('CreateVectorStoreFileRequest')
export const MemberChange = z
  .strictObject({ attributes: AttributesField })
  .openapi('UpdateVectorStoreFileRequest')

export const MemberObject = z
  .object({
    id: z.string(),
    object: z.literal('vector_store.file'),
    usage_bytes: z.int(),
    created_at: z.int(),
    vector_store_id: z.string(),
    status: z.enum(['in_progress', 'completed', 'failed']),
    last_error: z
      .object({ code: z.enum(['server_error', 'unsupported_file', 'invalid_file']), message: z.string() })
      .nullable(),
    chunking_strategy: z.object({ type: z.literal('other') }),
    attributes: z.record(z.string(), Value).nullable(),
  })
  .openapi('VectorStoreFile')
export const MemberList = listOf(MemberObject).openapi('VectorStoreFileList')
export const DeletedMember = deletedAs('vector_store.file.deleted').openapi('DeletedVectorStoreFile')

const pageOf = <Item extends z.ZodType>(object: string, item: Item) =>
  z.object({
    object: z.literal(object),
    data: z.array(item),
    has_more: z.literal(false),
    next_page: z.null(),
  })
const TextContent = z.object({ type: z.literal('text'), text: z.string() })

export const MemberContent = pageOf('vector_store.file_content.page', TextContent).openapi(
  'VectorStoreFileContent',
)

export const NewBatch = z
  .strictObject({
    file_ids: FileIds(MAX_BATCH_FILES).optional(),
    files: z.array(NewMember).min(1).max(MAX_BATCH_FILES).optional(),
    ...NewMemberFields,
  })
  .superRefine((body, context) => {
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message })
    if ((body.file_ids === undefined) === (body.files === undefined))
      refuse('file_ids', "give either 'file_ids' or 'files'")
    if (body.files && body.attributes) refuse('attributes', "beside 'files' each file has its own")
  })
  .openapi('CreateVectorStoreFileBatchRequest')

export const BatchObject = z
  .object({
    id: z.string(),
    object: z.literal('vector_store.files_batch'),
    created_at: z.int(),
    vector_store_id: z.string(),
    status: z.enum(['in_progress', 'completed', 'cancelled']),
    file_counts: Counts,
  })
  .openapi('VectorStoreFileBatch')

const Comparison = z.strictObject({
  type: z.enum(['eq', 'ne', 'gt', 'gte', 'lt', 'lte']),
  key: Key,
  value: Value,
})
const Membership = z.strictObject({
  type: z.enum(['in', 'nin']),
  key: Key,
  value: z.array(Value).min(1).max(MAX_LISTED_VALUES),
})

/** Conditions on attributes, at most so deep. Written out level by level: so its depth is bounded where it is read. */
function conditions(depth: number): z.ZodType<Filter> {
  const leaves: [typeof Comparison, typeof Membership] = [Comparison, Membership]
  if (depth === 1) return z.union(leaves, { error: 'expected a comparison with type, key and value' })
  const Compound = z.strictObject({
    type: z.enum(['and', 'or']),
    filters: z
      .array(conditions(depth - 1))
      .min(1)
      .max(MAX_CONDITIONS),
  })
  return z.union([...leaves, Compound], {
    error: `expected a comparison with type, key and value, or 'and' or 'or' with filters, at most ${MAX_FILTER_DEPTH} deep`,
  })
}

export type Filter =
  | z.infer<typeof Comparison>
  | z.infer<typeof Membership>
  | { type: 'and' | 'or'; filters: Filter[] }

const countOf = (filter: Filter): number =>
  'filters' in filter ? filter.filters.reduce((sum, one) => sum + countOf(one), 0) : 1

export const StoreSearch = z
  .strictObject({
    query: z.union([
      z.string().trim().min(1).max(MAX_QUERY_LENGTH),
      z.array(z.string().trim().min(1).max(MAX_QUERY_LENGTH)).min(1).max(MAX_QUERIES),
    ]),
    filters: conditions(MAX_FILTER_DEPTH)
      .refine((filter) => countOf(filter) <= MAX_CONDITIONS, {
        error: `at most ${MAX_CONDITIONS} comparisons are taken`,
      })
      .optional()
      .openapi({ type: 'object' }),
    max_num_results: z.int().min(1).max(MAX_RESULTS).default(DEFAULT_RESULTS),
    ranking_options: z
      .strictObject({
        ranker: z.enum(['none', 'auto', 'default-2024-11-15']).optional(),
        score_threshold: z.number().min(0).max(1).optional(),
      })
      .optional(),
    rewrite_query: only(false),
  })
  .openapi('VectorStoreSearchRequest')

export const StoreResults = pageOf(
  'vector_store.search_results.page',
  z.object({
    file_id: z.string(),
    filename: z.string(),
    score: z.number(),
    attributes: z.record(z.string(), Value).nullable(),
    content: z.array(TextContent),
  }),
)
  .extend({ search_query: z.array(z.string()) })
  .openapi('VectorStoreSearchResults')

export function toStoreObject({
  set,
  name,
  description,
  metadata,
  expiresAfterDays,
}: VectorStore): z.infer<typeof StoreObject> {
  const { inProgress, ready, failed, total } = set.counts
  return {
    id: STORE_PREFIX + set.id,
    object: 'vector_store',
    created_at: seconds(set.createdAt),
    name,
    description,
    usage_bytes: set.textLength,
    file_counts: { in_progress: inProgress, completed: ready, failed, cancelled: 0, total },
    status: set.hasExpired ? 'expired' : inProgress > 0 ? 'in_progress' : 'completed',
    ...(expiresAfterDays !== null && {
      expires_after: { anchor: 'last_active_at' as const, days: expiresAfterDays },
    }),
    expires_at: set.expiresAt === null ? null : seconds(set.expiresAt),
    last_active_at: seconds(set.lastUsedAt),
    metadata,
  }
}

const STATUS = { inProgress: 'in_progress', ready: 'completed', failed: 'failed' } as const

export const toMemberObject = (storeId: string, member: SetMember): z.infer<typeof MemberObject> => ({
  id: FILE_PREFIX + member.fileId,
  object: 'vector_store.file',
  usage_bytes: member.textLength,
  created_at: seconds(member.addedAt),
  vector_store_id: storeId,
  status: STATUS[member.state],
  last_error:
    member.state === 'failed'
      ? { code: 'invalid_file', message: member.reason ?? 'It cannot be read.' }
      : null,
  chunking_strategy: { type: 'other' },
  attributes: { ...member.attributes },
})

export const toBatchObject = ({
  id,
  storeId,
  createdAt,
  status,
  counts,
}: FileBatch): z.infer<typeof BatchObject> => ({
  id: BATCH_PREFIX + id,
  object: 'vector_store.files_batch',
  created_at: seconds(createdAt),
  vector_store_id: STORE_PREFIX + storeId,
  status,
  file_counts: {
    in_progress: counts.inProgress,
    completed: counts.ready,
    failed: counts.failed,
    cancelled: counts.cancelled,
    total: counts.total,
  },
})

export const toResult = (found: SearchResult) => ({
  file_id: FILE_PREFIX + found.fileId,
  filename: found.name,
  score: found.score,
  attributes: { ...found.attributes },
  content: [{ type: 'text' as const, text: found.text }],
})
