import { and, desc, eq, isNotNull } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { files as filesTable } from '../../db/tables/files.ts'
import type { LibraryStub } from '../library/library.ts'
import type { SearchAnswer } from '../library/search-request.ts'
import { type Grounding, type ShownPassage, shownPassages } from './shown-passages.ts'

/** Of a model's context, the share that passages may take: the rest is the chat's. */
export const PASSAGE_SHARE = 1 / 4

/** Characters of one token, as few as common texts have. */
export const CHARACTERS_OF_A_TOKEN = 3

/** The context of a model that nobody has told of, in tokens. */
const LEAST_CONTEXT_TOKENS = 2_048

/** Passages that a model is shown, and characters of them, at most. */
export const MAX_SHOWN_PASSAGES = 12
export const MAX_SHOWN_CHARACTERS = 60_000

/** Passages of a document that a question names, before those of others. */
const PREFERRED_PASSAGES = 8

/** Names of documents that a question is searched for. */
const MAX_NAMES = 1_000
const SHORTEST_NAME = 3

/** As much of a question's end as is looked at for names. */
export const MAX_NAMING_CHARACTERS = 32 * 1024

/** Words by which a question asks for what was uploaded. */
const ASKING =
  /\b(?:documents?|files?|contracts?|uploads?|uploaded|attachments?|attached|pdfs?|reports?|papers?|passages?|manuals?|invoices?)\b/i

/** A question with what it may be answered from. */
export interface GroundingRequest {
  question: string
  /** Only these documents. */
  documentIds?: readonly string[] | undefined
  /** Tokens of the model that is to answer. */
  contextTokens: number | undefined
}

interface Named {
  documentId: string
  name: string
}

export interface GroundingOptions {
  db: Db
  library: (accountId: string) => LibraryStub
}

const withoutEnd = (name: string) => name.replace(/\.[a-z0-9]{1,6}$/i, '')
const plain = (text: string) => text.toLowerCase().replaceAll(/[\s_-]+/g, ' ')

const askedIn = (question: string) =>
  ` ${plain(question.slice(-MAX_NAMING_CHARACTERS)).replaceAll(/[^\p{L}\p{N}. ]+/gu, ' ')} `

function isSpelled(asked: string, name: string): boolean {
  return [plain(name), plain(withoutEnd(name))].some((spelled) => {
    if (spelled.length < SHORTEST_NAME) return false
    const at = asked.indexOf(spelled)
    return (
      at > 0 &&
      !/[\p{L}\p{N}]/u.test(asked.charAt(at - 1)) &&
      !/[\p{L}\p{N}]/u.test(asked.charAt(at + spelled.length))
    )
  })
}

const REASONS: Readonly<Record<NonNullable<SearchAnswer['reason']>, string>> = {
  no_documents: 'There are no documents.',
  none_ready: 'No document has been read yet.',
  none_matches: 'No passage of them matches the question.',
}

/** The question is answered from nothing: the model is to say so, and not to make it up. */
const nothing = (reason: string): Grounding => ({
  text: `The user asks about documents of their own. ${reason} Say so, and do not guess what they hold.`,
  passages: [],
})

/** Whether a question names a document: the name of its file, with or without its end, however its words are parted. */
export const isNamed = (question: string, name: string): boolean => isSpelled(askedIn(question), name)

/** The documents that a question names. It is spelled out once for all of them: there may be many, and it may be long. */
export function namedIn(question: string, names: readonly Named[]): string[] {
  const asked = askedIn(question)
  return [...new Set(names.filter(({ name }) => isSpelled(asked, name)).map(({ documentId }) => documentId))]
}

/** Finds in an account's documents what a question is to be answered from. */
export function createGrounding({ db, library }: GroundingOptions) {
  async function namesOf(accountId: string): Promise<Named[]> {
    const rows = await db
      .select({ documentId: filesTable.documentId, name: filesTable.name })
      .from(filesTable)
      .where(and(eq(filesTable.accountId, accountId), isNotNull(filesTable.documentId)))
      .orderBy(desc(filesTable.id))
      .limit(MAX_NAMES)
    return rows.flatMap(({ documentId, name }) => (documentId === null ? [] : [{ documentId, name }]))
  }

  /** All of a document that is short enough to be given whole. */
  async function whole(
    shelf: LibraryStub,
    documentId: string,
    most: number,
  ): Promise<ShownPassage[] | undefined> {
    const document = await shelf.get(documentId)
    // Passages share their ends, so they have more characters than the text; never twice as many.
    const passages = await shelf.passagesOf(documentId, { from: 0, characters: 2 * most })
    const last = passages.at(-1)
    if (!document || !last || passages.length < document.passages || last.to > most) return undefined
    const { fileId = '', name = '' } = document.names.at(-1) ?? {}
    let end = 0
    // Passages share their ends: each is shown from where the one before it ended.
    return passages.flatMap(({ page, from, to, headings, text }) => {
      const shared = Math.max(0, end - from)
      end = Math.max(end, to)
      const rest = text.slice(shared)
      return rest.trim() === ''
        ? []
        : [{ documentId, fileId, name, page, from: from + shared, to, headings, text: rest }]
    })
  }

  async function search(
    shelf: LibraryStub,
    { question, documentIds }: GroundingRequest,
    preferred: readonly string[],
  ): Promise<SearchAnswer> {
    const query = question.slice(-4_096)
    const ids = documentIds && { documentIds }
    const all = await shelf.search({ query, limit: MAX_SHOWN_PASSAGES, ...ids })
    if (preferred.length === 0) return all
    const first = await shelf.search({ query, limit: PREFERRED_PASSAGES, documentIds: preferred })
    const known = new Set(first.results.map(({ passageId }) => passageId))
    const results = [...first.results, ...all.results.filter(({ passageId }) => !known.has(passageId))]
    return { ...all, results }
  }

  return {
    /** Whether a question asks for the account's documents: by a word for them, or by the name of one. */
    async isAsked(accountId: string, question: string): Promise<boolean> {
      const names = await namesOf(accountId)
      if (names.length === 0) return false
      return ASKING.test(question) || namedIn(question, names).length > 0
    },

    /** Numbered passages for a question, or why there are none. */
    async ground(accountId: string, request: GroundingRequest): Promise<Grounding> {
      const shelf = library(accountId)
      const { question, documentIds, contextTokens = LEAST_CONTEXT_TOKENS } = request
      const room = contextTokens * PASSAGE_SHARE * CHARACTERS_OF_A_TOKEN
      const most = Math.min(MAX_SHOWN_CHARACTERS, Math.floor(room))
      const named = namedIn(question, await namesOf(accountId))
      const preferred = documentIds ? named.filter((id) => documentIds.includes(id)) : named
      const single = preferred.length > 0 ? preferred : (documentIds ?? [])
      const [only] = single
      const all = single.length === 1 && only !== undefined ? await whole(shelf, only, most) : undefined
      if (all) return shownPassages(all, most)
      const { results, reason } = await search(shelf, request, preferred)
      if (results.length === 0) return nothing(REASONS[reason ?? 'none_matches'])
      return shownPassages(results.slice(0, MAX_SHOWN_PASSAGES), most)
    },
  }
}
export type Groundings = ReturnType<typeof createGrounding>
