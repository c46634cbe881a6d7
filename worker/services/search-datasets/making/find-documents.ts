import type { LibraryStub } from '../../library/library.ts'
import { isSearchable } from '../../library/library-documents.ts'
import { evaluateQuery, isSelected } from '../query/evaluate-query.ts'
import { parseQuery } from '../query/parse-query.ts'

type Library = Pick<LibraryStub, 'unsettled' | 'waitSettled' | 'documentsWith' | 'list' | 'inOrder'>

/** Files of a page of the library's list. */
const PAGE_FILES = 500

/** Which of some documents are still being read, after waiting a moment for them. */
export async function stillRead(
  library: Pick<Library, 'unsettled' | 'waitSettled'>,
  documentIds: readonly string[],
  limitMs: number,
): Promise<string[]> {
  if (documentIds.length === 0) return []
  const until = Date.now() + limitMs
  for (;;) {
    // One question for all of them: thousands may have come at once, and what may be asked in all is limited.
    const unsettled = new Set(await library.unsettled())
    const left = documentIds.filter((id) => unsettled.has(id))
    const [first] = left
    if (first === undefined || Date.now() >= until) return left
    await library.waitSettled(first, until - Date.now())
  }
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
