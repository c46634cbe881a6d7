/** What we use of `csv-parse/stream`: the package's own types bring Node's, which clash with the Workers types. */
export interface Options {
  bom?: boolean
  delimiter?: string
  /** Longest record, in bytes. */
  max_record_size?: number
  skip_empty_lines?: boolean
  /** Sees each record; `null` keeps it out of the stream. */
  on_record?: (record: string[]) => null
}
export class CsvError extends Error {}
/** Takes Node's kind of bytes, a `Buffer`; fails with a `CsvError`. */
export function parse(options: Options): TransformStream<Uint8Array, never>
