import { AppError } from '../../../shared/errors.ts'

const INVALID = 'File must be a valid CSV file'

/** The contract's sentence for a file that is no CSV, and beside it what is wrong with it and on which of its lines. */
export const invalidCsv = (flaw: string, line?: number, cause?: unknown): AppError =>
  new AppError('invalid_request', INVALID, { param: 'file', flaw: { line, cause: flaw }, cause })
