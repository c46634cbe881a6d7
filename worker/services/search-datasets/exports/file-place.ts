/** Where some rows stand in an exported file. */
export interface FilePlace {
  /** Bytes before them: at 0 the file begins. */
  at: number
  /** The file ends with them. */
  isLast: boolean
}

/** The place of rows that are the whole file. */
export const WHOLE_FILE: FilePlace = { at: 0, isLast: true }
