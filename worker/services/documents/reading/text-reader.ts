import type { DocumentPage } from '../../../../shared/document-page.ts'
import { gatherLines, gatherPieces } from './pieces.ts'
import { type Source, textLines } from './text-lines.ts'

/** Longest paragraph that is held back for its end, in characters. */
const MAX_PARAGRAPH_CHARACTERS = 16 * 1024

/** Plain text: paragraphs end where a line is empty. */
export async function* readText(source: Source): AsyncGenerator<DocumentPage, void, void> {
  const pieces = gatherPieces()
  const paragraph = gatherLines(pieces, MAX_PARAGRAPH_CHARACTERS)
  for await (const some of textLines(source)) {
    for (const line of some) {
      if (line.trim() === '') paragraph.end()
      else paragraph.add(line.trimEnd())
    }
    yield* pieces.taken()
  }
  paragraph.end()
  yield* pieces.taken(true)
}
