import type { ReadResourceResult, Resource } from '@modelcontextprotocol/server'
import { isId } from '../../../shared/ids.ts'
import type { Documents } from '../../services/documents/documents.ts'
import { isSearchable, type LibraryDocument } from '../../services/library/library-documents.ts'
import { MAX_DOCUMENT_CHARACTERS, RESOURCES_PER_PAGE } from './limits.ts'

/** The beginning of a document's address; its id follows, as `/v1/documents` spells it. */
const DOCUMENT_URI = 'switchyard://documents/doc-'

/** The address of every document. */
export const DOCUMENT_TEMPLATE = {
  uriTemplate: 'switchyard://documents/{id}',
  name: 'document',
  title: 'A document',
  description: 'The text of one of your documents.',
  mimeType: 'text/plain',
} as const

export type ResourceServices = { documents: Pick<Documents, 'list' | 'get' | 'text'> }

const toResource = ({ id, names, title, bytes, contentType, movedAt }: LibraryDocument): Resource => {
  const name = names.at(-1)?.name ?? id
  return {
    uri: DOCUMENT_URI + id,
    name,
    title: title ?? name,
    description: `The text of ${name} (${contentType}, ${bytes} bytes).`,
    mimeType: 'text/plain',
    annotations: { lastModified: new Date(movedAt).toISOString() },
  }
}

const idIn = (uri: string): string | undefined => {
  const id = uri.startsWith(DOCUMENT_URI) ? uri.slice(DOCUMENT_URI.length) : ''
  return isId(id) ? id : undefined
}

/** A page of the documents that can be read, the newest first; undefined for a place that is none. */
export async function listResources(
  { documents }: ResourceServices,
  accountId: string,
  cursor: string | undefined,
): Promise<{ resources: Resource[]; nextCursor?: string } | undefined> {
  if (cursor !== undefined && !isId(cursor)) return undefined
  const page = { limit: RESOURCES_PER_PAGE, ...(cursor === undefined ? {} : { after: cursor }) }
  const { documents: found, hasMore } = await documents.list(accountId, page)
  const last = found.at(-1)?.id
  return {
    resources: found.filter(({ state }) => isSearchable(state)).map(toResource),
    ...(hasMore && last !== undefined ? { nextCursor: last } : {}),
  }
}

/** The text of a document, its beginning where it is very long; undefined where there is none. */
export async function readResource(
  { documents }: ResourceServices,
  accountId: string,
  uri: string,
): Promise<ReadResourceResult | undefined> {
  const id = idIn(uri)
  const document = id === undefined ? null : await documents.get(accountId, id)
  if (!document || !isSearchable(document.state)) return undefined
  const found = await documents.text(accountId, document.id, {
    from: 0,
    characters: MAX_DOCUMENT_CHARACTERS + 1,
  })
  const isCut = found.length > MAX_DOCUMENT_CHARACTERS
  const note = `\n[The text goes on: read_document reads on from character ${MAX_DOCUMENT_CHARACTERS}.]`
  const text = isCut ? found.slice(0, MAX_DOCUMENT_CHARACTERS).toWellFormed() + note : found
  return { contents: [{ uri, mimeType: 'text/plain', text }] }
}
