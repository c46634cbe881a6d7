import { env } from 'cloudflare:workers'
import { newId } from '../../../../worker/db/client.ts'
import type { LibraryStub } from '../../../../worker/services/library/library.ts'
import type { NewDocument } from '../../../../worker/services/library/library-documents.ts'
import { splitPages } from '../../../../worker/services/library/passages.ts'
import type { SearchRequest } from '../../../../worker/services/library/search-request.ts'
import { createStubs } from '../../../../worker/services/stubs.ts'

const stubs = createStubs(env)

/** A file of bytes that no other one has. */
export function newDocument(over: Partial<NewDocument> = {}): NewDocument {
  const id = newId()
  return {
    id,
    fileId: newId(),
    name: 'a file.txt',
    bytes: 10,
    sha256: crypto.randomUUID(),
    contentType: 'text/plain',
    source: 'agentic',
    key: `files/${id}`,
    ...over,
  }
}

/**
 * A stub whose answers are promises and nothing else: those of RPC are more than that, and one that fails and is looked at by
 * `expect` fails a second time, unheard.
 */
const awaited = (stub: LibraryStub): LibraryStub =>
  new Proxy(stub, {
    get: (_stub, name: keyof LibraryStub) => {
      // The methods of the interface take what it says, and the proxy hands it on.
      const call = stub[name] as (...values: unknown[]) => Promise<unknown>
      return async (...values: unknown[]) => await call(...values)
    },
  })

/** The library of an account that no other test has, and what a reader of documents does to it. */
export function shelf(accountId = newId()) {
  const library = awaited(stubs.library(accountId))
  /** A document that is read and indexed; answers with its id. */
  async function put(text: string, over: Partial<NewDocument> = {}): Promise<string> {
    const { document } = await library.add(newDocument(over))
    await library.index(document.id, document.attempt, { passages: passagesOf(text), isLast: true })
    return document.id
  }
  const search = async (query: string, over: Partial<SearchRequest> = {}) =>
    await library.search({ query, limit: 10, ...over })
  return {
    accountId,
    library,
    put,
    search,
    /** The ids of the documents that a search finds, each once, from the best on. */
    find: async (query: string, over: Partial<SearchRequest> = {}) => [
      ...new Set((await search(query, over)).results.map(({ documentId }) => documentId)),
    ],
  }
}

/** The passages of a text; a line that begins with `# ` is a heading, `\f` ends a page. */
export const passagesOf = (text: string) =>
  splitPages(
    text.split('\f').map((page, index, all) => ({
      page: all.length > 1 ? index + 1 : null,
      usable: true,
      blocks: page
        .split('\n')
        .map((line) =>
          line.startsWith('# ')
            ? { kind: 'heading' as const, level: 1, text: line.slice(2) }
            : { kind: 'paragraph' as const, text: line },
        ),
    })),
  )
