import { AppError } from '../../../../shared/errors.ts'
import { shownName } from '../../../../shared/json-path.ts'

/** The refusal of a file that cannot be read as a document, by its name. */
export const unreadable = (name: string, flaw: string, cause?: unknown): AppError =>
  new AppError('invalid_request', `'${shownName(name)}' ${flaw}`, { param: 'file', cause })

/** The same where its text has a mistake on a line. */
export const flawedText = (name: string) => (flaw: string, line: number) =>
  unreadable(name, `is no text that can be read: on line ${line} ${flaw}.`)
