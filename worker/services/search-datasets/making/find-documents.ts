import type { LibraryStub } from '../../library/library.ts'
import { isSearchable } from '../../library/library-documents.ts'
import { evaluateQuery, isSelected } from '../query/evaluate-query.ts'
import { parseQuery } from '../query/parse-query.ts'

type Library = Pick<LibraryStub, 'waitSettled' | 'documentsWith' | 'list' | 'inOrder'>

/** Files of a page of the library's list. */
const PAGE_FILES = 500

/** Which of some documents are still being read, after waiting a moment for them. */
export async function stillRead(
  library: Pick<Library, 'waitSettled'>,
  documentIds: readonly string[],
  limitMs: number,
): Promise<string[]> {
  const until = Date.now() + limitMs
  const left: string[] = []
  for (const id of documentIds) {
    // Those that are settled answer at once, also when the time is over.
    const settled = await library.waitSettled(id, Math.max(0, until - Date.now()))
    if (settled === undefined) left.push(id)
  }
  return left
}

/** The documents of an account that a query selects, in the order in which they were added: ids know no more than its second. */
export async function findDocuments(library: Library, text: string): Promise<string[]> {
  const selection = await evaluateQuery(parseQuery(text), (leaf) => library.documentsWith(leaf))
  if (!selection.isAllBut) return await library.inOrder([...selection.ids])
  const found = new Set<string>()
  for (let offset = 0; ; offset += PAGE_FILES) {
    const { files, hasMore } = await library.list({ limit: PAGE_FILES, offset })
    for (const { document } of files)
      if (isSearchable(document.state) && isSelected(selection, document.id)) found.add(document.id)
    if (!hasMore) return await library.inOrder([...found])
  }
}
