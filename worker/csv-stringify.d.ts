/**
 * The part of `csv-stringify/sync` that is used here: the package's own types bring Node's, which clash with the Workers
 * types.
 */
export interface Options {
  /** A cell that begins like a formula gets an apostrophe in front of it. */
  escape_formulas?: boolean
  record_delimiter?: 'windows'
}
/** The records as CSV, each with its end. */
export function stringify(
  records: readonly (readonly (string | number | null)[])[],
  options?: Options,
): string
