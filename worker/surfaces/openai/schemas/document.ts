import { z } from '@hono/zod-openapi'
import { isId } from '../../../../shared/ids.ts'
import { explained } from '../../../services/documents/reasons.ts'
import { DOCUMENT_STATES, type LibraryDocument } from '../../../services/library/library-documents.ts'
import type { SearchAnswer } from '../../../services/library/search-request.ts'
import { FILE_PREFIX, idIn } from './file.ts'

export const DOCUMENT_PREFIX = 'doc-'

/** Longest question of a search, in characters, and passages of its answer. */
export const MAX_SEARCH_LENGTH = 4_096
export const MAX_FOUND = 50
const DEFAULT_FOUND = 10

/** Documents that a search may be held to. */
export const MAX_SEARCHED_DOCUMENTS = 1_000

const seconds = (ms: number) => Math.floor(ms / 1_000)

/** The id of a document; undefined for what spells none. */
export function documentIdIn(spelled: string): string | undefined {
  const id = idIn(DOCUMENT_PREFIX, spelled)
  return isId(id) ? id : undefined
}

export const DocumentObject = z
  .object({
    id: z.string().openapi({ example: 'doc-6921b2a00123456789abcdef' }),
    object: z.literal('document'),
    filename: z.string(),
    files: z
      .array(z.object({ file_id: z.string(), filename: z.string(), created_at: z.int() }))
      .openapi({ description: 'The same bytes twice are one document with two names.' }),
    content_type: z.string(),
    bytes: z.int(),
    state: z.enum(DOCUMENT_STATES).openapi({
      description:
        'Searches find what is `ready`, and of what is `partial` all pages but those that the reason names.',
    }),
    reason: z
      .object({ code: z.string(), message: z.string() })
      .nullable()
      .openapi({ description: 'Why it waits, is partial or has failed.' }),
    pages: z.int().nullable(),
    passages: z.int(),
    attempt: z.int(),
    created_at: z.int(),
    moved_at: z.int().openapi({ description: 'When the state last changed.' }),
  })
  .openapi('Document')

export const DocumentList = z
  .object({
    object: z.literal('list'),
    data: z.array(DocumentObject),
    has_more: z.boolean(),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
  })
  .openapi('DocumentList')

export const DeletedDocument = z
  .object({ id: z.string(), object: z.literal('document'), deleted: z.literal(true) })
  .openapi('DeletedDocument')

export const SearchBody = z
  .strictObject({
    query: z.string().trim().min(1).max(MAX_SEARCH_LENGTH),
    limit: z.int().min(1).max(MAX_FOUND).default(DEFAULT_FOUND),
    document_ids: z
      .array(z.string().max(64))
      .min(1)
      .max(MAX_SEARCHED_DOCUMENTS)
      .optional()
      .openapi({ description: 'Only these documents.' }),
    min_score: z.number().min(0).max(1).optional(),
    rerank: z.boolean().default(false).openapi({
      description:
        'The best passages are judged anew by a model that ranks, where a node serves one: `found_by` says whether.',
    }),
  })
  .openapi('DocumentSearch')

const Found = z.object({
  document_id: z.string(),
  file_id: z.string(),
  filename: z.string(),
  page: z.int().nullable(),
  from: z.int().openapi({ description: 'Where it is in the document’s text, in UTF-16 code units.' }),
  to: z.int(),
  headings: z.array(z.string()),
  text: z.string(),
  score: z.number(),
  highlights: z.array(z.tuple([z.int(), z.int()])),
})

export const SearchResults = z
  .object({
    object: z.literal('document.search'),
    query: z.string(),
    data: z.array(Found),
    found_by: z.array(z.string()).openapi({
      description: 'The ways that were taken: `bm25`, `lsa`, `embedding:<model>`, `ranking:<model>`.',
    }),
    not_searched: z.object({
      documents: z.int().openapi({ description: 'Those that are still to be read or indexed.' }),
      names: z.array(z.string()),
      failed: z.int(),
      passages_without_vector: z.int(),
    }),
    reason: z.enum(['no_documents', 'none_ready', 'none_matches']).optional().openapi({
      description: 'Why nothing was found.',
    }),
  })
  .openapi('DocumentSearchResults')

export const toDocument = (document: LibraryDocument): z.infer<typeof DocumentObject> => ({
  id: DOCUMENT_PREFIX + document.id,
  object: 'document',
  filename: document.names.at(-1)?.name ?? '',
  files: document.names.map(({ fileId, name, addedAt }) => ({
    file_id: FILE_PREFIX + fileId,
    filename: name,
    created_at: seconds(addedAt),
  })),
  content_type: document.contentType,
  bytes: document.bytes,
  state: document.state,
  reason: explained(document.state, document.reason),
  pages: document.pages,
  passages: document.passages,
  attempt: document.attempt,
  created_at: seconds(document.createdAt),
  moved_at: seconds(document.movedAt),
})

export const toSearchResults = (
  query: string,
  { results, foundBy, notSearched, reason }: SearchAnswer,
): z.infer<typeof SearchResults> => ({
  object: 'document.search',
  query,
  data: results.map((found) => ({
    document_id: DOCUMENT_PREFIX + found.documentId,
    file_id: FILE_PREFIX + found.fileId,
    filename: found.name,
    page: found.page,
    from: found.from,
    to: found.to,
    headings: [...found.headings],
    text: found.text,
    score: found.score,
    highlights: found.highlights.map(([from, to]) => [from, to]),
  })),
  found_by: foundBy,
  not_searched: {
    documents: notSearched.documents,
    names: notSearched.names,
    failed: notSearched.failed,
    passages_without_vector: notSearched.passagesWithoutVector,
  },
  ...(reason !== undefined && { reason }),
})
