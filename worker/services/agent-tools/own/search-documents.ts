import { z } from 'zod'
import type { LibraryStub } from '../../library/library.ts'
import type { SearchAnswer, SearchResult } from '../../library/search-request.ts'
import type { Tool, ToolCitation } from '../tool.ts'
import { documentNamed } from './own-documents.ts'

/** Characters of a query, and passages of one search. */
export const MAX_DOCUMENT_QUERY_CHARACTERS = 1_000
export const MAX_PASSAGES = 12
const USUAL_PASSAGES = 5

/** How long a search may take. */
export const DOCUMENTS_LIMIT_MS = 15_000

/** Characters of the name of a document. */
export const MAX_NAME_CHARACTERS = 300

const QUOTE_CHARACTERS = 300

const Arguments = z.strictObject({
  query: z.string().trim().min(1).max(MAX_DOCUMENT_QUERY_CHARACTERS).describe('What is to be found.'),
  document: z
    .string()
    .min(1)
    .max(MAX_NAME_CHARACTERS)
    .describe('Only this one: the name of its file.')
    .optional(),
  count: z.int().min(1).max(MAX_PASSAGES).describe('How many passages.').optional(),
})

const REASONS: Readonly<Record<NonNullable<SearchAnswer['reason']>, string>> = {
  no_documents: 'There are no documents.',
  none_ready: 'No document has been read yet.',
  none_matches: 'No passage of the documents matches.',
}

export const citationOf = ({ documentId, fileId, name, page, from, text }: SearchResult): ToolCitation => {
  const quote = text.slice(0, QUOTE_CHARACTERS).toWellFormed()
  return { type: 'document', documentId, fileId, name, page, from, to: from + quote.length, quote }
}

const placeOf = ({ name, page, headings }: SearchResult): string =>
  [name, ...(page === null ? [] : [`page ${page}`]), ...headings.slice(-2)]
    .join(' · ')
    .replaceAll(/\s+/g, ' ')

function notSearched({ notSearched: { documents, names } }: SearchAnswer): string[] {
  if (documents === 0) return []
  const others = documents - names.length
  return [
    `Still being read, and not searched yet: ${names.join(', ')}${others > 0 ? ` and ${others} more` : ''}.`,
  ]
}

/** The account's own documents, by what is in them. */
export function createSearchDocuments(
  library: (accountId: string) => LibraryStub,
): Tool<z.infer<typeof Arguments>> {
  return {
    name: 'search_documents',
    description: 'Finds passages in the documents that the user has uploaded.',
    arguments: Arguments,
    effect: 'reads',
    brings: 'untrusted text',
    limitMs: DOCUMENTS_LIMIT_MS,
    async offered({ accountId, mayReadFiles }) {
      if (!mayReadFiles) return 'This key may not read documents.'
      const { total } = await library(accountId).list({ limit: 1 })
      return total === 0 ? 'No documents have been uploaded.' : undefined
    },
    async run({ query, document, count = USUAL_PASSAGES }, { accountId }) {
      const shelf = library(accountId)
      const only = document === undefined ? undefined : await documentNamed(shelf, document)
      const ids = only && { documentIds: [only.document.id] }
      const answer = await shelf.search({ query, limit: count, ...ids })
      const { results, reason } = answer
      const found = results.map((result, index) => `[${index + 1}] ${placeOf(result)}\n${result.text}`)
      const none = found.length === 0 ? [REASONS[reason ?? 'none_matches']] : []
      return {
        text: [...found, ...none, ...notSearched(answer)].join('\n\n'),
        citations: results.map(citationOf),
        data: { passages: results.map(({ name, page, text, score }) => ({ name, page, text, score })) },
      }
    },
  }
}
