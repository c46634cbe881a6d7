import type { DocumentPage } from '../../../shared/document-page.ts'
import type { LibraryStub } from '../library/library.ts'
import { createSplitter, type Passage } from '../library/passages.ts'
import { unreadable } from './reading/refusals.ts'

/** Passages that go to the library together. */
export const PASSAGES_OF_A_BATCH = 250

/** How long one batch may take before another attempt begins. */
export const INDEX_LEASE_MS = 2 * 60_000

/** Pages that a reason names; more are counted. */
const NAMED_PAGES = 20

/** A try at a document. */
export interface Attempt {
  documentId: string
  attempt: number
  name: string
}

/** Numbers in ascending order as people write them: `3, 7-9 and 12`. */
export function numberRanges(numbers: readonly number[]): string {
  const ranges: [from: number, to: number][] = []
  for (const number of numbers) {
    const last = ranges.at(-1)
    if (last && last[1] === number - 1) last[1] = number
    else ranges.push([number, number])
  }
  const shown = ranges.slice(0, NAMED_PAGES).map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`))
  if (ranges.length > NAMED_PAGES) return `${shown.join(', ')} and others`
  const last = shown.pop() ?? ''
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`
}

/** Why a document is searched only in part. */
export const partialReason = (pages: readonly number[]): string =>
  pages.length === 1
    ? `Page ${pages[0]} has no text that can be read.`
    : `Pages ${numberRanges(pages)} have no text that can be read (${pages.length} in all).`

/**
 * Gives the passages of pages to the library as they come. False where another attempt has begun meanwhile. Throws
 * `invalid_request` for a document without any text.
 */
export async function indexPages(
  shelf: Pick<LibraryStub, 'index' | 'move'>,
  { documentId, attempt, name }: Attempt,
  pages: AsyncIterable<DocumentPage>,
): Promise<boolean> {
  const splitter = createSplitter()
  const unusable: number[] = []
  let pageCount = 0
  let batch: Passage[] = []
  let given = 0
  const give = async (isLast: boolean): Promise<boolean> => {
    const title = given === 0 ? splitter.title : undefined
    const ending = isLast
      ? {
          ...(pageCount > 0 && { pages: pageCount }),
          ...(unusable.length > 0 && { partialReason: partialReason(unusable) }),
        }
      : {}
    const passages = batch
    batch = []
    given += passages.length
    return shelf.index(documentId, attempt, {
      passages,
      isLast,
      ...(title !== undefined && { title }),
      ...ending,
    })
  }
  for await (const page of pages) {
    pageCount = Math.max(pageCount, page.page ?? 0)
    if (!page.usable && page.page !== null) unusable.push(page.page)
    for (const passage of splitter.add(page)) {
      batch.push(passage)
      if (batch.length < PASSAGES_OF_A_BATCH) continue
      if (!(await shelf.move(documentId, attempt, { state: 'indexing', leaseMs: INDEX_LEASE_MS })))
        return false
      if (!(await give(false))) return false
    }
  }
  if (given + batch.length === 0)
    throw unreadable(name, pageCount > 0 ? 'has no page with text that can be read.' : 'holds no text.')
  if (!(await shelf.move(documentId, attempt, { state: 'indexing', leaseMs: INDEX_LEASE_MS }))) return false
  return give(true)
}
