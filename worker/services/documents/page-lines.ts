import { DocumentPage, MAX_PAGE_LINE_LENGTH } from '../../../shared/document-page.ts'
import { AppError } from '../../../shared/errors.ts'

const damaged = (cause?: unknown) =>
  new AppError('node_failed', 'The node that read the file sent something else than its pages.', { cause })

function pageOf(line: string): DocumentPage {
  try {
    return DocumentPage.parse(JSON.parse(line))
  } catch (thrown) {
    throw damaged(thrown)
  }
}

/** The pages that a node has written, a line each. Throws `node_failed` for what is none. */
export async function* pageLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<DocumentPage, void, void> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let rest = ''
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > MAX_PAGE_LINE_LENGTH) throw damaged()
    for (const line of lines) if (line !== '') yield pageOf(line)
  }
  rest += decoder.decode()
  if (rest !== '') yield pageOf(rest)
}
