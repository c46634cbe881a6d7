import { AppError } from '../../../../shared/errors.ts'
import { fromDocId } from '../../documents/doc-ids.ts'
import { isNamed } from '../../documents/grounding.ts'
import type { LibraryStub } from '../../library/library.ts'
import type { ListedDocument } from '../../library/library-documents.ts'

/** Names of documents that are looked through, the newest. */
export const MAX_LOOKED_THROUGH = 1_000

/** The files of an account's documents, the newest first. */
export const documentNames = async (shelf: LibraryStub): Promise<ListedDocument[]> =>
  (await shelf.list({ limit: MAX_LOOKED_THROUGH })).files

/** The document that is called so: by its id, by the name of its file, or with a part of that. Throws `not_found`. */
export async function documentNamed(shelf: LibraryStub, wanted: string): Promise<ListedDocument> {
  const files = await documentNames(shelf)
  const plain = wanted.trim().toLowerCase()
  const id = fromDocId(plain) ?? plain
  const found =
    files.find(({ document, fileId }) => document.id === id || fileId === id) ??
    files.find(({ name }) => name.toLowerCase() === plain) ??
    files.find(({ name }) => isNamed(wanted, name)) ??
    files.find(({ name }) => name.toLowerCase().includes(plain))
  if (!found)
    throw new AppError('not_found', `There is no document ${JSON.stringify(wanted)}.`, { param: 'document' })
  return found
}
