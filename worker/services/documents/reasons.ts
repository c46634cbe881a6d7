import type { DocumentState } from '../library/library-documents.ts'

/** The reasons why a document waits: codes, which `explained` puts into words. */
export const NO_NODE = 'no_node_reads_pdf'
export const WAITS_FOR_SLOT = 'waits_for_a_node'

const WORDS = new Map([
  [NO_NODE, 'No connected node reads PDF and Word files. It is read as soon as one does.'],
  [WAITS_FOR_SLOT, 'It waits for its turn on a node.'],
])

/** Why a document is where it is: a code for programs, a sentence for people. */
export interface Reason {
  code: string
  message: string
}

const CODES: Readonly<Partial<Record<DocumentState, string>>> = {
  failed: 'unreadable',
  partial: 'pages_unreadable',
}

/** The reason that a library keeps, for whoever asks. */
export function explained(state: DocumentState, reason: string | null): Reason | null {
  if (reason === null) return null
  const words = WORDS.get(reason)
  return words === undefined
    ? { code: CODES[state] ?? 'begun_again', message: reason }
    : { code: reason, message: words }
}
