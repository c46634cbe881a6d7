import { ChatClose, MAX_ACCOUNT_SOCKETS } from './socket-contract.ts'

/** Words of the closings that are a contract's own. */
export interface ClosingWords {
  longestFrame: string
  /** The field by which a client goes on where it stood. */
  resumed: string
}

/** Every code with which a chat's socket is closed, as Markdown for a contract's document. */
export function closeTable({ longestFrame, resumed }: ClosingWords): string {
  const closings: Record<ChatClose, readonly [why: string, remedy: string]> = {
    [ChatClose.normal]: ['The client has closed it.', ''],
    [ChatClose.tooLarge]: [`A frame is larger than ${longestFrame}.`, 'Say less in one frame.'],
    [ChatClose.badFrame]: ['A frame is not as described here.', 'Mend the client.'],
    [ChatClose.badToken]: ['The token is not valid, or is no longer.', 'Connect with another.'],
    [ChatClose.notFound]: ['There is no such conversation, or it was deleted.', 'Begin another.'],
    [ChatClose.noToken]: [
      'No token came within 10 seconds, or before other sockets came.',
      'Connect again, and send it first.',
    ],
    [ChatClose.tooMany]: [
      `More than 32 frames waited for the one before them, or the conversation has 64 sockets, or the account ${MAX_ACCOUNT_SOCKETS}.`,
      `Connect again with ${resumed}, and wait for answers; close what is not needed.`,
    ],
  }
  return [
    '| Close code | Why | What helps |',
    '|---|---|---|',
    ...Object.entries(closings).map(([code, [why, remedy]]) => `| ${code} | ${why} | ${remedy} |`),
  ].join('\n')
}
