import type { DocumentPage } from '../../../shared/document-page.ts'
import type { LibraryStub } from '../library/library.ts'
import { createSplitter, type IndexBatch, type Passage } from '../library/passages.ts'
import { unreadable } from './reading/refusals.ts'

/** Passages that go to the library together. */
export const PASSAGES_OF_A_BATCH = 250

/** How long one batch may take before another attempt begins. */
export const INDEX_LEASE_MS = 2 * 60_000

/** How long a document is indexed at a stretch, from its first new batch on: far less than an invocation may take. */
export const INDEX_SLICE_MS = 15_000

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

/** The outcome of indexing: all of it; a part, whose rest is to follow; or nothing, as another attempt has begun. */
export type Indexed = 'all' | 'part' | 'lost'

/** A document whose passages are other ones than those that an attempt before has found. */
class ReadOtherwise extends Error {
  override readonly name = 'ReadOtherwise'
}

/** Lets those passages pass that stand behind the last one which is known. Throws `ReadOtherwise` where that is not met. */
function behind(known: Passage | null) {
  let last = known
  return {
    isNew({ from, text }: Passage): boolean {
      if (!last) return true
      if (from < last.from) return false
      if (from !== last.from || text !== last.text) throw new ReadOtherwise()
      last = null
      return false
    },
    end(): void {
      if (last) throw new ReadOtherwise()
    },
  }
}

/**
 * Gives the passages of pages to the library as they come, behind those that it has of an attempt before. Throws `invalid_request`
 * for a document without any text.
 */
export async function indexPages(
  shelf: Pick<LibraryStub, 'index' | 'move' | 'lastStaged' | 'dropStaged'>,
  { documentId, attempt, name }: Attempt,
  pages: AsyncIterable<DocumentPage>,
  { sliceMs = Number.POSITIVE_INFINITY, now = Date.now }: { sliceMs?: number; now?: () => number } = {},
): Promise<Indexed> {
  const splitter = createSplitter()
  const unusable: number[] = []
  let pageCount = 0
  let batch: Passage[] = []
  let found = 0
  let endsAt = Number.POSITIVE_INFINITY

  async function give(ending: Partial<IndexBatch> = {}): Promise<boolean> {
    if (!(await shelf.move(documentId, attempt, { state: 'indexing', leaseMs: INDEX_LEASE_MS }))) return false
    const title = found === batch.length ? splitter.title : undefined
    const passages = batch
    batch = []
    return shelf.index(documentId, attempt, {
      ...{ passages, isLast: false },
      ...(title !== undefined && { title }),
      ...ending,
    })
  }

  const known = behind(await shelf.lastStaged(documentId, attempt))
  try {
    for await (const page of pages) {
      pageCount = Math.max(pageCount, page.page ?? 0)
      if (!page.usable && page.page !== null) unusable.push(page.page)
      for (const passage of splitter.add(page)) {
        found += 1
        if (!known.isNew(passage)) continue
        batch.push(passage)
        if (batch.length < PASSAGES_OF_A_BATCH) continue
        if (now() >= endsAt) return 'part'
        if (!(await give())) return 'lost'
        endsAt = Math.min(endsAt, now() + sliceMs)
      }
    }
    known.end()
  } catch (thrown) {
    // The next attempt begins with nothing.
    if (thrown instanceof ReadOtherwise) await shelf.dropStaged(documentId, attempt)
    throw thrown
  }
  if (found === 0)
    throw unreadable(name, pageCount > 0 ? 'has no page with text that can be read.' : 'holds no text.')
  const isGiven = await give({
    isLast: true,
    ...(pageCount > 0 && { pages: pageCount }),
    ...(unusable.length > 0 && { partialReason: partialReason(unusable) }),
  })
  return isGiven ? 'all' : 'lost'
}
