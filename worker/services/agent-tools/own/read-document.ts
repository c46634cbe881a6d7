import { z } from 'zod'
import { AppError } from '../../../../shared/errors.ts'
import { explained } from '../../documents/reasons.ts'
import type { LibraryStub } from '../../library/library.ts'
import { isSearchable, type LibraryDocument } from '../../library/library-documents.ts'
import { shownCharacters } from '../shown-result.ts'
import type { Tool, ToolContext } from '../tool.ts'
import { documentNamed } from './own-documents.ts'
import { DOCUMENTS_LIMIT_MS, MAX_NAME_CHARACTERS } from './search-documents.ts'

/** Characters of the line that says what is read. */
const HEAD_CHARACTERS = 150

const QUOTE_CHARACTERS = 300

/** Steps that a run may have had. */
const MAX_STEP = 1_000

const Arguments = z.strictObject({
  document: z.string().min(1).max(MAX_NAME_CHARACTERS).describe('The name of its file.').optional(),
  step: z
    .int()
    .min(1)
    .max(MAX_STEP)
    .describe('Instead of a document: the step whose result is read on.')
    .optional(),
  from: z.int().min(0).describe('The character to read from, counted from 0.').optional(),
})

/** Something that can be read a stretch at a time; a stretch behind its end is empty. */
interface Readable {
  name: string
  stretch: (from: number, characters: number) => Promise<string>
  /** Of a document. */
  ids?: { documentId: string; fileId: string }
}

function whyNot(name: string, { state, reason }: LibraryDocument): string {
  const words = explained(state, reason)?.message
  return state === 'failed'
    ? `${name} cannot be read: ${words ?? 'its reading failed.'}`
    : `${name} is still being read in.${words === undefined ? '' : ` ${words}`}`
}

/** The account's own documents in their order, and whole results of earlier steps, a stretch at a time. */
export function createReadDocument(
  library: (accountId: string) => LibraryStub,
): Tool<z.infer<typeof Arguments>> {
  async function ofDocument(wanted: string, { accountId, mayReadFiles }: ToolContext): Promise<Readable> {
    if (!mayReadFiles) throw new AppError('forbidden', 'This key may not read documents.')
    const shelf = library(accountId)
    const { document, fileId, name } = await documentNamed(shelf, wanted)
    if (!isSearchable(document.state)) throw new AppError('conflict', whyNot(name, document))
    return {
      name,
      stretch: (from, characters) => shelf.documentText(document.id, { from, characters }),
      ids: { documentId: document.id, fileId },
    }
  }

  async function ofStep(step: number, { resultOf }: ToolContext): Promise<Readable> {
    const text = await resultOf(step)
    if (text === undefined)
      throw new AppError('not_found', `Step ${step} of this run has no result.`, { param: 'step' })
    return {
      name: `The result of step ${step}`,
      stretch: async (from, characters) => text.slice(from, from + characters),
    }
  }

  return {
    name: 'read_document',
    description:
      'Reads a document that the user has uploaded from a place on, or the rest of a result that was cut: by its step.',
    arguments: Arguments,
    effect: 'reads',
    brings: 'untrusted text',
    limitMs: DOCUMENTS_LIMIT_MS,
    // Results of steps can be read on wherever there are tools.
    offered: async () => undefined,
    async run({ document, step, from = 0 }, context) {
      if ((document === undefined) === (step === undefined))
        throw new AppError('invalid_request', 'Name either a document or a step.', { param: 'document' })
      const { name, stretch, ids } = await (step === undefined
        ? ofDocument(document ?? '', context)
        : ofStep(step, context))
      const room = Math.max(1, shownCharacters(context.contextTokens) - HEAD_CHARACTERS)
      // One more than there is room for: so it is known whether this is the end.
      const found = await stretch(from, room + 1)
      if (found === '')
        throw new AppError('invalid_request', `${name} has no character ${from}.`, { param: 'from' })
      const isEnd = found.length <= room
      const text = found.slice(0, room).toWellFormed()
      const to = from + text.length
      const shortName = name.length > 60 ? `${name.slice(0, 59).toWellFormed()}…` : name
      const quote = text.slice(0, QUOTE_CHARACTERS).toWellFormed()
      return {
        text: `${shortName}, from character ${from} to ${isEnd ? 'its end' : `${to}, where it goes on`}:\n${text}`,
        ...(ids && {
          citations: [{ type: 'document', ...ids, name, page: null, from, to: from + quote.length, quote }],
        }),
        data: { from, to, is_end: isEnd },
      }
    },
  }
}
