import type { DocumentPage } from '../../../../shared/document-page.ts'
import { gatherPieces } from './pieces.ts'
import { type Source, textLines } from './text-lines.ts'

/** Longest paragraph that is held back for its end, in characters. */
const MAX_PARAGRAPH_CHARACTERS = 16 * 1024

/** Plain text: paragraphs end where a line is empty. */
export async function* readText(source: Source): AsyncGenerator<DocumentPage, void, void> {
  const pieces = gatherPieces()
  let lines: string[] = []
  let characters = 0
  const endParagraph = () => {
    pieces.text({ kind: 'paragraph', text: lines.join('\n') })
    lines = []
    characters = 0
  }
  for await (const some of textLines(source)) {
    for (const line of some) {
      if (line.trim() === '' || characters > MAX_PARAGRAPH_CHARACTERS) endParagraph()
      if (line.trim() === '') continue
      lines.push(line.trimEnd())
      characters += line.length
    }
    yield* pieces.taken()
  }
  endParagraph()
  yield* pieces.taken(true)
}
