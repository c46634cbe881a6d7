import type { GenerationRequest } from '../../../shared/generation.ts'
import { hashText, mix32 } from './rendezvous.ts'

/** How much of a prompt tells where it is likely to be in a cache already: about 256 tokens of four characters. */
export const AFFINITY_CHARACTERS = 1_024
export const AFFINITY_TOKENS = 256

/** Whose conversation a request belongs to, when it belongs to one. */
export interface AffinityCaller {
  accountId: string
  sessionId?: string
}

const ROLE_END = '\u0001'
const TURN_END = '\u0002'

/** The beginning of a prompt as the model would see it, in pieces. Never the whole of a large one. */
function* piecesOf({ prompt, tools }: GenerationRequest): Generator<string, void, void> {
  switch (prompt.kind) {
    case 'text':
      yield prompt.text
      return
    case 'tokens':
      for (const token of prompt.tokens.slice(0, AFFINITY_TOKENS)) yield `${token},`
      return
    case 'chat':
      // Templates put the tools in front of the messages; their names stand for their long definitions.
      for (const { name } of tools?.definitions ?? []) yield `${name}${TURN_END}`
      for (const { role, content } of prompt.messages) {
        yield role + ROLE_END
        yield content
        yield TURN_END
      }
      return
    default:
      prompt satisfies never
  }
}

/**
 * 32 bits that requests have in common when a cache that serves one serves the others: the same conversation, or the
 * same beginning of the prompt on the same model, of one account or with a shared beginning. Two beginnings may share them; then they share a home, no more.
 */
export function affinityOf(request: GenerationRequest, { accountId, sessionId }: AffinityCaller): number {
  const model = hashText(request.model)
  if (sessionId !== undefined) return mix32(hashText(`${TURN_END}${accountId}${TURN_END}${sessionId}`, model))
  const isShared = request.cache?.sharedCharacters !== undefined
  let left = request.prompt.kind === 'tokens' ? Number.POSITIVE_INFINITY : AFFINITY_CHARACTERS
  let hash = isShared ? model : hashText(`${TURN_END}${accountId}`, model)
  for (const piece of piecesOf(request)) {
    hash = hashText(piece.slice(0, left), hash)
    left -= piece.length
    if (left <= 0) break
  }
  return mix32(hash)
}
