import type { LibraryStub } from '../../library/library.ts'
import { isSearchable } from '../../library/library-documents.ts'
import { type DatasetRow, lineOf, partsOf } from '../exports/dataset-row.ts'
import { qualityOf } from '../quality/quality-score.ts'

/** How many tokens each of some texts is for the default model; undefined where no node can say now. */
export type CountTokens = (accountId: string, texts: readonly string[]) => Promise<number[] | undefined>

/** The lines of one document, and its figures. */
export interface DocumentLines {
  lines: Uint8Array[]
  tokens: number
  characters: number
  quality: number
}

/** Digits of a quality that say something. */
const roundedQuality = (quality: number): number => Math.round(quality * 10_000) / 10_000

/** The lines of a document; null where it is there no more, undefined where nobody can count its tokens now. */
export async function documentLines(
  library: Pick<LibraryStub, 'get' | 'documentText'>,
  { accountId, documentId }: { accountId: string; documentId: string },
  countTokens: CountTokens,
): Promise<DocumentLines | null | undefined> {
  const document = await library.get(documentId)
  if (!document || !isSearchable(document.state)) return null
  const text = await library.documentText(documentId)
  const parts = partsOf(text)
  if (parts.length === 0) return null
  const counts = await countTokens(accountId, parts)
  if (!counts) return undefined
  const quality = roundedQuality(qualityOf(text))
  const rows = parts.map(
    (part, index): DatasetRow => ({
      text: part,
      title: document.title,
      filename: document.names[0]?.name ?? '',
      source_id: document.id,
      part: index + 1,
      parts: parts.length,
      pages: document.pages,
      tokens: counts[index] ?? 0,
      quality,
    }),
  )
  const tokens = counts.reduce((sum, one) => sum + one, 0)
  return { lines: rows.map(lineOf), tokens, characters: text.length, quality }
}
