import mammoth from 'mammoth'
import { type Block, PIECE_CHARACTERS } from '../../../shared/document-page.ts'
import { Unreadable } from '../file-fault.ts'
import type { Report } from '../report.ts'
import { blocksOf } from './docx-blocks.ts'
import type { DocumentElement } from './elements.ts'
import { openDocx } from './open-docx.ts'

async function parsed(file: Uint8Array): Promise<DocumentElement> {
  const arrayBuffer = openDocx(file)
  let found: DocumentElement | undefined
  try {
    await mammoth.convertToHtml(
      // In Node.js, where tests run, it asks for the same by another name.
      { arrayBuffer, buffer: arrayBuffer } as { arrayBuffer: ArrayBuffer },
      {
        externalFileAccess: false,
        transformDocument: (document: DocumentElement) => {
          found = document
          return { ...document, children: [] } // the text alone is wanted, and no HTML
        },
      },
    )
  } catch {
    throw new Unreadable('damaged', 'The document is damaged: its text cannot be found.')
  }
  if (found === undefined)
    throw new Unreadable('damaged', 'The document is damaged: its text cannot be found.')
  return found
}

const lengthOf = (block: Block): number => JSON.stringify(block).length

/** Reads a DOCX, in pieces. */
export async function readDocx(file: Uint8Array, report: Report): Promise<void> {
  const document = await parsed(file)
  let blocks: Block[] = []
  let length = 0
  const write = () => report.page({ page: null, blocks, usable: true })
  for (const block of blocksOf(document)) {
    blocks.push(block)
    length += lengthOf(block)
    report.figures.characters = (report.figures.characters ?? 0) + lengthOf(block)
    if (length < PIECE_CHARACTERS) continue
    write()
    blocks = []
    length = 0
  }
  if (blocks.length > 0 || report.figures.characters === undefined) write()
}
