/**
 * The part of `csv-parse` that is used here: the package's own types bring Node's, which clash with the Workers
 * types.
 */
export interface RecordInfo {
  /** The line on which the record ends, from 1; a CRLF within quotes counts twice. */
  lines: number
  /** Empty lines so far. */
  empty_lines: number
}
export interface Options {
  delimiter?: string
  /** A record never has more cells than this: its last one holds the rest, delimiters and all. */
  ignore_last_delimiters?: number
  /** Most bytes of a record's cells together. */
  max_record_size?: number
  record_delimiter?: string[]
  /** Records may have any count of cells. */
  relax_column_count?: boolean
  /** Quotes within a cell that does not begin with one are characters like others. */
  relax_quotes?: boolean
  skip_empty_lines?: boolean
  /** Sees each record; `null` keeps it out of the stream. */
  on_record?: (record: string[], info: RecordInfo) => null
}
export class CsvError extends Error implements RecordInfo {
  code: string
  lines: number
  empty_lines: number
  /** Cells of the record that had been read. */
  index: number
}
/** A stream of Node's around a parser that can be asked without it. */
export class Parser {
  constructor(options: Options)
  readonly api: {
    /** Takes Node's kind of bytes, a `Buffer`, and at the end none; answers with a `CsvError`, or with what `on_record` threw. */
    parse(
      bytes: Uint8Array | undefined,
      isEnd: boolean,
      push: (record: never) => void,
      close: () => void,
    ): Error | undefined
  }
  readonly state: {
    /** The cells of the record that is being read. */
    record: readonly string[]
  }
}
