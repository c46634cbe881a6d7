import { AppError } from '../../../shared/errors.ts'
import type { GenerationRequest, Message } from '../../../shared/generation.ts'
import { citationsOf, type Citation as FoundCitation } from '../../services/documents/citations.ts'
import type { Groundings } from '../../services/documents/grounding.ts'
import type { ShownPassage } from '../../services/documents/shown-passages.ts'
import type { Caller, Inference } from '../../services/inference/inference.ts'
import type { ChatChunkSpelling, ChunkSpelling } from './answer-form.ts'
import type { ChatCompletion, DocumentsField } from './schemas/chat.ts'
import { DOCUMENT_PREFIX, documentIdIn } from './schemas/document.ts'
import { FILE_PREFIX } from './schemas/file.ts'
import type { Citation } from './schemas/responses/citation.ts'

export interface GroundedChatServices {
  groundings: Pick<Groundings, 'ground'>
  inference: Pick<Inference, 'contextTokensOf'>
}

/** The question of a chat: its last turn of a user. */
const questionOf = (messages: readonly Message[]): string =>
  messages.findLast(({ role }) => role === 'user')?.content ?? ''

/** The text stands first, in the one system message that most templates take. */
function withSystem(messages: readonly Message[], text: string): Message[] {
  const [first, ...others] = messages
  if (first?.role === 'system') return [{ ...first, content: `${text}\n\n${first.content}` }, ...others]
  return [{ role: 'system', content: text }, ...messages]
}

/** The rows' ids of documents. Throws `not_found` for what spells none. */
export const documentIdsIn = (ids: readonly string[] | undefined, param: string): string[] | undefined =>
  ids?.map((spelled) => {
    const id = documentIdIn(spelled)
    if (id === undefined)
      throw new AppError('not_found', `No such Document object: ${spelled.slice(0, 64)}`, { param })
    return id
  })

/** Requests that are answered from the account's documents, and the passages that their model is shown. */
export async function grounded(
  { groundings, inference }: GroundedChatServices,
  requests: readonly GenerationRequest[],
  { asked, caller }: { asked: DocumentsField; caller: Caller },
): Promise<{ requests: GenerationRequest[]; passages: readonly ShownPassage[] }> {
  const [first] = requests
  const isAsked = asked?.search === true || asked?.ids !== undefined
  if (first?.prompt.kind !== 'chat' || !isAsked) return { requests: [...requests], passages: [] }
  const documentIds = documentIdsIn(asked.ids, 'x_documents.ids')
  const contextTokens = await inference.contextTokensOf(first.model, caller)
  const question = questionOf(first.prompt.messages)
  const { text, passages } = await groundings.ground(caller.accountId, {
    question,
    documentIds,
    contextTokens,
  })
  return {
    passages,
    requests: requests.map((request) =>
      request.prompt.kind === 'chat'
        ? { ...request, prompt: { kind: 'chat', messages: withSystem(request.prompt.messages, text) } }
        : request,
    ),
  }
}

/** A citation as this contract tells it. */
export const spellCitation = ({ documentId, fileId, name, at, ...citation }: FoundCitation): Citation => ({
  ...citation,
  index: at,
  document_id: DOCUMENT_PREFIX + documentId,
  file_id: FILE_PREFIX + fileId,
  filename: name,
})

export const toCitations = (answer: string, passages: readonly ShownPassage[]): Citation[] =>
  citationsOf(answer, passages).map(spellCitation)

/** A whole answer with the citations of each choice. */
export const cited = (completion: ChatCompletion, passages: readonly ShownPassage[]): ChatCompletion => ({
  ...completion,
  choices: completion.choices.map((choice) => ({
    ...choice,
    x_citations: toCitations(choice.message.content ?? '', passages),
  })),
})

/** The chunks of a streamed answer, the last one of each choice with its citations. */
export function citedChunks(spelling: ChatChunkSpelling, passages: readonly ShownPassage[]): ChunkSpelling {
  const texts: string[] = []
  return {
    ...spelling,
    piece(index, piece) {
      const chunk = spelling.piece(index, piece)
      if (piece.type === 'delta') texts[index] = (texts[index] ?? '') + piece.delta.text
      if (piece.type !== 'end') return chunk
      const x_citations = toCitations(texts[index] ?? '', passages)
      return { ...chunk, choices: chunk.choices.map((choice) => ({ ...choice, x_citations })) }
    },
  }
}
