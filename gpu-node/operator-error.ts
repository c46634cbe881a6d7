/** A wrong flag or variable, as opposed to something that went wrong. */
export const EXIT_USAGE = 2
export const EXIT_FAILURE = 1

/** A failure that the person who runs the node can mend. The message is one plain sentence and all that they are shown. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError'
  readonly exitCode: number

  constructor(
    message: string,
    { exitCode = EXIT_FAILURE, cause }: { exitCode?: number; cause?: unknown } = {},
  ) {
    super(message, { cause })
    this.exitCode = exitCode
  }
}

/** Characters of an edge's own words that an operator is shown. */
const MAX_QUOTED_LENGTH = 200

/** Words of an edge as an operator may be shown them: on one line, and not for ever. */
export const quoted = (words: string): string => words.replaceAll(/\p{Cc}/gu, ' ').slice(0, MAX_QUOTED_LENGTH)
