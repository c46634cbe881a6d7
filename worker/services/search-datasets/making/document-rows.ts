import type { OpenDocument } from '../../../db/tables/search-datasets.ts'
import type { LibraryStub } from '../../library/library.ts'
import { isSearchable } from '../../library/library-documents.ts'
import { firstPart, lineOf, PART_CHARACTERS } from '../exports/dataset-row.ts'
import { qualityOf } from '../quality/quality-score.ts'

/** How many tokens each of some texts is for the default model; undefined where no node can say now. */
export type CountTokens = (accountId: string, texts: readonly string[]) => Promise<number[] | undefined>

/** Characters of a document's beginning that its quality is told by: those of a book. */
export const MAX_JUDGED_CHARACTERS = 2 * 1024 * 1024

/** Characters that are read of a document at once: a part of the longest kind, and one that tells that more follows. */
const STRETCH_CHARACTERS = PART_CHARACTERS + 1

type Library = Pick<LibraryStub, 'get' | 'documentText'>

/** One row's line, and its text's figures. */
export interface DocumentLine {
  line: Uint8Array
  tokens: number
  characters: number
}

/** Digits of a quality that say something. */
const roundedQuality = (quality: number): number => Math.round(quality * 10_000) / 10_000

const partAt = async (library: Library, documentId: string, at: number): Promise<string> =>
  firstPart(await library.documentText(documentId, { from: at, characters: STRETCH_CHARACTERS }))

/** A document before its first row; null where it is not there any more, or has no text. */
export async function openDocument(library: Library, id: string): Promise<OpenDocument | null> {
  const document = await library.get(id)
  if (!document || !isSearchable(document.state)) return null
  const judged: string[] = []
  let [parts, characters] = [0, 0]
  for (;;) {
    const part = await partAt(library, id, characters)
    if (part === '') break
    if (characters < MAX_JUDGED_CHARACTERS) judged.push(part)
    parts += 1
    characters += part.length
  }
  if (parts === 0) return null
  const quality = roundedQuality(qualityOf(judged.join('').slice(0, MAX_JUDGED_CHARACTERS).toWellFormed()))
  return { id, parts, written: 0, characters, at: 0, quality }
}

/** The next row of a document; null where the document is not there any more, undefined where nobody can count its tokens now. */
export async function nextLine(
  library: Library,
  accountId: string,
  { id, parts, written, at, quality }: OpenDocument,
  countTokens: CountTokens,
): Promise<DocumentLine | null | undefined> {
  const document = await library.get(id)
  if (!document || !isSearchable(document.state)) return null
  const text = await partAt(library, id, at)
  if (text === '') return null
  const counts = await countTokens(accountId, [text])
  if (!counts) return undefined
  const tokens = counts[0] ?? 0
  const line = lineOf({
    text,
    title: document.title,
    filename: document.names[0]?.name ?? '',
    source_id: id,
    part: written + 1,
    parts,
    pages: document.pages,
    tokens,
    quality,
  })
  return { line, tokens, characters: text.length }
}
