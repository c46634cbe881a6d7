import { closeSync, createReadStream, openSync, readSync } from 'node:fs'

/** A line of a file, and where it lies. */
export interface Line {
  text: string
  offset: number
  bytes: number
}

const LINE_FEED = 0x0a

/** The lines of a file, in constant memory. */
export async function* linesOf(path: string): AsyncGenerator<Line> {
  let rest: Buffer = Buffer.alloc(0)
  let offset = 0
  for await (const chunk of createReadStream(path)) {
    const piece = Buffer.concat([rest, chunk as Buffer]) // a stream without an encoding gives buffers
    let from = 0
    for (let end = piece.indexOf(LINE_FEED); end >= 0; end = piece.indexOf(LINE_FEED, from)) {
      yield { text: piece.toString('utf8', from, end), offset: offset + from, bytes: end - from }
      from = end + 1
    }
    offset += from
    rest = piece.subarray(from)
  }
  if (rest.length > 0) yield { text: rest.toString(), offset, bytes: rest.length }
}

/** A file whose lines are read again by their places. */
export class LineFile {
  readonly #file: number

  constructor(path: string) {
    this.#file = openSync(path, 'r')
  }

  read({ offset, bytes }: Omit<Line, 'text'>): string {
    const line = Buffer.allocUnsafe(bytes)
    const read = readSync(this.#file, line, 0, bytes, offset)
    if (read < bytes) throw new Error('The file of rows has become shorter.')
    return line.toString()
  }

  close(): void {
    closeSync(this.#file)
  }
}
